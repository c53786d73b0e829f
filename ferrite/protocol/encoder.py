"""Python values to RESP2 or RESP3.

Rule: one function per type and protocol, found by the value's exact type; RESP2 gets what Redis
sends to RESP2 clients for the same reply (a map as a flat array, a double as text). Each function
appends to a list of parts, so a nested reply is joined once.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ferrite.errors import CommandError
from ferrite.protocol.replies import (
    NULL_ARRAY,
    BigNumber,
    Encoded,
    Push,
    Reply,
    SetReply,
    Several,
    Special,
    Verbatim,
)

Encode = Callable[[Any, list[bytes]], None]
Encoders = dict[type, Encode]

LINE_END = b"\r\n"
SHORT_MAX = 1023
BULK_HEADS = tuple(b"$%d\r\n" % size for size in range(SHORT_MAX + 1))
"""First lines of short bulk strings by their size: an index costs a third of formatting one."""

SIMPLE_LINES = {text: b"+%b\r\n" % text.encode() for text in ("OK", "PONG", "QUEUED")}
"""The simple strings that are sent all the time."""

_INTEGER_MIN, _INTEGER_MAX = -(2**63), 2**63 - 1


def encode(value: Reply, protocol: int) -> bytes:
    """The bytes of one reply for a client that speaks `protocol` (2 or 3).

    Raises TypeError for a value that is no reply, OverflowError for an int beyond 64 bits.
    """
    if type(value) is bytes and len(value) <= SHORT_MAX:
        return BULK_HEADS[len(value)] + value + LINE_END
    if type(value) is str and value in SIMPLE_LINES:
        return SIMPLE_LINES[value]
    parts: list[bytes] = []
    encode_into(value, ENCODERS[protocol], parts)
    return b"".join(parts)


def encode_all(replies: Sequence[Reply], protocol: int) -> bytes:
    """The bytes of some replies, one after the other. Raises what `encode` raises."""
    parts: list[bytes] = []
    encoders = ENCODERS[protocol]
    for reply in replies:
        encode_into(reply, encoders, parts)
    return b"".join(parts)


def encode_into(value: Any, encoders: Encoders, parts: list[bytes]) -> None:
    """Append what `encode` would answer to `parts`; `encoders` is one of ENCODERS."""
    encoder = encoders.get(type(value))
    if encoder is None:
        encoder = _inherited(type(value), encoders)
    encoder(value, parts)


def _inherited(kind: type, encoders: Encoders) -> Encode:
    """The encoder of the nearest base class: named tuples, subclasses of int and bytes."""
    for base in kind.__mro__:
        if base in encoders:
            return encoders[base]
    raise TypeError(f"a command answered a {kind.__name__}, which is no reply")


def number_text(value: float) -> bytes:
    """A double as Redis 7.0 prints it: `%.17g`, and inf, -inf, nan."""
    return b"nan" if math.isnan(value) else b"%.17g" % value


def _line(text: str) -> bytes:
    """Text for a reply that ends at the line: an end of line inside would forge a reply."""
    return text.encode("utf-8", "surrogateescape").replace(b"\r", b" ").replace(b"\n", b" ")


def _null(_: None, parts: list[bytes]) -> None:
    parts.append(b"$-1\r\n")


def _null_resp3(_: None, parts: list[bytes]) -> None:
    parts.append(b"_\r\n")


def _special(value: Special, parts: list[bytes]) -> None:
    if value is NULL_ARRAY:
        parts.append(b"*-1\r\n")


def _special_resp3(value: Special, parts: list[bytes]) -> None:
    if value is NULL_ARRAY:
        parts.append(b"_\r\n")


def _bulk(value: bytes, parts: list[bytes]) -> None:
    size = len(value)
    head = BULK_HEADS[size] if size <= SHORT_MAX else b"$%d\r\n" % size
    parts += (head, value, LINE_END)


def _integer(value: int, parts: list[bytes]) -> None:
    if not _INTEGER_MIN <= value <= _INTEGER_MAX:
        raise OverflowError("an integer reply has 64 bits; a larger one is a BigNumber")
    parts.append(b":%d\r\n" % value)


def _simple_string(value: str, parts: list[bytes]) -> None:
    parts.append(SIMPLE_LINES.get(value) or b"+%b\r\n" % _line(value))


def _error(value: CommandError, parts: list[bytes]) -> None:
    parts.append(b"-%b\r\n" % _line(value.text))


def _boolean(value: bool, parts: list[bytes]) -> None:
    parts.append(b":1\r\n" if value else b":0\r\n")


def _boolean_resp3(value: bool, parts: list[bytes]) -> None:
    parts.append(b"#t\r\n" if value else b"#f\r\n")


def _double(value: float, parts: list[bytes]) -> None:
    _bulk(number_text(value), parts)


def _double_resp3(value: float, parts: list[bytes]) -> None:
    parts.append(b",%b\r\n" % number_text(value))


def _big_number(value: BigNumber, parts: list[bytes]) -> None:
    _bulk(b"%d" % value, parts)


def _big_number_resp3(value: BigNumber, parts: list[bytes]) -> None:
    parts.append(b"(%d\r\n" % value)


def _verbatim(value: Verbatim, parts: list[bytes]) -> None:
    _bulk(value.value, parts)


def _verbatim_resp3(value: Verbatim, parts: list[bytes]) -> None:
    text = value.value
    parts.append(b"=%d\r\n%b:%b\r\n" % (len(text) + 4, value.format.encode("ascii"), text))


def _encoded(value: Encoded, parts: list[bytes]) -> None:
    parts.append(value)


def _several(encoders: Encoders) -> Encode:
    def encode_several(value: Several, parts: list[bytes]) -> None:
        for item in value:
            encode_into(item, encoders, parts)

    return encode_several


def _sequence(mark: bytes, encoders: Encoders) -> Encode:
    def encode_sequence(value: Any, parts: list[bytes]) -> None:
        parts.append(b"%b%d\r\n" % (mark, len(value)))
        for item in value:
            encode_into(item, encoders, parts)

    return encode_sequence


def _mapping(mark: bytes, entries: int, encoders: Encoders) -> Encode:
    """`entries` is what one pair counts for: 1 in a map, 2 in a flat array."""

    def encode_mapping(value: dict[Any, Any], parts: list[bytes]) -> None:
        parts.append(b"%b%d\r\n" % (mark, len(value) * entries))
        for key, item in value.items():
            encode_into(key, encoders, parts)
            encode_into(item, encoders, parts)

    return encode_mapping


_SAME_IN_BOTH: Encoders = {
    bytes: _bulk,
    int: _integer,
    str: _simple_string,
    CommandError: _error,
    Encoded: _encoded,
}

_RESP2: Encoders = {
    **_SAME_IN_BOTH,
    type(None): _null,
    Special: _special,
    bool: _boolean,
    float: _double,
    BigNumber: _big_number,
    Verbatim: _verbatim,
}
_RESP2 |= {kind: _sequence(b"*", _RESP2) for kind in (list, tuple, SetReply, frozenset, Push)}
_RESP2 |= {Several: _several(_RESP2), dict: _mapping(b"*", 2, _RESP2)}

_RESP3: Encoders = {
    **_SAME_IN_BOTH,
    type(None): _null_resp3,
    Special: _special_resp3,
    bool: _boolean_resp3,
    float: _double_resp3,
    BigNumber: _big_number_resp3,
    Verbatim: _verbatim_resp3,
}
_RESP3 |= {kind: _sequence(b"*", _RESP3) for kind in (list, tuple)}
_RESP3 |= {kind: _sequence(b"~", _RESP3) for kind in (SetReply, frozenset)}
_RESP3 |= {
    Push: _sequence(b">", _RESP3),
    Several: _several(_RESP3),
    dict: _mapping(b"%", 1, _RESP3),
}

ENCODERS: dict[int, Encoders] = {2: _RESP2, 3: _RESP3}
"""By protocol version."""
