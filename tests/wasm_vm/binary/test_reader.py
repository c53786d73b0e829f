from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.binaries import leb, sleb
from wasm_vm.binary.reader import Reader
from wasm_vm.errors import LimitExceeded, Malformed


def reader(data: bytes, position: int = 0) -> Reader:
    return Reader(data, position, len(data))


@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_u32_reads_what_was_written_overlong_forms_included(value: int, padding: int) -> None:
    data = leb(value)
    if padding and len(data) + padding <= 5:
        data = data[:-1] + bytes((data[-1] | 0x80,)) + b"\x80" * (padding - 1) + b"\0"
    cursor = reader(data + b"rest")
    assert cursor.u32() == value
    assert cursor.position == len(data)


@given(st.integers(0, 2**64 - 1))
def test_u64(value: int) -> None:
    assert reader(leb(value)).u64() == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed(value: int) -> None:
    assert reader(sleb(value)).signed(64) == value
    if -(2**31) <= value < 2**31:
        assert reader(sleb(value)).signed(32) == value


@pytest.mark.parametrize(
    ("data", "bits", "message"),
    [
        (b"", 32, "unexpected end"),
        (b"\x80\x80", 32, "unexpected end"),
        (b"\x80\x80\x80\x80\x80\x00", 32, "integer representation too long"),
        (b"\xff\xff\xff\xff\x1f", 32, "integer too large"),
        (b"\x80\x80\x80\x80\x10", 32, "integer too large"),
        (b"\x80" * 10 + b"\x00", 64, "integer representation too long"),
        (b"\xff" * 9 + b"\x02", 64, "integer too large"),
    ],
)
def test_bad_unsigned(data: bytes, bits: int, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        reader(data).unsigned(bits)


@pytest.mark.parametrize(
    ("data", "bits", "message"),
    [
        (b"\x80", 32, "unexpected end"),
        (b"\x80\x80\x80\x80\x80\x00", 32, "integer representation too long"),
        (b"\xff\xff\xff\xff\x0f", 32, "integer too large"),
        (b"\x80\x80\x80\x80\x70", 32, "integer too large"),
        (b"\x80\x80\x80\x80\x10", 33, "integer too large"),
        (b"\xff" * 9 + b"\x01", 64, "integer too large"),
    ],
)
def test_bad_signed(data: bytes, bits: int, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        reader(data).signed(bits)


def test_errors_carry_the_offset_in_the_whole_binary() -> None:
    with pytest.raises(Malformed) as caught:
        reader(b"....\x80\x80\x80\x80\x80\x00", 4).u32()
    assert caught.value.offset == 4
    cursor = Reader(b"abcdef", 2, 4)
    assert cursor.take(2) == b"cd"
    for read in (cursor.byte, cursor.u32, lambda: cursor.take(1)):
        with pytest.raises(Malformed, match="unexpected end") as caught:
            read()
        assert caught.value.offset == 4


@pytest.mark.parametrize("text", ["", "x", "été", "日本", "\0", "a" * 100])
def test_name(text: str) -> None:
    data = text.encode()
    assert reader(leb(len(data)) + data).name(1000) == text


@pytest.mark.parametrize(
    "data", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"]
)
def test_names_are_strict_utf8(data: bytes) -> None:
    with pytest.raises(Malformed, match="malformed UTF-8 encoding"):
        reader(leb(len(data)) + data).name(1000)


def test_a_name_is_refused_by_its_announced_size_before_it_is_read() -> None:
    with pytest.raises(LimitExceeded) as caught:
        reader(b"\x05hello").name(4)
    assert caught.value.limit == "name_bytes"
    with pytest.raises(Malformed, match="unexpected end"):
        reader(b"\xff\xff\xff\xff\x0fshort").name(4)


def test_vector() -> None:
    cursor = reader(b"\x03abc")
    assert cursor.vector(cursor.byte, "imports", 3) == (97, 98, 99)
    assert reader(b"\x00").vector(cursor.byte, "imports", 0) == ()


def test_a_vector_is_refused_by_its_announced_count_before_an_item_is_read() -> None:
    def item() -> None:
        pytest.fail("an item was read")

    with pytest.raises(Malformed, match="more items than bytes"):
        reader(b"\xff\xff\xff\xff\x0f....").vector(item, "imports", 10)
    with pytest.raises(LimitExceeded) as caught:
        reader(b"\x03abc").vector(item, "imports", 2)
    assert caught.value.limit == "imports"
