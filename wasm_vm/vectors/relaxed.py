"""Relaxed SIMD (spec 4.3.6), in one deterministic choice each.

The choices: relaxed operations equal their strict namesakes (swizzle, trunc_sat, bitselect, min,
max, q15mulr_sat); multiply-add is fused, rounded once; the dot products take both operands as
signed; the one to 16 bits wraps, the one to 32 bits adds four products without a narrower step.
They are those of wasmtime's deterministic mode, which serves as the oracle.
"""

from __future__ import annotations

import math
from fractions import Fraction

from wasm_vm.numeric import CANONICAL_NAN, f32
from wasm_vm.vectors import floats, integers
from wasm_vm.vectors.lanes import (
    FLOAT_SHAPES,
    FLOATS,
    I8,
    SHAPES,
    U16,
    U32,
    Operation,
    Vector,
    mask,
)

OPERATIONS: dict[str, Operation] = {
    "i8x16.relaxed_swizzle": integers.OPERATIONS["i8x16.swizzle"],
    "i16x8.relaxed_q15mulr_s": integers.OPERATIONS["i16x8.q15mulr_sat_s"],
}

for _shape in SHAPES.values():
    OPERATIONS[f"{_shape}.relaxed_laneselect"] = integers.OPERATIONS["v128.bitselect"]

for _sign in ("s", "u"):
    for _source, _zero in (("f32x4", ""), ("f64x2", "_zero")):
        _strict = f"i32x4.trunc_sat_{_source}_{_sign}{_zero}"
        OPERATIONS[f"i32x4.relaxed_trunc_{_source}_{_sign}{_zero}"] = floats.OPERATIONS[_strict]

for _shape in FLOAT_SHAPES.values():
    for _name in ("min", "max"):
        OPERATIONS[f"{_shape}.relaxed_{_name}"] = floats.OPERATIONS[f"{_shape}.{_name}"]


def multiply_add(a: float, b: float, c: float, bits: int) -> float:
    """a * b + c, rounded once to a float of that width."""
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        result = a * b + c
        return result if result == result else CANONICAL_NAN
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c if a == 0 or b == 0 else 0.0
    return _rounded(exact, bits)


def _rounded(exact: Fraction, bits: int) -> float:
    """A number that is not zero, rounded once.

    For f32 the f64 between must not round to a tie that was none: it is cut off, and its last bit
    says whether anything was lost (rounding to odd), which f32 then rounds right.
    """
    try:
        nearest = float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf
    if bits == 64:
        return nearest
    if Fraction(nearest) != exact:
        towards_zero = nearest
        if abs(Fraction(nearest)) > abs(exact):
            towards_zero = math.nextafter(nearest, 0.0)
        mantissa_is_odd = int.from_bytes(FLOATS[64].pack(towards_zero, 0.0)[:1], "little") & 1
        nearest = (
            towards_zero
            if mantissa_is_odd
            else math.nextafter(towards_zero, math.copysign(math.inf, towards_zero))
        )
    return f32(nearest)


def _fused(bits: int, negate: bool) -> Operation:
    lanes = FLOATS[bits]

    def fused(a: Vector, b: Vector, c: Vector) -> Vector:
        triples = zip(lanes.unpack(a), lanes.unpack(b), lanes.unpack(c), strict=True)
        return lanes.pack(*[multiply_add(-x if negate else x, y, z, bits) for x, y, z in triples])

    return fused


for _bits, _shape in FLOAT_SHAPES.items():
    OPERATIONS[f"{_shape}.relaxed_madd"] = _fused(_bits, negate=False)
    OPERATIONS[f"{_shape}.relaxed_nmadd"] = _fused(_bits, negate=True)


def _dot_pairs(a: Vector, b: Vector) -> list[int]:
    products = [x * y for x, y in zip(I8.unpack(a), I8.unpack(b), strict=True)]
    return [x + y for x, y in zip(products[::2], products[1::2], strict=True)]


def _dot(a: Vector, b: Vector) -> Vector:
    return U16.pack(*[number & mask(16) for number in _dot_pairs(a, b)])


def _dot_add(a: Vector, b: Vector, c: Vector) -> Vector:
    pairs = _dot_pairs(a, b)
    sums = [x + y for x, y in zip(pairs[::2], pairs[1::2], strict=True)]
    return U32.pack(*[x + y & mask(32) for x, y in zip(sums, U32.unpack(c), strict=True)])


OPERATIONS["i16x8.relaxed_dot_i8x16_i7x16_s"] = _dot
OPERATIONS["i32x4.relaxed_dot_i8x16_i7x16_add_s"] = _dot_add
