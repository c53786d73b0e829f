"""Float rows against exact rational arithmetic: one rounding, to the nearest, ties to even."""

from __future__ import annotations

import math
import operator
import random
import struct
from collections.abc import Callable
from fractions import Fraction

import pytest

from wasm_vm.instructions import BY_NAME
from wasm_vm.instructions.meaning import function
from wasm_vm.numeric import CANONICAL_NAN, f32_bits, f32_from_bits, f64_bits, f64_from_bits

MANTISSA = {32: 24, 64: 53}
LEAST_EXPONENT = {32: -149, 64: -1074}
GREATEST = {32: f32_from_bits(0x7F7F_FFFF), 64: f64_from_bits(0x7FEF_FFFF_FFFF_FFFF)}
BITS = {32: f32_bits, 64: f64_bits}
FROM_BITS = {32: f32_from_bits, 64: f64_from_bits}


def rounded(value: Fraction, width: int) -> float:
    """The float nearest to a rational number."""
    if value == 0:
        return 0.0
    magnitude = abs(value)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** max(exponent - MANTISSA[width] + 1, LEAST_EXPONENT[width])
    whole = round(magnitude / unit) * unit
    if whole > Fraction(GREATEST[width]):
        return math.inf if value > 0 else -math.inf
    return float(whole) if value > 0 else -float(whole)


def samples(width: int, count: int) -> list[float]:
    """Random bit patterns, most of them with exponents close enough to matter to each other."""
    random_ = random.Random(width)
    found = []
    exponent_bits = 8 if width == 32 else 11
    while len(found) < count:
        pattern = random_.getrandbits(width)
        if random_.random() < 0.7:
            middle = (1 << exponent_bits - 1) - 1 + random_.randrange(-30, 30)
            pattern &= ~(((1 << exponent_bits) - 1) << MANTISSA[width] - 1)
            pattern |= middle << MANTISSA[width] - 1
        elif random_.random() < 0.3:
            pattern &= ~(((1 << exponent_bits) - 1) << MANTISSA[width] - 1)
        value = FROM_BITS[width](pattern)
        if math.isfinite(value):
            found.append(value)
    return found


EXACT: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("name", EXACT)
def test_arithmetic_is_rounded_once(name: str, width: int) -> None:
    call = function(BY_NAME[f"f{width}.{name}"])
    values = samples(width, 1_200)
    for left, right in zip(values, values[::-1], strict=True):
        if name == "div" and right == 0:
            continue
        exact = EXACT[name](Fraction(left), Fraction(right))
        if exact:
            assert call(left, right) == rounded(exact, width), (left, right)


@pytest.mark.parametrize("width", [32, 64])
def test_square_roots_are_rounded_once(width: int) -> None:
    call = function(BY_NAME[f"f{width}.sqrt"])
    for value in map(abs, samples(width, 400)):
        found = Fraction(call(value))
        bits = BITS[width](call(value))
        below, above = (Fraction(FROM_BITS[width](max(bits + step, 0))) for step in (-1, 1))
        # The root lies between the middles to both neighbours.
        assert ((found + below) / 2) ** 2 <= Fraction(value) <= ((found + above) / 2) ** 2


@pytest.mark.parametrize("width", [32, 64])
def test_conversions_from_integers_are_rounded_once(width: int) -> None:
    random_ = random.Random(7)
    for bits, sign in ((32, "s"), (32, "u"), (64, "s"), (64, "u")):
        call = function(BY_NAME[f"f{width}.convert_i{bits}_{sign}"])
        numbers = [random_.getrandbits(bits) for _ in range(200)]
        # Halfway cases of both widths, and next to them.
        for place in (24, 25, 53, 54):
            if place < bits:
                tie = (1 << place) + (1 << place - 24 >> 1) + (1 << max(place - 53, 0) >> 1)
                numbers += [tie - 1, tie, tie + 1, (1 << bits) - tie]
        numbers += [0x7FFF_FF40_0000_0001 % (1 << bits), (1 << bits) - 1, 1 << bits - 1]
        for number in numbers:
            meant = number - (1 << bits) if sign == "s" and number >> bits - 1 else number
            assert call(number) == rounded(Fraction(meant), width), number


def test_demotion_is_rounded_once() -> None:
    call = function(BY_NAME["f32.demote_f64"])
    for value in samples(64, 500):
        assert call(value) == rounded(Fraction(value), 32)
        near = f64_from_bits(f64_bits(float(rounded(Fraction(value), 32))) ^ 1)
        if math.isfinite(near):
            assert call(near) == rounded(Fraction(near), 32)


