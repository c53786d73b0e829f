"""How replies are printed: one of three styles, and some texts as they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum
from typing import Any

from ferrite.protocol.display import for_json, for_pipe, for_terminal


class Style(Enum):
    """A way of printing."""

    TERMINAL = "terminal"
    RAW = "raw"
    JSON = "json"


_TEXTS = {b"INFO", b"LOLWUT"}
_TEXTS_OF = {
    b"MEMORY": {b"DOCTOR", b"MALLOC-STATS"},
    b"CLIENT": {b"LIST", b"INFO"},
    b"CLUSTER": {b"NODES", b"INFO"},
    b"LATENCY": {b"GRAPH", b"DOCTOR"},
}
"""Commands whose reply is a text for people, printed as it is."""


def default_style() -> Style:
    """What fits the output."""
    return Style.TERMINAL if sys.stdout.isatty() else Style.RAW


def shown(reply: Any, style: Style, command: Sequence[bytes] = ()) -> bytes:
    """A reply to a command, printed."""
    words = [word.upper() for word in command[:2]]
    if words and (words[0] in _TEXTS or (words[1:] and words[1] in _TEXTS_OF.get(words[0], ()))):
        return for_pipe(reply)
    if style is Style.TERMINAL:
        return for_terminal(reply)
    return (for_json if style is Style.JSON else for_pipe)(reply) + b"\n"


def write(data: bytes) -> None:
    """Print at once."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
