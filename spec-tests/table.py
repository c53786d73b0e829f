"""Renders the conformance table from results of run.py.

    python spec-tests/table.py RESULT.json ... [--write README.md]

`--write` puts the table between `<!-- conformance:begin -->` and `<!-- conformance:end -->` of a
file; without it the table is printed. A result of a part of a suite is refused: a table that
leaves scripts out would not say what it measures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

BEGIN = "<!-- conformance:begin -->"
END = "<!-- conformance:end -->"

Json: TypeAlias = dict[str, Any]

_RESULT_KEYS = {"level", "commit", "engine", "complete", "totals", "files"}


class TableError(Exception):
    """A result or a file cannot be used."""


def read(path: Path) -> Json:
    """Read a result of run.py; raises TableError."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{path}: {error}") from error
    if not isinstance(result, dict) or not result.keys() >= _RESULT_KEYS:
        raise TableError(f"{path}: this is no result of run.py")
    return result


def render(results: list[Json]) -> str:
    """Return the table in markdown: one row for a release, and one for each of its folders."""
    engines = sorted({result["engine"] for result in results})
    lines = [
        "| Official suite | Execution | Validation | Text format |",
        "|---|---:|---:|---:|",
    ]
    for result in sorted(results, key=lambda result: (result["level"], result["engine"])):
        if not result["complete"]:
            raise TableError(f"the result of level {result['level']} is of a part of the suite")
        engine = f", {result['engine']} engine" if len(engines) > 1 else ""
        name = f"**WebAssembly {result['level']}** (`{result['commit'][:12]}`{engine})"
        lines.append(_row(name, result["totals"]))
        folders = _by_folder(result["files"])
        if len(folders) > 1:
            lines += [_row(f"&emsp;{name}", counts) for name, counts in folders.items()]
    return "\n".join(lines)


def write(path: Path, table: str) -> None:
    """Put the table between the markers of a file; raises TableError."""
    try:
        before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise TableError(f"{path}: it needs the lines {BEGIN} and {END}")
        path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    except (OSError, ValueError) as error:
        raise TableError(f"{path}: {error}") from error


def _by_folder(files: Iterable[Json]) -> dict[str, Json]:
    """Add up scripts by folder; those that are in no folder are `core`."""
    folders: dict[str, Json] = {}
    for file in files:
        folder, slash, _ = file["file"].partition("/")
        name = folder if slash else "core"
        counts = folders.setdefault(
            name, {"exec": [0, 0], "validation": [0, 0], "text": None, "text_assertions": 0}
        )
        for category in ("exec", "validation"):
            counts[category] = [
                sum(pair) for pair in zip(counts[category], file[category], strict=True)
            ]
        counts["text_assertions"] += file["text_assertions"]
    return {
        name: folders[name] for name in sorted(folders, key=lambda name: (name != "core", name))
    }


def _row(name: str, counts: Json) -> str:
    text = counts["text_assertions"]
    cells = [
        _score(counts["exec"]),
        _score(counts["validation"]),
        f"n/a ({text:,})" if text else "",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _score(count: list[int]) -> str:
    return f"{count[0]:,} / {count[1]:,}" if count[1] else ""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULT.json")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this file")
    options = parser.parse_args(arguments)
    try:
        table = render([read(path) for path in options.results])
        if options.write is None:
            print(table)
        else:
            write(options.write, table)
    except TableError as error:
        print(f"table: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
