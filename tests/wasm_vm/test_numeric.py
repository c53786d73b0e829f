"""Helpers of the instruction table: bits and NaNs by hand, everything else against wasmtime."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wasm_vm
from tests.support import wat
from tests.support.wasmtime_oracle import Oracle
from wasm_vm import numeric
from wasm_vm.errors import Trap, TrapKind
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.types import F32, F64, I32, I64, V128, Features

QUIET_BIT = 1 << 22


@given(st.integers(0, 2**32 - 1))
def test_f32_bits_survive_the_way_through_a_float(bits: int) -> None:
    assert numeric.f32_bits(numeric.f32_from_bits(bits)) == bits


@given(st.integers(0, 2**64 - 1))
def test_f64_bits_survive_the_way_through_a_float(bits: int) -> None:
    assert numeric.f64_bits(numeric.f64_from_bits(bits)) == bits


@given(st.integers(0, 2**32 - 1))
def test_an_f32_nan_is_the_f64_nan_with_the_same_sign_and_leading_bits(bits: int) -> None:
    value = numeric.f32_from_bits(bits)
    if math.isnan(value):
        wide = numeric.f64_bits(value)
        assert (wide >> 63, wide >> 29 & 0x7F_FFFF) == (bits >> 31, bits & 0x7F_FFFF)
        assert wide & (1 << 29) - 1 == 0
    else:
        assert numeric.f32(value) == value


def test_signed() -> None:
    assert [numeric.signed32(value) for value in (0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)] == [
        0, 2**31 - 1, -(2**31), -1,
    ]  # fmt: skip
    assert [numeric.signed64(value) for value in (2**63 - 1, 2**63, 2**64 - 1)] == [
        2**63 - 1, -(2**63), -1,
    ]  # fmt: skip


def test_canonical_nan() -> None:
    assert numeric.f64_bits(numeric.CANONICAL_NAN) == 0x7FF8_0000_0000_0000
    assert numeric.f32_bits(numeric.CANONICAL_NAN) == 0x7FC0_0000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.4028235677973366e38, math.inf),
        (-3.4028235677973366e38, -math.inf),
        (3.4028235677973362e38, 3.4028234663852886e38),
        (7.006492321624085e-46, 0.0),
        (7.006492321624087e-46, 1.401298464324817e-45),
        (1.0000000596046448, 1.0),
        (1.000000059604645, 1.0000001192092896),
    ],
)
def test_f32_rounds_to_the_nearest_and_ties_to_even(value: float, expected: float) -> None:
    assert numeric.f32(value) == expected


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda: numeric.div_s(1, 0, 32), TrapKind.DIVIDE_BY_ZERO),
        (lambda: numeric.div_u(0, 0), TrapKind.DIVIDE_BY_ZERO),
        (lambda: numeric.rem_s(1, 0, 64), TrapKind.DIVIDE_BY_ZERO),
        (lambda: numeric.rem_u(1, 0), TrapKind.DIVIDE_BY_ZERO),
        (lambda: numeric.div_s(1 << 31, 2**32 - 1, 32), TrapKind.INTEGER_OVERFLOW),
        (lambda: numeric.div_s(1 << 63, 2**64 - 1, 64), TrapKind.INTEGER_OVERFLOW),
        (lambda: numeric.trunc_s(math.nan, 32), TrapKind.INVALID_CONVERSION),
        (lambda: numeric.trunc_u(math.inf, 32), TrapKind.INTEGER_OVERFLOW),
        (lambda: numeric.trunc_s(2147483648.0, 32), TrapKind.INTEGER_OVERFLOW),
        (lambda: numeric.trunc_s(-2147483649.0, 32), TrapKind.INTEGER_OVERFLOW),
        (lambda: numeric.trunc_u(-1.0, 32), TrapKind.INTEGER_OVERFLOW),
        (lambda: numeric.trunc_u(2.0**64, 64), TrapKind.INTEGER_OVERFLOW),
    ],
)
def test_traps(call: Any, kind: TrapKind) -> None:
    with pytest.raises(Trap) as caught:
        call()
    assert caught.value.kind is kind


def test_the_most_negative_remainder_is_zero_and_no_overflow() -> None:
    assert numeric.rem_s(1 << 31, 2**32 - 1, 32) == 0
    assert numeric.rem_s(1 << 63, 2**64 - 1, 64) == 0


def test_truncation_takes_all_that_rounds_into_the_range() -> None:
    assert numeric.trunc_s(-2147483648.9, 32) == 1 << 31
    assert numeric.trunc_u(4294967295.9, 32) == 2**32 - 1
    assert numeric.trunc_u(-0.9, 32) == 0
    assert numeric.trunc_sat_s(-1e300, 64) == 1 << 63
    assert numeric.trunc_sat_u(math.inf, 32) == 2**32 - 1
    assert numeric.trunc_sat_u(-math.inf, 32) == numeric.trunc_sat_s(math.nan, 32) == 0


# --- every numeric instruction against wasmtime -----------------------------------------------

_INTEGERS = (0, 1, 2, 3, 7, 31, 33, 63, 65, 255)


def _integer_edges(bits: int) -> list[int]:
    top = 1 << bits
    random_ = random.Random(bits)
    return [
        *_INTEGERS,
        0x80, 0x7FFF, 0x8000,
        top // 2 - 1, top // 2, top // 2 + 1, top - 1, top - 2,
        *(random_.getrandbits(bits) for _ in range(6)),
    ]  # fmt: skip


_F64_EDGES = [
    numeric.f64_bits(value)
    for value in (
        0.0, -0.0, 0.5, -0.5, 1.5, 2.5, 1.0, -1.0, math.pi, 1e308, -1e308, 5e-324, -5e-324,
        2.2250738585072014e-308, math.inf, -math.inf, 2147483647.0, 2147483648.0, -2147483648.0,
        -2147483649.0, 4294967295.5, 4294967296.0, 9.223372036854775e18, 9.223372036854775807e18,
        -9.223372036854775808e18, 1.8446744073709552e19, 16777217.0, 3.4028235677973366e38,
        1.0000000596046448, 7.006492321624085e-46, 4503599627370495.5, -0.9999999999999999,
    )
] + [0x7FF8 << 48, 0xFFF8 << 48, 0x7FF4_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF]  # fmt: skip
_F32_EDGES = [
    numeric.f32_bits(numeric.f32(value))
    for value in (
        0.0, -0.0, 0.5, -0.5, 1.5, 2.5, 1.0, -1.0, math.pi, 3.4e38, -3.4e38, 1e-45, 1.2e-38,
        math.inf, -math.inf, 2147483520.0, 2147483648.0, -2147483648.0, -2147483904.0,
        4294967040.0, 4294967296.0, 9.2e18, 9.223372036854775807e18, 1.8446744073709552e19,
        8388607.5, -0.99999994,
    )
] + [0x7FC0_0000, 0xFFC0_0000, 0x7FA0_0001, 0xFFFF_FFFF]  # fmt: skip

EDGES = {I32: _integer_edges(32), I64: _integer_edges(64), F32: _F32_EDGES, F64: _F64_EDGES}
NUMERIC = [
    row for row in TABLE if row.meaning and V128 not in (*(row.operands or ()), *row.results)
]
"""Vectors have their own tests: tests/wasm_vm/vectors."""


def _function(row: Instruction, index: int) -> str:
    parameters = " ".join(f"(param {kind})" for kind in row.operands or ())
    results = " ".join(f"(result {kind})" for kind in row.results)
    gets = " ".join(f"(local.get {place})" for place in range(len(row.operands or ())))
    return f'(func (export "{index}") {parameters} {results} ({row.name} {gets}))'


@pytest.fixture(scope="module")
def binary() -> bytes:
    return wat.assemble("\n".join(_function(row, index) for index, row in enumerate(NUMERIC)))


@pytest.fixture(scope="module")
def oracle(binary: bytes) -> Oracle:
    return Oracle(binary)


@pytest.fixture(scope="module")
def ours(binary: bytes) -> wasm_vm.Instance:
    return wasm_vm.instantiate(wasm_vm.load(binary, features=Features.V2))


@pytest.mark.parametrize("index", range(len(NUMERIC)), ids=lambda index: NUMERIC[index].name)
def test_against_wasmtime(index: int, oracle: Oracle, ours: wasm_vm.Instance) -> None:
    row = NUMERIC[index]
    kinds = row.operands or ()
    if len(kinds) == 1:
        inputs = [(value,) for value in EDGES[kinds[0]]]
    else:
        inputs = [(left, right) for left in EDGES[kinds[0]] for right in EDGES[kinds[1]]]
    for values in inputs:
        expected = oracle.invoke(str(index), *values)
        found = trap = None
        try:
            found = ours.invoke_bits(str(index), *values)
        except Trap as error:
            trap = error.kind.value
        assert found == expected.results, values
        if trap is not None:
            assert row.traps
            assert trap in (expected.trap or ""), values
