from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader import Form, read_forms
from values import (
    REFERENCE,
    Either,
    GuestReference,
    HostReference,
    Pattern,
    Value,
    float_bits,
    integer_bits,
    parse_argument,
    parse_pattern,
)

from tests.support.require import require


def form(text: str) -> Form:
    (read,) = read_forms(text)
    assert isinstance(read.form, list)
    return read.form


def pattern(text: str) -> Pattern:
    return parse_pattern(form(text))


def bits_of(value: float) -> int:
    return int.from_bytes(struct.pack("<d", value), "little")


def single(bits: int) -> float:
    return float(struct.unpack("<f", bits.to_bytes(4, "little"))[0])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_f64_literals_round_as_python_does(value: float) -> None:
    assert float_bits("f64", repr(value)) == bits_of(value)
    assert float_bits("f64", value.hex()) == bits_of(value)


@given(st.integers(0, 10**25), st.integers(-340, 280))
def test_f64_decimals_of_any_length_round_as_python_does(digits: int, exponent: int) -> None:
    literal = f"{digits}e{exponent}"
    assert float_bits("f64", literal) == bits_of(float(literal))


@given(st.integers(0, 10**12), st.integers(-60, 25))
def test_f32_literals_are_the_nearest_of_all(digits: int, exponent: int) -> None:
    exact = Fraction(digits) * Fraction(10) ** exponent
    bits = float_bits("f32", f"{digits}e{exponent}")
    distance = abs(Fraction(single(bits)) - exact)
    for neighbour in {max(bits - 1, 0), bits + 1}:
        other = single(neighbour)
        if math.isinf(other):
            continue
        away = abs(Fraction(other) - exact)
        assert distance < away or (distance == away and (bits == neighbour or bits % 2 == 0))


FLOATS = (
    "0 -0 0x0p0 1 1. 0x1.p3 1e10 1.5E-3 0x1.fffffep127 0x1.fffffefffffffffp127 0x1p-149 "
    "0x1p-150 0x1.00000000000000001p-150 -0x1.8p-149 1.401298464e-45 1.17549435e-38 "
    "340282356779733642748073463979561713663 16777217 16777219 0x1.000001p0 0x1.0000011p0 "
    "8.5899348e9 1_000.2_5 0x1_0.8p-1_0 4.9e-324 1e-400 "
    "inf -inf nan -nan nan:0x1 -nan:0x200000 nan:0x40_0001"
)


@pytest.mark.parametrize("literal", FLOATS.split())
@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_literals_are_what_the_assembler_makes_of_them(type_: str, literal: str) -> None:
    require("wasmtime")
    import wasmtime

    binary = wasmtime.wat2wasm(f"(module (global {type_} ({type_}.const {literal})))")
    start = binary.index(b"\x00\x43" if type_ == "f32" else b"\x00\x44") + 2
    size = 4 if type_ == "f32" else 8
    expected = int.from_bytes(binary[start : start + size], "little")
    assert float_bits(type_, literal) == expected


@pytest.mark.parametrize("literal", ["0x1p128", "1e39", "1e", "0x", "x", "", "nan:1", "1e1.0"])
def test_what_is_no_f32_is_refused(literal: str) -> None:
    with pytest.raises(ValueError, match="f32"):
        float_bits("f32", literal)


def test_integers_may_be_signed_or_unsigned() -> None:
    assert integer_bits("i32", "-1") == integer_bits("i32", "0xffff_ffff") == 0xFFFF_FFFF
    assert integer_bits("i8", "-0x80") == 0x80
    assert integer_bits("i64", "+9223372036854775807") == 2**63 - 1
    for literal in ("4294967296", "-2147483649"):
        with pytest.raises(ValueError, match="does not fit"):
            integer_bits("i32", literal)


def test_arguments() -> None:
    assert parse_argument(form("(i32.const -1)")) == Value("i32", 0xFFFF_FFFF)
    assert parse_argument(form("(f32.const nan:0x200000)")) == Value("f32", 0x7FA0_0000)
    assert parse_argument(form("(ref.null func)")) == Value(REFERENCE, None)
    assert parse_argument(form("(ref.extern 7)")) == Value(REFERENCE, HostReference(7))
    assert parse_argument(form("(ref.host 7)")) == Value(REFERENCE, HostReference(7))
    vector = parse_argument(form("(v128.const i16x8 1 2 3 4 5 6 7 -1)"))
    assert vector == Value("v128", 0xFFFF_0007_0006_0005_0004_0003_0002_0001)


