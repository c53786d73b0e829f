"""What may be typed next, from COMMAND DOCS.

Rule: a hint is the grammar of the command that the line begins with, less the arguments that stand
there already; it is shown behind the cursor and never typed by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ferrite.protocol.inline import split_inline


class Hints:
    """The grammar of all commands of a server."""

    def __init__(self, docs: Any) -> None:
        """`docs` is the reply to COMMAND DOCS, of either protocol; anything else gives no hints."""
        self._grammar: dict[str, list[str]] = {}
        for name, entry in _pairs(docs):
            self._add(name.decode("utf-8", "replace").upper(), entry)

    def _add(self, name: str, entry: Any) -> None:
        fields = dict(_pairs(entry))
        subcommands = list(_pairs(fields.get(b"subcommands", [])))
        for full, inner in subcommands:
            self._add(full.decode("utf-8", "replace").replace("|", " ").upper(), inner)
        if not subcommands:
            self._grammar[name] = [_grammar(each) for each in fields.get(b"arguments", [])]

    @property
    def names(self) -> list[str]:
        """All commands, in capitals: "CONFIG GET"."""
        return sorted(self._grammar)

    def after(self, line: str) -> str:
        """What may stand behind a line; "" where nothing is known."""
        words = split_inline(line.encode("utf-8", "surrogateescape").replace(b"\0", b"?"))
        if not words:
            return ""
        named = [word.decode("utf-8", "replace").upper() for word in words[:2]]
        for length in (2, 1):
            grammar = self._grammar.get(" ".join(named[:length]))
            if grammar is not None and len(named) >= length:
                rest = grammar[len(words) - length :]
                return ("" if line.endswith(" ") else " ") + " ".join(rest) if rest else ""
        return ""


def _pairs(reply: Any) -> Iterator[tuple[Any, Any]]:
    """The pairs of a map, which is a flat array in RESP2."""
    if isinstance(reply, dict):
        yield from reply.items()
    elif isinstance(reply, list):
        yield from zip(reply[::2], reply[1::2], strict=False)


def _grammar(argument: Any) -> str:
    """One argument as the manual writes it: `[EX seconds]`."""
    fields = dict(_pairs(argument))
    kind = fields.get(b"type", b"")
    flags = {_text(flag) for flag in fields.get(b"flags", [])}
    token = _text(fields.get(b"token", b""))
    inner = [_grammar(each) for each in fields.get(b"arguments", [])]
    if kind == b"pure-token":
        shown = token
    elif kind == b"oneof":
        shown = "|".join(inner)
    elif kind == b"block":
        shown = " ".join(inner)
    else:
        shown = _text(fields.get(b"name", b""))
    if token and kind != b"pure-token":
        shown = f"{token} {shown}"
    if "multiple" in flags:
        shown += f" [{shown} ...]"
    return f"[{shown}]" if "optional" in flags else shown


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
