from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.require import require
from tests.support.vector_cases import assert_as_wasmtime, checked
from wasm_vm.numeric import f32_from_bits, f64_from_bits
from wasm_vm.vectors.relaxed import OPERATIONS, multiply_add


@pytest.mark.parametrize("name", checked(OPERATIONS))
def test_as_wasmtime_in_its_deterministic_mode(name: str) -> None:
    require("wasmtime")
    assert_as_wasmtime(name)


def test_how_many_there_are() -> None:
    assert len(checked(OPERATIONS)) == len(OPERATIONS) == 20


def neighbours(number: float, bits: int) -> tuple[Fraction, Fraction]:
    """The floats of a width next to one."""
    if bits == 64:
        below, above = math.nextafter(number, -math.inf), math.nextafter(number, math.inf)
    else:
        word = struct.unpack("<i", struct.pack("<f", number))[0]
        order = word if word >= 0 else -(word & 0x7FFF_FFFF)
        below, above = (_of_order(order + step) for step in (-1, 1))
    return Fraction(below), Fraction(above)


def _of_order(order: int) -> float:
    return f32_from_bits(order) if order >= 0 else f32_from_bits(-order | 0x8000_0000)


def assert_rounded_once(a: float, b: float, c: float, bits: int) -> None:
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    result = multiply_add(a, b, c, bits)
    greatest = 2.0**127 * (2 - 2.0**-23) if bits == 32 else 1.7976931348623157e308
    if math.isinf(result):
        half_way = Fraction(greatest) + Fraction(2) ** (103 if bits == 32 else 970)
        assert abs(exact) >= half_way
        assert (result > 0) == (exact > 0)
        return
    if abs(result) == greatest:
        return
    below, above = neighbours(result, bits)
    error = abs(Fraction(result) - exact)
    assert error <= abs(below - exact)
    assert error <= abs(above - exact)


words32 = st.integers(0, 2**32 - 1).map(f32_from_bits).filter(math.isfinite)
words64 = st.integers(0, 2**64 - 1).map(f64_from_bits).filter(math.isfinite)


@settings(max_examples=300)
@given(words32, words32, words32)
def test_f32_is_rounded_once(a: float, b: float, c: float) -> None:
    assert_rounded_once(a, b, c, 32)


@settings(max_examples=300)
@given(words64, words64, words64)
def test_f64_is_rounded_once(a: float, b: float, c: float) -> None:
    assert_rounded_once(a, b, c, 64)


def test_a_tie_of_the_wider_format_is_none() -> None:
    """The exact sum lies just above a tie of f32, and the nearest f64 is that tie."""
    a, b, c = 1.0 + 2.0**-12, 1.0 + 2.0**-12, 2.0**-60
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    assert float(exact) == 1.0 + 2.0**-11 + 2.0**-24
    assert multiply_add(a, b, c, 32) == 1.0 + 2.0**-11 + 2.0**-23


@pytest.mark.parametrize(
    ("a", "b", "c", "result"),
    [
        (math.inf, 0.0, 1.0, "nan"),
        (math.inf, 1.0, -math.inf, "nan"),
        (math.nan, 1.0, 1.0, "nan"),
        (math.inf, 2.0, 1.0, "inf"),
        (0.0, -1.0, -0.0, "-0.0"),
        (1.0, -1.0, 1.0, "0.0"),
        (0.0, 5.0, -0.0, "0.0"),
        (1e308, 10.0, -1e308, "inf"),
    ],
)
def test_special_values(a: float, b: float, c: float, result: str) -> None:
    assert repr(multiply_add(a, b, c, 64)) == result