@pytest.mark.parametrize(
    "text",
    [
        "(f32.const nan:canonical)",
        "(ref.func)",
        "(ref.extern)",
        "(v128.const i8x16 1)",
        "(x)",
        "()",
    ],
)
def test_what_is_no_argument_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no value|lanes"):
        parse_argument(form(text))


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("(i32.const 1)", Value("i32", 1), Value("i64", 1)),
        ("(i32.const 1)", Value("i32", 1), Value("i32", True)),
        ("(f32.const -0.0)", Value("f32", 1 << 31), Value("f32", 0)),
        ("(f32.const nan)", Value("f32", 0x7FC0_0000), Value("f32", 0xFFC0_0000)),
        ("(f32.const nan:canonical)", Value("f32", 0xFFC0_0000), Value("f32", 0x7FC0_0001)),
        ("(f32.const nan:arithmetic)", Value("f32", 0xFFC0_0001), Value("f32", 0x7FA0_0000)),
        ("(f32.const nan:canonical)", Value("f32", 0x7FC0_0000), Value("f64", 0x7FC0_0000)),
        ("(f32.const nan:arithmetic)", Value("f32", 0x7FC0_0000), Value("f32", 0x7F80_0000)),
        ("(f64.const nan:canonical)", Value("f64", 0x7FF8 << 48), Value("f64", 0x7FF0 << 48)),
        ("(f64.const nan:arithmetic)", Value("f64", 0xFFFF << 48), Value("f64", 0x7FF7 << 48)),
        ("(ref.null)", Value(REFERENCE, None), Value(REFERENCE, HostReference(0))),
        ("(ref.null extern)", Value(REFERENCE, None), Value("i32", 0)),
        ("(ref.extern 1)", Value(REFERENCE, HostReference(1)), Value(REFERENCE, HostReference(2))),
        ("(ref.host 1)", Value(REFERENCE, HostReference(1)), Value(REFERENCE, None)),
        ("(ref.extern)", Value(REFERENCE, HostReference(3)), Value(REFERENCE, None)),
        ("(ref.extern)", Value(REFERENCE, GuestReference("i31")), Value("i32", 1)),
        (
            "(ref.func)",
            Value(REFERENCE, GuestReference("func")),
            Value(REFERENCE, HostReference(0)),
        ),
        (
            "(ref.struct)",
            Value(REFERENCE, GuestReference("struct")),
            Value(REFERENCE, GuestReference("array")),
        ),
        (
            "(ref.eq)",
            Value(REFERENCE, GuestReference("array")),
            Value(REFERENCE, GuestReference("func")),
        ),
    ],
)
def test_patterns(text: str, right: Value, wrong: Value) -> None:
    assert pattern(text).matches(right)
    assert not pattern(text).matches(wrong)


def test_lanes_are_matched_one_by_one() -> None:
    wanted = pattern("(v128.const f32x4 nan:canonical 1 nan:arithmetic -0)")
    right = 0x8000_0000_FFC0_1234_3F80_0000_7FC0_0000
    assert wanted.matches(Value("v128", right))
    for wrong in (right ^ 1, right ^ 1 << 63, right ^ 1 << 127, right ^ 1 << 86, right | 1 << 128):
        assert not wanted.matches(Value("v128", wrong))
    assert not wanted.matches(Value("f32", right))


def test_either_takes_any() -> None:
    wanted = pattern("(either (i32.const 1) (i32.const 3))")
    assert isinstance(wanted, Either)
    assert [wanted.matches(Value("i32", bits)) for bits in range(5)] == [0, 1, 0, 1, 0]


def test_patterns_are_shown_with_all_bits() -> None:
    assert str(pattern("(f32.const -0)")) == "f32:0x80000000"
    assert str(pattern("(either (i32.const 1) (ref.extern 2))")) == (
        "either(i32:0x00000001 | ref.extern 2)"
    )
    assert str(pattern("(v128.const f64x2 nan:canonical 0)")) == (
        "v128(f64:nan:canonical f64:0x0000000000000000)"
    )
    assert str(Value(REFERENCE, None)) == "null"
