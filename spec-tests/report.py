"""How a run is shown and stored: the table, the progress line, the misses, the JSON."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from typing import Any, TextIO

from expectations import Comparison
from runner import FileResult, Miss
from script import Category
from suite import Release

_BAR_WIDTH = 24
_LISTED_MAX = 200


class Progress:
    """One line on a terminal that is written over and over; nothing elsewhere."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._total = total

    def show(self, done: int, name: str) -> None:
        """Show how many scripts are done, and the one that was last."""
        if self._shown:
            filled = _BAR_WIDTH * done // max(1, self._total)
            bar = "#" * filled + "." * (_BAR_WIDTH - filled)
            self._stream.write(f"\r\x1b[K[{bar}] {done}/{self._total} {name[:40]}")
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def table(results: list[FileResult], release: Release) -> str:
    """Return one aligned line for each script, and the total."""
    rows = [_row(result.file, result) for result in results]
    rows.append(_row(f"{release.tag}: {len(results)} scripts", total(results)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        f"{name:<{widths[0]}}  exec {run:>{widths[1]}}  validation {valid:>{widths[2]}}"
        f"  text {text:>{widths[3]}}{note}"
        for name, run, valid, text, note in rows
    )


def _row(name: str, result: FileResult) -> tuple[str, str, str, str, str]:
    counts = result.counts
    text = "n/a" if counts[Category.TEXT][1] else "-"
    passed, all_ = counts[Category.SETUP]
    note = f"  {all_ - passed:,} modules or actions fail" if passed < all_ else ""
    return name, _score(counts[Category.EXEC]), _score(counts[Category.VALIDATION]), text, note


def _score(count: list[int]) -> str:
    return f"{count[0]:,}/{count[1]:,}" if count[1] else "-"


def total(results: list[FileResult]) -> FileResult:
    """Add up all scripts."""
    counts = {category: [0, 0] for category in Category}
    for result in results:
        for category, (passed, all_) in result.counts.items():
            counts[category][0] += passed
            counts[category][1] += all_
    return FileResult("total", counts, [], sum(result.seconds for result in results))


def describe(file: str, miss: Miss, traceback: bool) -> str:
    """Return one miss in full: where, what, expected, got."""
    lines = [
        f"{file}:{miss.line}: {miss.text}",
        f"    expected {miss.expected}",
        f"    got      {miss.got}",
    ]
    if traceback and miss.traceback:
        lines += [f"    | {line}" for line in miss.traceback.splitlines()]
    return "\n".join(lines)


def conclusion(comparison: Comparison, traceback: bool) -> str:
    """Return what differs from the expectations, or that nothing does."""
    lines = [describe(file, miss, traceback) for file, miss in comparison.unexpected[:_LISTED_MAX]]
    left_out = len(comparison.unexpected) - _LISTED_MAX
    if left_out > 0:
        lines.append(f"... and {left_out:,} more; --json FILE has them all")
    lines += comparison.differences
    lines += [f"{count:,} missed as expected: {why}" for why, count in comparison.expected.items()]
    lines += [f"{glob}: not compared, for it was run in part" for glob in comparison.partly_run]
    if comparison.as_expected:
        lines.append("as expected")
    else:
        count = len(comparison.unexpected) + len(comparison.differences)
        lines.append(f"{count:,} differences from expectations.toml")
    return "\n".join(lines)


def as_json(
    results: list[FileResult], release: Release, engine: str, seconds: float, complete: bool
) -> dict[str, Any]:
    """Return a run as JSON data (README.md has the schema)."""
    return {
        "level": release.level,
        "commit": release.commit,
        "engine": engine,
        "complete": complete,
        "seconds": round(seconds, 3),
        "totals": _counts(total(results)),
        "files": [_file(result) for result in results],
    }


def _file(result: FileResult) -> dict[str, Any]:
    return {
        "file": result.file,
        "seconds": round(result.seconds, 3),
        **_counts(result),
        "misses": [asdict(miss) for miss in result.misses],
    }


def _counts(result: FileResult) -> dict[str, Any]:
    return {
        "exec": result.counts[Category.EXEC],
        "validation": result.counts[Category.VALIDATION],
        "text": None,
        "text_assertions": result.counts[Category.TEXT][1],
        "setup": result.counts[Category.SETUP],
    }


def slowest(results: list[FileResult], count: int = 5) -> str:
    """Return the scripts that took longest, in one line."""
    ranked = Counter({result.file: result.seconds for result in results}).most_common(count)
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in ranked)
