"""Shapes of a vector, and how a function of lanes becomes a function of vectors.

A v128 is 16 bytes. A shape is a struct format: unpacking gives the lanes, packing the vector.
Integer functions of lanes answer a number that the target shape can hold.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from wasm_vm.numeric import f32, f64

Vector = bytes
Operation = Callable[..., Any]

SIZE = 16

I8, U8 = Struct("<16b"), Struct("<16B")
I16, U16 = Struct("<8h"), Struct("<8H")
I32, U32 = Struct("<4i"), Struct("<4I")
I64, U64 = Struct("<2q"), Struct("<2Q")
F32, F64 = Struct("<4f"), Struct("<2d")

SIGNED = {8: I8, 16: I16, 32: I32, 64: I64}
UNSIGNED = {8: U8, 16: U16, 32: U32, 64: U64}
FLOATS = {32: F32, 64: F64}
ROUND = {32: f32, 64: f64}
"""What makes a result of Python's arithmetic a lane: rounding to the width, canonical NaNs."""

SHAPES = {8: "i8x16", 16: "i16x8", 32: "i32x4", 64: "i64x2"}
FLOAT_SHAPES = {32: "f32x4", 64: "f64x2"}


def mask(bits: int) -> int:
    """All ones."""
    return (1 << bits) - 1


def unary(source: Struct, target: Struct, function: Operation) -> Operation:
    """Lane by lane."""
    unpack, pack = source.unpack, target.pack
    return lambda a: pack(*map(function, unpack(a)))


def binary(source: Struct, target: Struct, function: Operation) -> Operation:
    """Lane by lane of two vectors."""
    unpack, pack = source.unpack, target.pack
    return lambda a, b: pack(*map(function, unpack(a), unpack(b)))


def comparison(source: Struct, bits: int, test: Operation) -> Operation:
    """All ones in a lane where the test holds, else zero."""
    ones = mask(bits)
    return binary(source, UNSIGNED[bits], lambda a, b: ones if test(a, b) else 0)


def clamp(value: int, least: int, greatest: int) -> int:
    """The nearest number in a range."""
    return min(max(value, least), greatest)


def signed_range(bits: int) -> tuple[int, int]:
    """Least and greatest signed number of a width."""
    return -(1 << bits - 1), (1 << bits - 1) - 1


def unsigned_range(bits: int) -> tuple[int, int]:
    """Least and greatest unsigned number of a width."""
    return 0, (1 << bits) - 1
