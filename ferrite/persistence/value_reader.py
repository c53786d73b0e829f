"""Values of a snapshot or a payload, by their type codes, to values of the keyspace.

Rule: one small function per type code; what Redis 7 writes for the types we have, and the older
spellings of them. A value that could not be (no items, one twice, a score that is no number) is
refused with BadFormat. Types that we do not have are refused by name.
Source: Redis's rdb.h and rdb.c (rdbLoadObject) of 7.0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ferrite.keyspace.container import Container
from ferrite.keyspace.foreign import ForeignValue
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.thresholds import Thresholds
from ferrite.keyspace.values import Value
from ferrite.persistence.cursor import BadFormat, Cursor
from ferrite.persistence.packed import read_intset, read_listpack, read_ziplist

STRING, LIST, SET, ZSET_TEXT, HASH, ZSET = 0, 1, 2, 3, 4, 5
"""The type codes that we write, and an old one."""
FOREIGN = 200
"""A foreign value: in payloads of ours only, Redis has no such code."""
_PLAIN_NODE, _PACKED_NODE = 1, 2
_SCORE_NAN, _SCORE_INFINITY, _SCORE_MINUS_INFINITY = 253, 254, 255

UNSUPPORTED = {
    6: "module value",
    7: "module value",
    9: "hash of Redis before 2.6",
    15: "stream",
    19: "stream",
    21: "stream",
}
"""Type codes of values that this server does not have."""

Reader: TypeAlias = Callable[[Cursor, Thresholds], Value]


class Unsupported(BadFormat):
    """The value is of a type that this server does not have."""


def read_value(code: int, cursor: Cursor, limits: Thresholds) -> Value:
    """The value of a type code. Raises BadFormat, Unsupported where the type is named."""
    reader = _READERS.get(code)
    if reader is None:
        name = UNSUPPORTED.get(code)
        if name is None:
            raise cursor.error(f"there is no type {code} of values")
        raise Unsupported(f"a {name}, which this server does not have,", cursor.position)
    return reader(cursor, limits)


def _foreign(cursor: Cursor, _: Thresholds) -> ForeignValue:
    try:
        return ForeignValue.from_frame(cursor.string())
    except ValueError as error:
        raise cursor.error(str(error)) from error


def _string(cursor: Cursor, _: Thresholds) -> bytes:
    return cursor.string()


def _list(cursor: Cursor, limits: Thresholds) -> List:
    return _to_list([cursor.string() for _ in range(cursor.count())], limits)


def _to_list(items: Sequence[bytes], limits: Thresholds) -> List:
    _require(bool(items), "a list is empty")
    value = List(limits)
    value.push_right(*items)
    return value


def _quicklist(cursor: Cursor, limits: Thresholds) -> List:
    items: list[bytes] = []
    for _ in range(cursor.count(2)):
        kind, node = cursor.length(), cursor.string()
        if kind == _PLAIN_NODE:
            items.append(node)
        elif kind == _PACKED_NODE:
            items += _items(node, read_listpack)
        else:
            raise cursor.error(f"a list has no nodes of kind {kind}")
    return _to_list(items, limits)


def _quicklist_of_ziplists(cursor: Cursor, limits: Thresholds) -> List:
    items: list[bytes] = []
    for _ in range(cursor.count()):
        items += _items(cursor.string(), read_ziplist)
    return _to_list(items, limits)


def _set(cursor: Cursor, limits: Thresholds) -> Set:
    return _to_set([cursor.string() for _ in range(cursor.count())], limits)


def _to_set(members: Sequence[bytes], limits: Thresholds) -> Set:
    _require(bool(members), "a set is empty")
    value = Set(limits)
    for member in members:
        _require(value.add(member), "a set has a member twice")
    return value


def _hash(cursor: Cursor, limits: Thresholds) -> Hash:
    return _to_hash([cursor.string() for _ in range(2 * cursor.count(2))], limits)


def _to_hash(flat: Sequence[bytes], limits: Thresholds) -> Hash:
    _require(bool(flat) and len(flat) % 2 == 0, "a hash is empty or a field has no value")
    value = Hash(limits)
    for index in range(0, len(flat), 2):
        _require(value.put(flat[index], flat[index + 1]), "a hash has a field twice")
    return value


def _zset(cursor: Cursor, limits: Thresholds) -> SortedSet:
    return _to_zset([(cursor.string(), cursor.double()) for _ in range(cursor.count(9))], limits)


def _zset_of_texts(cursor: Cursor, limits: Thresholds) -> SortedSet:
    count = cursor.count(2)
    return _to_zset([(cursor.string(), _text_score(cursor)) for _ in range(count)], limits)


def _text_score(cursor: Cursor) -> float:
    size = cursor.byte()
    if size >= _SCORE_NAN:
        return {_SCORE_INFINITY: math.inf, _SCORE_MINUS_INFINITY: -math.inf}.get(size, math.nan)
    return _score(cursor.take(size))


def _score(text: bytes) -> float:
    try:
        return math.nan if b"_" in text else float(text)
    except ValueError:
        return math.nan


def _flat_zset(flat: Sequence[bytes], limits: Thresholds) -> SortedSet:
    _require(len(flat) % 2 == 0, "a member of a sorted set has no score")
    pairs = [(flat[index], _score(flat[index + 1])) for index in range(0, len(flat), 2)]
    return _to_zset(pairs, limits)


def _to_zset(pairs: Sequence[tuple[bytes, float]], limits: Thresholds) -> SortedSet:
    _require(bool(pairs), "a sorted set is empty")
    value = SortedSet(limits)
    for member, score in pairs:
        _require(not math.isnan(score), "a score is no number")
        _require(member not in value.scores, "a sorted set has a member twice")
        value.put(member, score)
    return value


def _items(data: bytes, read: Callable[[bytes], list[bytes]]) -> list[bytes]:
    items = read(data)
    _require(bool(items), "a node of a list is empty")
    return items


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise BadFormat(reason)


def _packed(
    read: Callable[[bytes], list[bytes]],
    make: Callable[[Sequence[bytes], Thresholds], Container],
) -> Reader:
    """The reader of a container that is one string."""
    return lambda cursor, limits: make(read(cursor.string()), limits)


_READERS: dict[int, Reader] = {
    STRING: _string,
    FOREIGN: _foreign,
    LIST: _list,
    SET: _set,
    ZSET_TEXT: _zset_of_texts,
    HASH: _hash,
    ZSET: _zset,
    10: _packed(read_ziplist, _to_list),
    11: _packed(read_intset, _to_set),
    12: _packed(read_ziplist, _flat_zset),
    13: _packed(read_ziplist, _to_hash),
    14: _quicklist_of_ziplists,
    16: _packed(read_listpack, _to_hash),
    17: _packed(read_listpack, _flat_zset),
    18: _quicklist,
    20: _packed(read_listpack, _to_set),
}
"""By type code."""
