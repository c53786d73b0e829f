"""How a reply is shown to a person, to a pipe, or as JSON: as redis-cli 7.0 shows it.

Rule: bytes in, bytes out. What a terminal makes of them is not decided here, and a byte that is no
UTF-8 is shown (escaped) or passed on, never replaced.
"""

from __future__ import annotations

from typing import Any

from ferrite.errors import CommandError
from ferrite.protocol.encoder import number_text
from ferrite.protocol.replies import NULL_ARRAY, Push, SetReply, Verbatim

_ESCAPES = {
    ord("\\"): b"\\\\",
    ord('"'): b'\\"',
    ord("\n"): b"\\n",
    ord("\r"): b"\\r",
    ord("\t"): b"\\t",
    ord("\a"): b"\\a",
    ord("\b"): b"\\b",
}
_QUOTED = tuple(
    _ESCAPES.get(byte, b"%c" % byte if 0x20 <= byte < 0x7F else b"\\x%02x" % byte)
    for byte in range(256)
)
_JSON_ESCAPES = {key: _ESCAPES[key] for key in b'\\"\n\r\t\b'} | {ord("\f"): b"\\f"}
_JSON = tuple(
    _JSON_ESCAPES.get(byte, b"\\u%04x" % byte if byte < 0x20 else b"%c" % byte)
    for byte in range(256)
)


def quoted(value: bytes) -> bytes:
    """Between quotes, with everything escaped that is not printable ASCII."""
    return b'"' + b"".join([_QUOTED[byte] for byte in value]) + b'"'


def for_terminal(reply: Any, indent: bytes = b"") -> bytes:
    """With types and numbered nested items; `indent` stands before all lines but the first."""
    if isinstance(reply, dict | list | tuple | frozenset):
        return _items_for_terminal(reply, indent)
    return _scalar_for_terminal(reply) + b"\n"


def _scalar_for_terminal(reply: Any) -> bytes:
    if reply is None or reply is NULL_ARRAY:
        return b"(nil)"
    if isinstance(reply, bool):
        return b"(true)" if reply else b"(false)"
    if isinstance(reply, int):
        return b"(integer) %d" % reply
    if isinstance(reply, float):
        return b"(double) " + number_text(reply)
    if isinstance(reply, CommandError):
        return b"(error) " + _bytes(reply.text)
    return quoted(reply) if isinstance(reply, bytes) else _plain(reply)


def _items_for_terminal(reply: Any, indent: bytes) -> bytes:
    mark, empty = _kind(reply)
    if not reply:
        return b"(empty %b)\n" % empty
    width = len(str(len(reply)))
    inner = indent + b" " * (width + 2)
    shown = b""
    pairs = reply.items() if isinstance(reply, dict) else ((item, None) for item in reply)
    for number, (item, value) in enumerate(pairs, 1):
        head = b"%*d%b " % (width, number, mark)
        shown += (indent if number > 1 else b"") + head + for_terminal(item, inner)
        if isinstance(reply, dict):
            lines = for_terminal(value, inner)
            shown = shown[:-1] + (b" => \n" + inner if b"\n" in lines[:-1] else b" => ") + lines
    return shown


def _kind(reply: Any) -> tuple[bytes, bytes]:
    """What stands behind an item's number, and what the collection is called."""
    if isinstance(reply, dict):
        return b"#", b"hash"
    if isinstance(reply, SetReply | frozenset):
        return b"~", b"set"
    return b")", b"push" if isinstance(reply, Push) else b"array"


def for_pipe(reply: Any) -> bytes:
    """The data alone, an item a line."""
    if isinstance(reply, dict):
        return b"\n".join(for_pipe(key) + b" " + for_pipe(item) for key, item in reply.items())
    if isinstance(reply, list | tuple | frozenset):
        return b"\n".join(map(for_pipe, reply))
    if reply is None or reply is NULL_ARRAY:
        return b""
    if isinstance(reply, CommandError):
        return _bytes(reply.text) + b"\n"
    if isinstance(reply, int) and not isinstance(reply, bool):
        return b"%d" % reply
    if isinstance(reply, float):
        return number_text(reply)
    return _scalar_for_terminal(reply) if isinstance(reply, bool) else _plain(reply)


def for_json(reply: Any) -> bytes:
    """One JSON value; an error, which JSON has no word for, as `error:"text"`."""
    if isinstance(reply, dict):
        return b"{%b}" % b",".join(
            _json_key(key) + b":" + for_json(item) for key, item in reply.items()
        )
    if isinstance(reply, list | tuple | frozenset):
        return b"[%b]" % b",".join(map(for_json, reply))
    if reply is None or reply is NULL_ARRAY:
        return b"null"
    if isinstance(reply, bool):
        return b"true" if reply else b"false"
    if isinstance(reply, int):
        return b"%d" % reply
    if isinstance(reply, float):
        return number_text(reply)
    if isinstance(reply, CommandError):
        return b"error:" + _json_text(_bytes(reply.text))
    return _json_text(_plain(reply))


def _json_key(key: Any) -> bytes:
    shown = for_json(key)
    return shown if shown.startswith(b'"') else _json_text(shown)


def _json_text(text: bytes) -> bytes:
    return b'"' + b"".join([_JSON[byte] for byte in text]) + b'"'


def _plain(reply: Any) -> bytes:
    """A status line, a verbatim text or bytes, without any quotes."""
    if isinstance(reply, bytes):
        return reply
    return reply.value if isinstance(reply, Verbatim) else _bytes(str(reply))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
