from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.persistence.lzf import RATIO_MAX, decompress


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", b""),
        (b"\x02abc", b"abc"),
        (b"\x00a\x20\x00", b"aaaa"),
        (b"\x01ab\x40\x01", b"ababab"),
        (b"\x00a\xe0\xff\x00", b"a" * 265),
        (b"\x03abcd\x20\x02", b"abcdbcd"),
    ],
)
def test_pieces(data: bytes, text: bytes) -> None:
    assert decompress(data, len(text)) == text
    assert decompress(data, len(text) + 1) is None
    if text:
        assert decompress(data, len(text) - 1) is None


@pytest.mark.parametrize("data", [b"\x20\x00", b"\x00a\x20\x01", b"\x05a", b"\x00a\x20", b"\xe0"])
def test_broken_pieces(data: bytes) -> None:
    for size in range(12):
        assert decompress(data, size) is None


@given(st.binary(max_size=60), st.integers(0, 6000))
def test_any_bytes_are_safe_and_bounded(data: bytes, size: int) -> None:
    text = decompress(data, size)
    assert text is None or len(text) == size <= len(data) * RATIO_MAX
