from __future__ import annotations

import math
from typing import Any

import pytest

from wasm_vm.errors import BadCall
from wasm_vm.numeric import f32_bits, f64_bits, f64_from_bits
from wasm_vm.runtime.values import (
    arguments_to_raw,
    from_bits,
    from_raw,
    results_as,
    to_bits,
    to_raw,
)
from wasm_vm.types import EXTERNREF, F32, F64, FUNCREF, I32, I64, V128, ValueType

VECTOR = bytes(range(16))


@pytest.mark.parametrize(
    ("kind", "public", "raw", "bits"),
    [
        (I32, -1, 0xFFFF_FFFF, 0xFFFF_FFFF),
        (I32, 5, 5, 5),
        (I32, -(2**31), 2**31, 2**31),
        (I64, -2, 2**64 - 2, 2**64 - 2),
        (F32, 1.5, 1.5, 0x3FC0_0000),
        (F32, -0.0, -0.0, 0x8000_0000),
        (F64, -math.inf, -math.inf, 0xFFF0 << 48),
        (V128, VECTOR, VECTOR, int.from_bytes(VECTOR, "little")),
        (FUNCREF, None, None, None),
        (EXTERNREF, "any", "any", "any"),
    ],
)
def test_three_forms_of_a_value(kind: ValueType, public: Any, raw: Any, bits: Any) -> None:
    assert to_raw(kind, public) == raw
    assert from_raw(kind, raw) == public
    assert to_bits(kind, raw) == bits
    assert from_bits(kind, bits) == raw


def test_integers_may_be_given_unsigned() -> None:
    assert to_raw(I32, 2**32 - 1) == 2**32 - 1
    assert to_raw(I64, 2**64 - 1) == 2**64 - 1
    assert to_raw(I32, True) == 1


def test_vectors_may_be_given_as_a_bytearray_and_are_copied() -> None:
    given = bytearray(VECTOR)
    raw = to_raw(V128, given)
    given[0] = 9
    assert raw == VECTOR


def test_floats_may_be_given_as_ints_and_f32_is_rounded() -> None:
    assert to_raw(F64, 3) == 3.0
    assert to_raw(F32, 0.1) == 0.10000000149011612
    assert to_raw(F32, 1e300) == math.inf


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (0x7FF8_0000_0000_0000, 0x7FC0_0000),
        (0xFFF4_0000_2000_0000, 0xFFA0_0001),
        (0x7FF0_0000_0000_0001, 0x7FC0_0000),
        (0xFFF0_0000_1FFF_FFFF, 0xFFC0_0000),
    ],
)
def test_a_nan_as_f32_loses_low_bits_and_stays_a_nan(pattern: int, expected: int) -> None:
    raw = to_raw(F32, f64_from_bits(pattern))
    assert math.isnan(raw)
    assert f32_bits(raw) == expected
    assert f64_bits(raw) & (1 << 29) - 1 == 0


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (I32, "1", "expected an int, got str"),
        (I32, 1.0, "expected an int, got float"),
        (I32, 2**32, "4294967296 does not fit into 32 bits"),
        (I32, -(2**31) - 1, "does not fit into 32 bits"),
        (I64, 2**64, "does not fit into 64 bits"),
        (F32, "1", "expected a float, got str"),
        (F64, True, "expected a float, got bool"),
        (F64, None, "expected a float, got NoneType"),
        pytest.param(F64, 10**400, "too large for a float", id="huge"),
        pytest.param(F32, -(10**400), "too large for a float", id="-huge"),
        (V128, bytes(15), "expected 16 bytes"),
        (V128, 5, "expected 16 bytes"),
    ],
)
def test_values_that_do_not_fit(kind: ValueType, value: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        to_raw(kind, value)
    with pytest.raises(BadCall, match=rf"f: argument 2 \({kind}\): .*{message}"):
        arguments_to_raw("f", (I32, kind), (0, value), to_raw)


@pytest.mark.parametrize(
    ("kind", "bits"),
    [(I32, -1), (I32, 2**32), (I64, 2**64), (F32, 2**32), (F64, -1), (V128, 2**128), (F64, 1.5)],
)
def test_patterns_that_are_none(kind: ValueType, bits: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_bits(kind, bits)


def test_every_bit_of_a_nan_passes() -> None:
    for pattern in (0x7FA0_0001, 0xFFFF_FFFF, 0x7F80_0001):
        assert to_bits(F32, from_bits(F32, pattern)) == pattern
    for pattern in (0x7FF0_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF):
        assert to_bits(F64, from_bits(F64, pattern)) == pattern


def test_counts() -> None:
    with pytest.raises(BadCall, match="f takes 1 arguments, got 2"):
        arguments_to_raw("f", (I32,), (1, 2), to_raw)
    assert arguments_to_raw("f", (), (), to_raw) == []
    assert results_as((I32, F64), (0xFFFF_FFFF, 1.0), from_raw) == (-1, 1.0)
