from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace import bits

strings = st.binary(min_size=1, max_size=20)


def text(data: bytes) -> str:
    """The bits as zeros and ones, the first one first."""
    return "".join(f"{byte:08b}" for byte in data)


@given(strings, st.integers(0, 200), st.integers(1, 64))
def test_read(data: bytes, offset: int, count: int) -> None:
    padded = text(data).ljust(offset + count, "0")
    assert bits.read(data, offset, count) == int(padded[offset : offset + count], 2)


@given(strings, st.data())
def test_write(data: bytes, drawn: st.DataObject) -> None:
    size = len(data) * 8
    count = drawn.draw(st.integers(1, min(64, size)))
    offset = drawn.draw(st.integers(0, size - count))
    number = drawn.draw(st.integers(0, 2**count - 1))
    changed = bytearray(data)
    bits.write(changed, offset, count, number)
    before, behind = text(data)[:offset], text(data)[offset + count :]
    assert text(changed) == before + f"{number:0{count}b}" + behind


@given(strings, st.data())
def test_counting_and_finding(data: bytes, drawn: st.DataObject) -> None:
    size = len(data) * 8
    first = drawn.draw(st.integers(0, size - 1))
    last = drawn.draw(st.integers(0, size - 1))
    part = text(data)[first : last + 1]
    assert bits.count_ones(data, first, last) == part.count("1")
    for bit in (0, 1):
        place = part.find(str(bit))
        assert bits.find(data, bit, first, last) == (None if place < 0 else first + place)


def test_counting_crosses_pieces() -> None:
    data = b"\xff" * (bits.PIECE_BYTES + 3)
    assert bits.count_ones(data, 3, len(data) * 8 - 6) == len(data) * 8 - 8
