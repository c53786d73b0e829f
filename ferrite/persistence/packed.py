"""Listpacks, intsets and ziplists: the strings in which Redis keeps small containers.

Rule: a reader gives all items or raises BadFormat; every byte has to be accounted for, the
backward lengths too, because a payload may come from anybody.
Source: https://github.com/antirez/listpack/blob/master/listpack.md and Redis's ziplist.c, intset.c
"""

from __future__ import annotations

from itertools import pairwise

from ferrite.persistence.cursor import BadFormat, Cursor

END = 0xFF
_LISTPACK_HEADER = 6
_COUNT_UNKNOWN = 0xFFFF
_LISTPACK_INTEGERS = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}
_ZIPLIST_HEADER = 10
_ZIPLIST_INTEGERS = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}
_LONG_PREVIOUS = 0xFE


def read_listpack(data: bytes) -> list[bytes]:
    """The items, integers as their decimal text. Raises BadFormat.

    Short strings and small integers are read here without a cursor: they are nearly all there are.
    """
    end = len(data) - 1
    if end < _LISTPACK_HEADER or int.from_bytes(data[:4], "little") != len(data):
        raise BadFormat(f"a listpack of {len(data)} bytes says it has another size")
    items: list[bytes] = []
    position = _LISTPACK_HEADER
    while position < end:
        first = data[position]
        if first < 0x80:
            size = 1
            items.append(b"%d" % first)
        elif first < 0xC0:
            size = 1 + (first & 0x3F)
            items.append(data[position + 1 : position + size])
        else:
            cursor = Cursor(data, position + 1, end)
            items.append(_listpack_item(cursor, first))
            size = cursor.position - position
        position += size
        backward = _SHORT_BACKWARD[size] if size < _SHORT_MAX else _backward_length(size)
        if data[position : position + len(backward)] != backward:
            raise BadFormat("an item of a listpack has another length behind it", position)
        position += len(backward)
    count = int.from_bytes(data[4:6], "little")
    if position != end or data[end] != END or count not in (len(items), _COUNT_UNKNOWN):
        raise BadFormat("a listpack ends too early or too late", position)
    return items


def _listpack_item(cursor: Cursor, first: int) -> bytes:
    if first < 0xE0:
        number = (first & 0x1F) << 8 | cursor.byte()
        return b"%d" % (number - (1 << 13) if number >> 12 else number)
    if first < 0xF0:
        return cursor.take((first & 0x0F) << 8 | cursor.byte())
    if first == 0xF0:
        return cursor.take(cursor.unsigned(4))
    size = _LISTPACK_INTEGERS.get(first)
    if size is None:
        raise cursor.error(f"a listpack has no items of kind {first:#x}")
    return b"%d" % cursor.signed(size)


def _backward_length(size: int) -> bytes:
    """What stands behind an item of a size: groups of seven bits, the highest first."""
    groups = [size & 0x7F]
    while size := size >> 7:
        groups.append(size & 0x7F)
    return bytes(group | 0x80 if index else group for index, group in enumerate(reversed(groups)))


_SHORT_MAX = 256
_SHORT_BACKWARD = tuple(_backward_length(size) for size in range(_SHORT_MAX))


def read_intset(data: bytes) -> list[bytes]:
    """The integers as decimal texts, from low to high. Raises BadFormat."""
    cursor = Cursor(data)
    size, count = cursor.unsigned(4), cursor.unsigned(4)
    if size not in (2, 4, 8) or not count or count * size != cursor.left:
        raise BadFormat("an intset has another size than it says")
    numbers = [cursor.signed(size) for _ in range(count)]
    if any(low >= high for low, high in pairwise(numbers)):
        raise BadFormat("an intset is out of order")
    return [b"%d" % number for number in numbers]


def read_ziplist(data: bytes) -> list[bytes]:
    """The items, integers as their decimal text. Raises BadFormat."""
    cursor = Cursor(data)
    total, tail, count = cursor.unsigned(4), cursor.unsigned(4), cursor.unsigned(2)
    if total != len(data):
        raise BadFormat(f"a ziplist of {len(data)} bytes says it has {total}")
    items: list[bytes] = []
    last, previous = _ZIPLIST_HEADER, 0
    while True:
        start = cursor.position
        first = cursor.byte()
        if first == END:
            break
        if (cursor.unsigned(4) if first == _LONG_PREVIOUS else first) != previous:
            raise cursor.error("an item of a ziplist has another length before it")
        items.append(_ziplist_item(cursor))
        last, previous = start, cursor.position - start
    if cursor.left or tail != last or count not in (len(items), _COUNT_UNKNOWN):
        raise cursor.error("a ziplist ends too early")
    return items


def _ziplist_item(cursor: Cursor) -> bytes:
    first = cursor.byte()
    if first < 0x40:
        return cursor.take(first)
    if first < 0x80:
        return cursor.take((first & 0x3F) << 8 | cursor.byte())
    if first == 0x80:
        return cursor.take(int.from_bytes(cursor.take(4), "big"))
    if 0xF1 <= first <= 0xFD:
        return b"%d" % ((first & 0x0F) - 1)
    size = _ZIPLIST_INTEGERS.get(first)
    if size is None:
        raise cursor.error(f"a ziplist has no items of kind {first:#x}")
    return b"%d" % cursor.signed(size)
