"""ReplyParser: the client's side, bytes in, replies out, as the types of `replies`.

Rule: reads RESP2 and RESP3 alike, one type mark at a time; an error reply is a CommandError value,
never raised. Attributes (`|`) are read and dropped. A stream that is no RESP raises ProtocolError.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from ferrite.errors import CommandError, ProtocolError
from ferrite.protocol.replies import NULL_ARRAY, BigNumber, Push, SetReply, SimpleString, Verbatim

DEPTH_MAX = 128
"""Deepest nesting of a reply; each level costs a frame."""

Read = Generator[None, None, Any]


class ReplyParser:
    """Cuts a server's byte stream into replies. Knows no socket."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._reading: Read | None = None

    def feed(self, data: bytes) -> list[Any]:
        """Take bytes as they arrived; return the replies they complete, in order.

        Raises ProtocolError where the bytes are no RESP; the parser is of no use afterwards.
        """
        self._buffer += data
        replies: list[Any] = []
        while self._buffer or self._reading is not None:
            self._reading = self._reading or self._read_reply(0)
            try:
                next(self._reading)
            except StopIteration as done:
                self._reading = None
                replies.append(done.value)
            else:
                break
        return replies

    def _read_line(self) -> Read:
        scanned = 0
        while (end := self._buffer.find(b"\r\n", scanned)) < 0:
            scanned = max(len(self._buffer) - 1, 0)
            yield
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _read_bytes(self, size: int) -> Read:
        while len(self._buffer) < size + 2:
            yield
        value = bytes(self._buffer[:size])
        del self._buffer[: size + 2]
        return value

    def _read_reply(self, depth: int) -> Read:
        line: bytes = yield from self._read_line()
        mark, text = line[:1], line[1:]
        if mark == b"|":
            yield from self._read_items(2 * _number(text), depth)
            return (yield from self._read_reply(depth))
        if mark in _SCALARS:
            return _SCALARS[mark](text)
        if mark in _BLOBS:
            size = _number(text)
            if size < 0:
                return None
            return _blob(mark, (yield from self._read_bytes(size)))
        if mark in _COLLECTIONS:
            count = _number(text)
            if count < 0:
                return NULL_ARRAY
            items = yield from self._read_items(count * (2 if mark == b"%" else 1), depth)
            return _COLLECTIONS[mark](items)
        raise ProtocolError(f"Protocol error: a reply cannot start with {line[:16]!r}")

    def _read_items(self, count: int, depth: int) -> Read:
        if depth >= DEPTH_MAX:
            raise ProtocolError(f"Protocol error: a reply nests deeper than {DEPTH_MAX}")
        items: list[Any] = []
        while len(items) < count:
            items.append((yield from self._read_reply(depth + 1)))
        return items


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        raise ProtocolError(f"Protocol error: {text[:32]!r} is no length or integer") from None


def _double(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        raise ProtocolError(f"Protocol error: {text[:32]!r} is no double") from None


def _text(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _blob(mark: bytes, value: bytes) -> Any:
    if mark == b"!":
        return CommandError(_text(value))
    if mark == b"=":
        return Verbatim(value[:3].decode("latin-1"), value[4:])
    return value


def _map(items: list[Any]) -> dict[Any, Any]:
    """A map; a key that Python cannot hash (a list, a map) stands as the tuple of its items."""
    return dict(zip(map(_hashable, items[::2]), items[1::2], strict=True))


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        value = [item for pair in value.items() for item in pair]
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


_SCALARS: dict[bytes, Callable[[bytes], Any]] = {
    b"+": lambda text: SimpleString(_text(text)),
    b"-": lambda text: CommandError(_text(text)),
    b":": _number,
    b"_": lambda _: None,
    b"#": lambda text: text == b"t",
    b",": _double,
    b"(": lambda text: BigNumber(_number(text)),
}
_BLOBS = (b"$", b"!", b"=")
_COLLECTIONS: dict[bytes, Callable[[list[Any]], Any]] = {
    b"*": list,
    b"~": SetReply,
    b">": Push,
    b"%": _map,
}
