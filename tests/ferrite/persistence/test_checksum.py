from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.persistence.checksum import crc64, table_crc64


def test_the_check_value() -> None:
    assert table_crc64(b"123456789") == crc64(b"123456789", 0) == 0xE9C6D914C4B8D9CA


@given(st.binary(), st.binary())
def test_a_checksum_goes_on(first: bytes, second: bytes) -> None:
    for function in (crc64, table_crc64):
        assert function(second, function(first, 0)) == table_crc64(first + second)
