"""What the programs print: plain lines, and colours, bars and tables where a person looks at them.

Rule: rich is for terminals alone; everywhere else, the text is the same with nothing added, so that
it can be read by another program.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")

GOOD, BAD, FAINT = "green", "bold red", "dim"
GAP = "  "


class ProgramError(Exception):
    """A program cannot do what it was asked; the text is what its user is told."""


def on_terminal() -> bool:
    """Whether a person looks at the output."""
    return sys.stdout.isatty()


def line(*parts: str | tuple[str, str]) -> None:
    """Print a line of texts, each with a style of rich if it is a pair."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    if not on_terminal():
        print("".join(text for text, _ in pairs), flush=True)
        return
    from rich.console import Console
    from rich.text import Text

    Console(highlight=False, soft_wrap=True).print(Text.assemble(*pairs))


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their headers."""
    if on_terminal():
        from rich.box import SIMPLE
        from rich.console import Console
        from rich.table import Table

        shown = Table(*headers, box=SIMPLE)
        for row in rows:
            shown.add_row(*row)
        Console(highlight=False).print(shown)
        return
    lines = [headers, *rows]
    widths = [max(len(each[column]) for each in lines) for column in range(len(headers))]
    for each in lines:
        cells = [cell.ljust(width) for cell, width in zip(each, widths, strict=True)]
        print(GAP.join(cells).rstrip(), flush=True)


def progress(items: Iterable[Item], what: str, total: int) -> Iterable[Item]:
    """The items, with a bar that says how far the work is."""
    if not on_terminal():
        return items
    from rich.progress import track

    return track(items, what, total, transient=True)
