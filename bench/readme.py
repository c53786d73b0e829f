"""Puts benchmark tables into a document, between its markers.

    python bench/readme.py README.md 'RESP, ns per request=FILE.md' 'Server=FILE.md' ...

Each argument is a heading and a file with what a benchmark printed. The text goes between
`<!-- bench:begin -->` and `<!-- bench:end -->`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"


def main(arguments: Sequence[str]) -> int:
    """Write the tables; the exit code."""
    document, *parts = arguments
    path = Path(document)
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        print(f"readme: {path} needs the lines {BEGIN} and {END}", file=sys.stderr)
        return 1
    sections = []
    for part in parts:
        heading, _, file = part.rpartition("=")
        sections.append(f"**{heading}**\n\n{Path(file).read_text(encoding='utf-8').strip()}")
    text = "\n\n".join(sections)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
