from __future__ import annotations

import math
import struct

import pytest

from ferrite.keyspace.lists import List
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.thresholds import DefaultThresholds
from ferrite.keyspace.values import Value
from ferrite.persistence.cursor import BadFormat, Cursor
from ferrite.persistence.value_reader import read_value

LIMITS = DefaultThresholds()


def listpack(*items: bytes) -> bytes:
    """Short strings as a listpack, its length before it as before any string."""
    body = b"".join(bytes((0x80 | len(i),)) + i + bytes((len(i) + 1,)) for i in items)
    packed = struct.pack("<IH", len(body) + 7, len(items)) + body + b"\xff"
    return bytes((len(packed),)) + packed


def read(code: int, data: bytes) -> Value:
    return read_value(code, Cursor(data), LIMITS)


def test_a_quicklist_of_both_kinds_of_nodes() -> None:
    value = read(18, b"\x02\x02" + listpack(b"a", b"b") + b"\x01\x03big")
    assert isinstance(value, List)
    assert list(value) == [b"a", b"b", b"big"]


def test_sorted_sets_of_texts() -> None:
    value = read(3, b"\x04\x01a\x031.5\x01b\xfe\x01c\xff\x01d\x01-"[:-2] + b"\x012")
    assert isinstance(value, SortedSet)
    assert value.scores == {b"a": 1.5, b"b": math.inf, b"c": -math.inf, b"d": 2.0}
    packed = read(17, listpack(b"m", b"-inf", b"n", b"2"))
    assert isinstance(packed, SortedSet)
    assert packed.scores == {b"m": -math.inf, b"n": 2.0}


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (1, b"\x00"),
        (2, b"\x02\x01a\x01a"),
        (2, b"\x05\x01a"),
        (3, b"\x01\x01a\xfd"),
        (4, b"\x02\x01a\x01b\x01a\x01c"),
        (5, b"\x01\x01a" + struct.pack("<d", math.nan)),
        (5, b"\x02" + (b"\x01a" + struct.pack("<d", 1)) * 2),
        (16, listpack()),
        (16, listpack(b"a")),
        (16, listpack(b"a", b"1", b"a", b"2")),
        (17, listpack(b"a", b"x")),
        (17, listpack(b"a", b"1_0")),
        (17, listpack(b"a", b"nan")),
        (18, b"\x01\x02" + listpack()),
        (18, b"\x01\x03" + listpack(b"a")),
        (8, b""),
    ],
)
def test_values_that_cannot_be(code: int, data: bytes) -> None:
    with pytest.raises(BadFormat):
        read(code, data)
