"""The Python source of one function while it is written, and what its lines stand for."""

from __future__ import annotations

from typing import NamedTuple

INDENT_MOST = 90
"""Python's tokenizer takes 100 levels; some are needed around the body."""

WHILE_MOST = 18
"""Python takes 20 nested while and try statements."""


class Unsupported(Exception):
    """The function stays in the reference tier; the text says why."""


class Site(NamedTuple):
    """A line at which an exception of the guest can come up.

    refund: units paid ahead for what now does not happen. at: index of the instruction. operands:
    a Python list of what the instruction takes, as text, where Python may raise on this very line:
    the reference engine's handler then says which trap that is; "" where it may not.
    """

    refund: int
    at: int
    operands: str


class Writer:
    """Lines with their indentation; a line has at most one site."""

    __slots__ = ("depth", "lines", "sites")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.lines: list[str] = []
        self.sites: dict[int, Site] = {}

    def line(self, text: str, site: Site | None = None) -> None:
        """Write a line; raises Unsupported past Python's bounds."""
        if self.depth > INDENT_MOST:
            raise Unsupported("blocks nested too deeply for Python's indentation")
        if site is not None:
            self.sites[len(self.lines)] = site
        self.lines.append(" " * self.depth + text)

    def erase(self, index: int) -> None:
        """Take back a line, keeping the numbers of all others."""
        self.lines[index] = ""

    def close(self, depth: int) -> None:
        """Go back to a depth; a compound statement without a body gets one."""
        index = len(self.lines) - 1
        while not self.lines[index]:
            index -= 1
        if self.lines[index].endswith(":"):
            self.depth = len(self.lines[index]) - len(self.lines[index].lstrip()) + 1
            self.line("pass")
        self.depth = depth
