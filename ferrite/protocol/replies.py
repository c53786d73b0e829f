"""The replies Python has no type of its own for.

Rule: a command returns plain values (int, bytes, list, dict, None, bool, float; a str is a status
line) and one of these where the protocol knows more. How a value looks on the wire is the encoder's
business alone.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, TypeAlias

from ferrite.errors import CommandError

SimpleString: TypeAlias = str
"""A status line such as OK: `+OK`. Text is a status, bytes are data. Line ends become spaces."""


class SetReply(list[Any]):
    """An unordered collection, in the order it shall be sent. A `frozenset` is sent alike."""

    __slots__ = ()


class Push(list[Any]):
    """An out-of-band message (pub/sub, invalidation): its own type in RESP3, an array in RESP2."""

    __slots__ = ()


class Several(list[Any]):
    """Replies one behind the other to one request, as SUBSCRIBE answers, without a head."""

    __slots__ = ()


class Encoded(bytes):
    """A reply in its final bytes: a message for many clients is encoded once."""

    __slots__ = ()


class BigNumber(int):
    """An integer beyond 64 bits: a number in RESP3, its decimal text in RESP2."""

    __slots__ = ()


class Verbatim:
    """Text with a three-letter format ("txt", "mkd") that clients show unescaped."""

    __slots__ = ("format", "value")

    def __init__(self, format: str, value: bytes) -> None:
        if len(format) != 3 or not format.isascii():
            raise ValueError(f"a verbatim format is three ASCII letters, not {format!r}")
        self.format = format
        self.value = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Verbatim):
            return NotImplemented
        return self.format == other.format and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.format, self.value))

    def __repr__(self) -> str:
        return f"Verbatim({self.format!r}, {self.value!r})"


class Special(Enum):
    """Replies that carry no value."""

    NULL_ARRAY = "null array"
    """An absent array: `*-1` in RESP2, the one null in RESP3. `None` is an absent string."""
    NO_REPLY = "no reply"
    """Nothing is sent (CLIENT REPLY OFF and SKIP)."""


OK: Final = "OK"
NULL_ARRAY: Final = Special.NULL_ARRAY
NO_REPLY: Final = Special.NO_REPLY

Reply: TypeAlias = (
    int
    | bytes
    | float
    | str
    | Verbatim
    | CommandError
    | Special
    | list[Any]
    | tuple[Any, ...]
    | dict[Any, Any]
    | frozenset[Any]
    | None
)
"""Whatever a command may answer; bool and the classes above are among these. Containers hold
replies; they are `Any` inside because a `list[bytes]` has to be a reply as well."""
