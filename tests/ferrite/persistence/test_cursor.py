from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.persistence.cursor import BadFormat, Cursor
from ferrite.persistence.value_writer import length, write_string


@given(st.integers(0, 2**64 - 1))
def test_lengths(number: int) -> None:
    cursor = Cursor(length(number))
    assert cursor.length() == number
    assert cursor.left == 0


@given(st.binary(max_size=100))
def test_strings(text: bytes) -> None:
    parts: list[bytes] = []
    write_string(parts, text)
    assert Cursor(b"".join(parts)).string() == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xc0\x7b", b"123"),
        (b"\xc0\xff", b"-1"),
        (b"\xc1\x39\x30", b"12345"),
        (b"\xc2\x15\xcd\x5b\x07", b"123456789"),
        (b"\xc3\x04\x04\x00a\x20\x00", b"aaaa"),
    ],
)
def test_other_spellings_of_strings(data: bytes, text: bytes) -> None:
    assert Cursor(data).string() == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x05abc",
        b"\x80\x00\x00\x10\x00",
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x82",
        b"\xc4",
        b"\xc0",
        b"\xc3\x04\x80\x20\x00\x00\x00\x00a\x20\x00",
        b"\xc3\x04\x05\x00a\x20\x00",
    ],
)
def test_broken_strings(data: bytes) -> None:
    with pytest.raises(BadFormat):
        Cursor(data).string()


@given(st.binary(max_size=30))
def test_any_bytes_are_a_string_or_refused(data: bytes) -> None:
    try:
        Cursor(data).string()
    except BadFormat:
        return


def test_a_count_is_paid_for() -> None:
    assert Cursor(b"\x02abcd").count(2) == 2
    for data in (b"\x03abcd", b"\x00", b"\xc0\x01"):
        with pytest.raises(BadFormat, match="byte"):
            Cursor(data).count(2)


def test_numbers() -> None:
    cursor = Cursor(b"\x01\x02\xff\xff" + b"\x00\x00\x00\x00\x00\x00\xf0\x3f")
    assert (cursor.unsigned(2), cursor.signed(2), cursor.double()) == (0x0201, -1, 1.0)
    with pytest.raises(BadFormat, match="a byte is missing at byte 12"):
        cursor.byte()
