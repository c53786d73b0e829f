"""Values of the keyspace as they stand in a snapshot or a payload.

Rule: each type in its plainest spelling, strings as they are: what every Redis from 4.0 on reads.
A writer appends parts, which the caller joins.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from ferrite.keyspace.foreign import ForeignValue
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.values import Value
from ferrite.persistence.value_reader import FOREIGN, HASH, LIST, SET, STRING, ZSET

_SHORT_MAX = 63
_SHORT = tuple(bytes((size,)) for size in range(_SHORT_MAX + 1))
_DOUBLE = struct.Struct("<d")


def length(number: int) -> bytes:
    """A length or another unsigned number."""
    if number <= _SHORT_MAX:
        return _SHORT[number]
    if number < 1 << 14:
        return struct.pack(">H", number | 1 << 14)
    if number < 1 << 32:
        return struct.pack(">BI", 0x80, number)
    return struct.pack(">BQ", 0x81, number)


def type_code(value: Value) -> int:
    """What stands before a value of this type."""
    return _WRITERS[type(value)][0]


def write_value(parts: list[bytes], value: Value) -> None:
    """Append a value without its type code."""
    _WRITERS[type(value)][1](parts, value)


def write_string(parts: list[bytes], text: bytes) -> None:
    """Append a string."""
    parts.append(length(len(text)))
    parts.append(text)


def _write_foreign(parts: list[bytes], value: ForeignValue) -> None:
    write_string(parts, value.frame())


def _write_list(parts: list[bytes], value: List) -> None:
    parts.append(length(len(value)))
    for item in value:
        write_string(parts, item)


def _write_set(parts: list[bytes], value: Set) -> None:
    parts.append(length(len(value)))
    for member in value.members:
        write_string(parts, member)


def _write_hash(parts: list[bytes], value: Hash) -> None:
    parts.append(length(len(value)))
    for field, text in value.fields.items():
        write_string(parts, field)
        write_string(parts, text)


def _write_zset(parts: list[bytes], value: SortedSet) -> None:
    parts.append(length(len(value)))
    for member, score in value.scores.items():
        write_string(parts, member)
        parts.append(_DOUBLE.pack(score))


_WRITERS: dict[type, tuple[int, Callable[[list[bytes], Any], None]]] = {
    bytes: (STRING, write_string),
    ForeignValue: (FOREIGN, _write_foreign),
    List: (LIST, _write_list),
    Set: (SET, _write_set),
    Hash: (HASH, _write_hash),
    SortedSet: (ZSET, _write_zset),
}
"""Type code and writer by class."""
