from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.commands import doubles


@given(st.floats(allow_nan=False))
def test_every_number_is_read_back(number: float) -> None:
    assert doubles.parse(repr(number).encode()) == number
    assert doubles.parse(number.hex().encode()) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b"1.", 1.0),
        (b".5", 0.5),
        (b"+1e2", 100.0),
        (b"0x1.8p1", 3.0),
        (b"0X10", 16.0),
        (b"-INFINITY", -math.inf),
        (b"+inf", math.inf),
        (b"0e999", 0.0),
        (b"0x0p-9", 0.0),
    ],
)
def test_spellings(text: bytes, number: float) -> None:
    assert doubles.parse(text) == number
    assert doubles.parse_bound(b" \t" + text) == number


@pytest.mark.parametrize(
    "text",
    [b"", b" 1", b"1 ", b"1_0", b"nan", b"-nan(1)", b"1e", b".", b"0x", b"1\0", b"e5", b"--1"],
)
def test_no_numbers(text: bytes) -> None:
    assert doubles.parse(text) is None


@pytest.mark.parametrize("text", [b"1e400", b"-1e400", b"1e-400", b"0x1p2000", b"0x1p-2000"])
def test_out_of_range(text: bytes) -> None:
    assert doubles.parse(text) is None
    assert doubles.parse_bound(text) in (math.inf, -math.inf, 0.0)


def test_bounds() -> None:
    assert doubles.parse_bound(b"") == 0.0
    assert doubles.parse_bound(b"5\0x") == 5.0
    assert doubles.parse_bound(b"5x") is None
    assert doubles.parse_bound(b"nan") is None
