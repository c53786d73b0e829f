from __future__ import annotations

import struct

import pytest

from tests.support.require import require
from tests.support.vector_cases import assert_as_wasmtime, checked
from wasm_vm.vectors.integers import OPERATIONS, dot_i16x8, q15mulr_sat, shuffle, swizzle


@pytest.mark.parametrize("name", checked(OPERATIONS))
def test_as_wasmtime(name: str) -> None:
    require("wasmtime")
    assert_as_wasmtime(name)


def test_how_many_there_are() -> None:
    assert len(checked(OPERATIONS)) == len(OPERATIONS) == 140


def test_lanes_are_little_endian() -> None:
    one = struct.pack("<8h", 1, 0, 0, 0, 0, 0, 0, -1)
    assert OPERATIONS["i16x8.extend_low_i8x16_s"](one)[:2] == b"\1\0"
    assert OPERATIONS["i16x8.bitmask"](one) == 0x80


@pytest.mark.parametrize(
    ("a", "b", "product"),
    [(0x7FFF, 0x7FFF, 0x7FFE), (-0x8000, -0x8000, 0x7FFF), (-0x8000, 0x7FFF, -0x7FFF), (1, 1, 0)],
)
def test_q15_products_are_rounded_and_saturate(a: int, b: int, product: int) -> None:
    assert q15mulr_sat(a, b) == product


def test_a_dot_product_wraps_at_its_one_overflow() -> None:
    least = struct.pack("<8h", *[-0x8000] * 8)
    assert dot_i16x8(least, least) == struct.pack("<4i", *[-0x8000_0000] * 4)


def test_swizzle_and_shuffle() -> None:
    letters = b"abcdefghijklmnop"
    assert swizzle(letters, bytes([15, 0, 16, 255, *[1] * 12])) == b"pa\0\0" + b"b" * 12
    assert shuffle(letters, letters.upper(), (0, 16, *[31] * 14)) == b"aA" + b"P" * 14
