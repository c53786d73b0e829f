from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.values import encoding_name, parse_integer, type_name


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_64_bit_integer_is_read_back(number: int) -> None:
    assert parse_integer(b"%d" % number) == number


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-",
        b"-0",
        b"+1",
        b"01",
        b"00",
        b" 1",
        b"1 ",
        b"1\n",
        b"1_0",
        b"1.0",
        b"1e3",
        b"0x10",
        b"\xd9\xa1",
        "١".encode(),
        b"9223372036854775808",
        b"-9223372036854775809",
        b"1" * 5000,
    ],
)
def test_what_is_no_canonical_integer(text: bytes) -> None:
    assert parse_integer(text) is None


@given(st.binary(max_size=4))
def test_only_the_canonical_form_is_an_integer(text: bytes) -> None:
    number = parse_integer(text)
    assert number is None or b"%d" % number == text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"1", "int"),
        (b"-9223372036854775808", "int"),
        (b"9223372036854775808", "embstr"),
        (b"", "embstr"),
        (b"x" * 44, "embstr"),
        (b"x" * 45, "raw"),
    ],
)
def test_encoding_of_a_string(value: bytes, name: str) -> None:
    assert encoding_name(value) == name


def test_type_of_a_string() -> None:
    assert type_name(b"") == "string"
