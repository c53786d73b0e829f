from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.persistence.cursor import BadFormat
from ferrite.persistence.packed import read_intset, read_listpack, read_ziplist


def listpack(*items: bytes) -> bytes:
    """Items as they are encoded, with their backward lengths behind them."""
    body = b"".join(items)
    return struct.pack("<IH", len(body) + 7, len(items)) + body + b"\xff"


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (b"\x7f\x01", b"127"),
        (b"\x80\x01", b""),
        (b"\x83abc\x04", b"abc"),
        (b"\xdf\xff\x02", b"-1"),
        (b"\xc1\x00\x02", b"256"),
        (b"\xe0\x41" + b"x" * 65 + b"\x43", b"x" * 65),
        (b"\xe0\xc8" + b"x" * 200 + b"\x01\xca", b"x" * 200),
        (b"\xf1\x18\xfc\x03", b"-1000"),
        (b"\xf2\x00\x00\x80\x04", b"-8388608"),
        (b"\xf3\x00\x00\x00\x80\x05", b"-2147483648"),
        (b"\xf4" + b"\xff" * 7 + b"\x7f\x09", b"9223372036854775807"),
        (b"\xf0\x03\x00\x00\x00abc\x08", b"abc"),
    ],
)
def test_items_of_a_listpack(item: bytes, text: bytes) -> None:
    assert read_listpack(listpack(item, b"\x01\x01")) == [text, b"1"]
    assert read_listpack(listpack(b"\x01\x01", item)) == [b"1", text]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        struct.pack("<IH", 15, 1) + b"\x01\x01\xff",
        listpack(b"\x83abc\x05"),
        listpack(b"\x83ab"),
        listpack(b"\x01"),
        listpack(b"\xf5\x01"),
        listpack(b"\x01\x01")[:-1] + b"\x00",
        listpack(b"\x01\x01", b"\xff"),
        struct.pack("<IH", 9, 7) + b"\x01\x01\xff",
    ],
)
def test_broken_listpacks(data: bytes) -> None:
    with pytest.raises(BadFormat):
        read_listpack(data)


def test_intsets() -> None:
    assert read_intset(struct.pack("<IIhhh", 2, 3, -5, 0, 7)) == [b"-5", b"0", b"7"]
    assert read_intset(struct.pack("<IIq", 8, 1, 2**63 - 1)) == [b"%d" % (2**63 - 1)]
    for broken in (
        b"",
        struct.pack("<II", 2, 0),
        struct.pack("<IIh", 3, 1, 1),
        struct.pack("<IIhh", 2, 2, 1, 1),
        struct.pack("<IIhh", 2, 1, 1, 2),
    ):
        with pytest.raises(BadFormat):
            read_intset(broken)


def ziplist(*items: bytes) -> bytes:
    body, tail, previous = b"", 10, 0
    for item in items:
        tail = 10 + len(body)
        entry = bytes((previous,)) + item
        body, previous = body + entry, len(entry)
    return struct.pack("<IIH", len(body) + 11, tail, len(items)) + body + b"\xff"


def test_ziplists() -> None:
    items = {
        b"\x02ab": b"ab",
        b"\x40\x03abc": b"abc",
        b"\x80\x00\x00\x00\x01x": b"x",
        b"\xc0\xff\xff": b"-1",
        b"\xd0\x00\x00\x01\x00": b"65536",
        b"\xe0" + b"\xff" * 8: b"-1",
        b"\xf0\x00\x00\x80": b"-8388608",
        b"\xfe\x80": b"-128",
        b"\xf1": b"0",
        b"\xfd": b"12",
    }
    assert read_ziplist(ziplist(*items)) == list(items.values())
    good = ziplist(b"\x01a", b"\xf3")
    for broken in (b"", good[:-1], good + b"\xff", good.replace(b"\x03\xf3", b"\x04\xf3"),
                   ziplist(b"\xff"), ziplist(b"\x05a")):  # fmt: skip
        with pytest.raises(BadFormat):
            read_ziplist(broken)


@given(st.binary(max_size=20))
def test_any_bytes_are_items_or_refused(data: bytes) -> None:
    for text in (data, listpack(data), ziplist(data)):
        for read in (read_listpack, read_intset, read_ziplist):
            try:
                assert all(isinstance(item, bytes) for item in read(text))
            except BadFormat:
                continue
