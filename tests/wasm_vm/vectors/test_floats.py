from __future__ import annotations

import struct

import pytest

from tests.support.require import require
from tests.support.vector_cases import assert_as_wasmtime, checked
from wasm_vm.vectors.floats import OPERATIONS

CANONICAL, SIGNALLING = 0x7FC0_0000, 0xFFA0_0001
ONE = 0x3F80_0000


def words(*lanes: int) -> bytes:
    return struct.pack("<4I", *lanes)


@pytest.mark.parametrize("name", checked(OPERATIONS))
def test_as_wasmtime(name: str) -> None:
    require("wasmtime")
    assert_as_wasmtime(name)


def test_how_many_there_are() -> None:
    assert len(checked(OPERATIONS)) == len(OPERATIONS) == 52


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "min", "max"])
def test_a_nan_that_comes_out_of_arithmetic_is_canonical(name: str) -> None:
    given = words(SIGNALLING, ONE, SIGNALLING, ONE)
    result = OPERATIONS[f"f32x4.{name}"](given, words(ONE, SIGNALLING, SIGNALLING, ONE))
    assert struct.unpack("<4I", result)[:3] == (CANONICAL,) * 3


@pytest.mark.parametrize(
    ("name", "first", "second", "result"),
    [
        ("pmin", SIGNALLING, ONE, SIGNALLING),
        ("pmin", ONE, SIGNALLING, ONE),
        ("pmax", 0x8000_0000, 0, 0x8000_0000),
        ("pmin", 0, 0x8000_0000, 0),
    ],
)
def test_pseudo_minimum_and_maximum_move_bits(
    name: str, first: int, second: int, result: int
) -> None:
    found = OPERATIONS[f"f32x4.{name}"](words(first, 0, 0, 0), words(second, 0, 0, 0))
    assert struct.unpack("<4I", found)[0] == result


def test_sign_operations_keep_the_bits_of_a_nan() -> None:
    given = words(SIGNALLING, 0x7FA0_0001, 0, 0x8000_0000)
    assert OPERATIONS["f32x4.neg"](given) == words(0x7FA0_0001, SIGNALLING, 0x8000_0000, 0)
    assert OPERATIONS["f32x4.abs"](given) == words(0x7FA0_0001, 0x7FA0_0001, 0, 0)


def test_conversions_fill_up_with_zeros() -> None:
    two = struct.pack("<2d", 1e300, -2.5)
    assert OPERATIONS["f32x4.demote_f64x2_zero"](two) == struct.pack(
        "<4f", float("inf"), -2.5, 0, 0
    )
    assert OPERATIONS["i32x4.trunc_sat_f64x2_s_zero"](two) == struct.pack(
        "<4i", 0x7FFF_FFFF, -2, 0, 0
    )
