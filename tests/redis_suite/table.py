"""The result as text: a table of units, and each miss with its reason.

Rule: a unit's share is ours of what redis-server passes, the same tests left out for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.redis_suite.plan import Verdict

BEGIN = "<!-- redis-suite:begin -->"
END = "<!-- redis-suite:end -->"
_REASON_MAX = 160


class TableError(Exception):
    """The table cannot be written."""


def render(verdicts: Sequence[Verdict]) -> str:
    """The table in markdown."""
    lines = [
        "| Unit of Redis's suite | redis-server 7.0.15 | ferrite | misses |",
        "|---|---:|---:|---|",
    ]
    for mode in ("external", "native"):
        rows = [each for each in verdicts if each.mode == mode]
        if rows:
            redis_ok = sum(each.redis_ok for each in rows)
            ours_ok = sum(min(each.ours_ok, each.redis_ok) for each in rows)
            share = f"{100 * ours_ok / redis_ok:.1f} %" if redis_ok else ""
            lines.append(f"| **{mode} mode** | **{redis_ok}** | **{ours_ok}** | {share} |")
        lines += [
            f"| {each.unit} | {each.redis_ok} | {each.ours_ok} | {_reasons(each)} |"
            for each in rows
        ]
    return "\n".join(lines)


def _reasons(verdict: Verdict) -> str:
    """The misses of a unit: how many for each reason."""
    counts: dict[str, int] = {}
    for name, reason in verdict.misses.items():
        shown = "not explained" if name in verdict.unexpected else reason
        counts[shown] = counts.get(shown, 0) + 1
    return "; ".join(f"{count}: {_cell(reason)}" for reason, count in counts.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def report(verdicts: Iterable[Verdict]) -> str:
    """Each miss by its name, and what is wrong with the lists."""
    lines: list[str] = []
    for each in verdicts:
        for name, reason in each.misses.items():
            mark = "UNEXPECTED " if name in each.unexpected else ""
            lines.append(f"{each.unit}: {mark}{name}: {reason[:_REASON_MAX]}")
        lines += [f"{each.unit}: LIST {fault}" for fault in each.stale]
    return "\n".join(lines)


def write(path: Path, table: str) -> None:
    """Put the table between the markers of a file; raises TableError."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise TableError(f"{path}: it needs the lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