SPECIAL = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, CANONICAL_NAN)


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize(
    ("name", "left", "right", "expected"),
    [
        ("add", 0.0, -0.0, 0.0),
        ("add", -0.0, -0.0, -0.0),
        ("sub", 1.0, 1.0, 0.0),
        ("sub", math.inf, math.inf, CANONICAL_NAN),
        ("mul", 0.0, math.inf, CANONICAL_NAN),
        ("mul", -1.0, 0.0, -0.0),
        ("div", 1.0, 0.0, math.inf),
        ("div", -1.0, 0.0, -math.inf),
        ("div", 1.0, -0.0, -math.inf),
        ("div", 0.0, 0.0, CANONICAL_NAN),
        ("div", math.inf, math.inf, CANONICAL_NAN),
        ("div", 1.0, -math.inf, -0.0),
        ("div", -math.inf, -0.0, math.inf),
        ("min", 0.0, -0.0, -0.0),
        ("min", -0.0, 0.0, -0.0),
        ("max", 0.0, -0.0, 0.0),
        ("max", -0.0, 0.0, 0.0),
        ("max", -0.0, -0.0, -0.0),
        ("min", -math.inf, 5.0, -math.inf),
        ("max", -math.inf, 5.0, 5.0),
        ("copysign", 1.0, -0.0, -1.0),
        ("copysign", -math.inf, 2.0, math.inf),
    ],
)
def test_special_values(name: str, left: float, right: float, expected: float, width: int) -> None:
    found = function(BY_NAME[f"f{width}.{name}"])(left, right)
    assert struct.pack("<d", found) == struct.pack("<d", expected)


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "min", "max"])
def test_arithmetic_answers_the_canonical_nan(name: str, width: int) -> None:
    call = function(BY_NAME[f"f{width}.{name}"])
    canonical = f64_bits(CANONICAL_NAN)
    for pattern in (0x7FF8 << 48, 0xFFF8 << 48, 0x7FF4 << 48, 0x7FFF_FFFF_E000_0000):
        strange = f64_from_bits(pattern)
        for other in SPECIAL:
            assert f64_bits(call(strange, other)) == canonical
            assert f64_bits(call(other, strange)) == canonical


@pytest.mark.parametrize("width", [32, 64])
def test_signs_move_bits_and_keep_a_nan_whole(width: int) -> None:
    sign = 1 << width - 1
    for pattern in (0x7FA0_0001, 0xFFC1_2345, 0x8000_0000, 0x3F80_0000):
        bits = pattern if width == 32 else pattern << 32 | 5
        value = FROM_BITS[width](bits)
        assert BITS[width](function(BY_NAME[f"f{width}.neg"])(value)) == bits ^ sign
        assert BITS[width](function(BY_NAME[f"f{width}.abs"])(value)) == bits & ~sign
        negative = function(BY_NAME[f"f{width}.copysign"])(value, -1.0)
        assert BITS[width](negative) == bits | sign


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize(
    ("name", "python"),
    [("ceil", math.ceil), ("floor", math.floor), ("trunc", math.trunc), ("nearest", round)],
)
def test_rounding_to_whole_numbers(name: str, python: Callable[[float], int], width: int) -> None:
    call = function(BY_NAME[f"f{width}.{name}"])
    for value in (*samples(width, 200), 0.5, 1.5, 2.5, -0.5, -0.1, 0.0, -0.0, 4503599627370495.5):
        found = call(value)
        assert found == python(value)
        assert math.copysign(1, found) == math.copysign(1, value)
    for value in (math.inf, -math.inf):
        assert call(value) == value
    assert f64_bits(call(f64_from_bits(0xFFF4 << 48))) == f64_bits(CANONICAL_NAN)


@pytest.mark.parametrize("width", [32, 64])
def test_no_relation_holds_of_a_nan_but_ne(width: int) -> None:
    for name in ("eq", "ne", "lt", "gt", "le", "ge"):
        call = function(BY_NAME[f"f{width}.{name}"])
        for other in SPECIAL:
            assert call(CANONICAL_NAN, other) == call(other, CANONICAL_NAN) == (name == "ne")
        assert call(-0.0, 0.0) == (name in ("eq", "le", "ge"))
        assert call(-math.inf, 1.0) == (name in ("ne", "lt", "le"))
