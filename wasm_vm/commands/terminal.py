"""Text that may have come out of a module, made safe to show."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with everything that a terminal or a line would obey shown as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
