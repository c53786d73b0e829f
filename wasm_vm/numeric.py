"""Numbers as the VM holds them, and the helpers that the instruction table calls (spec 4.3).

The value invariant, written once for both tiers:
  i32, i64   an int, unsigned, in range
  f64        a float; a NaN keeps its bits, because a float object is only ever copied
  f32        a float whose value is exactly an f32. An f32 NaN is the f64 NaN that has the same
             sign and the f32's 23 mantissa bits as its highest ones, signalling NaNs included
             (a hardware conversion would quiet those, so NaNs are widened bit by bit here)
  v128       16 bytes
  reference  None for null, else the object; an i31 is runtime.heap.I31Reference

Rule: every arithmetic operation whose result is a NaN answers the positive canonical NaN, which is
what the deterministic profile of the specification picks. Operations that only move bits (loads,
stores, reinterpret, neg, abs, copysign, select) keep them.

All functions are pure and hold no shared state: modules are decoded in worker threads.
"""

from __future__ import annotations

import math
import struct

from wasm_vm.errors import Trap, TrapKind

MASK32 = 0xFFFF_FFFF
MASK64 = 0xFFFF_FFFF_FFFF_FFFF
SIGN32 = 0x8000_0000
SIGN64 = 0x8000_0000_0000_0000
INFINITY = math.inf

_pack_f32 = struct.Struct("<f").pack
_unpack_f32 = struct.Struct("<f").unpack
_pack_f64 = struct.Struct("<d").pack
_unpack_f64 = struct.Struct("<d").unpack
_pack_u32 = struct.Struct("<I").pack
_unpack_u32 = struct.Struct("<I").unpack
_pack_u64 = struct.Struct("<Q").pack
_unpack_u64 = struct.Struct("<Q").unpack

CANONICAL_NAN: float = _unpack_f64(_pack_u64(0x7FF8_0000_0000_0000))[0]


# --- bits ---------------------------------------------------------------------------------------


def f64_bits(value: float) -> int:
    """The 64 bits of an f64."""
    bits: int = _unpack_u64(_pack_f64(value))[0]
    return bits


def f64_from_bits(bits: int) -> float:
    """The f64 of 64 bits."""
    value: float = _unpack_f64(_pack_u64(bits))[0]
    return value


def f32_bits(value: float) -> int:
    """The 32 bits of an f32."""
    if value != value:
        wide = f64_bits(value)
        return (wide >> 32 & SIGN32) | 0x7F80_0000 | (wide >> 29 & 0x7F_FFFF)
    bits: int = _unpack_u32(_pack_f32(value))[0]
    return bits


def f32_from_bits(bits: int) -> float:
    """The f32 of 32 bits."""
    if bits & 0x7F80_0000 == 0x7F80_0000 and bits & 0x7F_FFFF:
        return f64_from_bits((bits & SIGN32) << 32 | 0x7FF << 52 | (bits & 0x7F_FFFF) << 29)
    value: float = _unpack_f32(_pack_u32(bits))[0]
    return value


def signed32(value: int) -> int:
    """An i32 as a signed number."""
    return value if value < SIGN32 else value - 0x1_0000_0000


def signed64(value: int) -> int:
    """An i64 as a signed number."""
    return (value ^ SIGN64) - SIGN64


# --- integers (spec 4.3.2) ----------------------------------------------------------------------


def div_u(dividend: int, divisor: int) -> int:
    """Unsigned division."""
    if divisor == 0:
        raise Trap(TrapKind.DIVIDE_BY_ZERO)
    return dividend // divisor


def rem_u(dividend: int, divisor: int) -> int:
    """Unsigned remainder."""
    if divisor == 0:
        raise Trap(TrapKind.DIVIDE_BY_ZERO)
    return dividend % divisor


def div_s(dividend: int, divisor: int, bits: int) -> int:
    """Signed division of `bits`-wide integers, rounding towards zero."""
    if divisor == 0:
        raise Trap(TrapKind.DIVIDE_BY_ZERO)
    sign = 1 << bits - 1
    left, right = (dividend ^ sign) - sign, (divisor ^ sign) - sign
    quotient = abs(left) // abs(right)
    if (left < 0) != (right < 0):
        quotient = -quotient
    elif quotient == sign:
        raise Trap(TrapKind.INTEGER_OVERFLOW)
    return quotient & (1 << bits) - 1


def rem_s(dividend: int, divisor: int, bits: int) -> int:
    """Signed remainder of `bits`-wide integers, with the sign of the dividend."""
    if divisor == 0:
        raise Trap(TrapKind.DIVIDE_BY_ZERO)
    sign = 1 << bits - 1
    left, right = (dividend ^ sign) - sign, (divisor ^ sign) - sign
    remainder = abs(left) % abs(right)
    return (-remainder if left < 0 else remainder) & (1 << bits) - 1


def shr_s(value: int, distance: int, bits: int) -> int:
    """Arithmetic shift right; the distance is taken modulo the width."""
    sign = 1 << bits - 1
    return (value ^ sign) - sign >> distance % bits & (1 << bits) - 1


def rotl(value: int, distance: int, bits: int) -> int:
    """Rotation to the left."""
    distance %= bits
    return (value << distance | value >> bits - distance) & (1 << bits) - 1


def rotr(value: int, distance: int, bits: int) -> int:
    """Rotation to the right."""
    return rotl(value, bits - distance % bits, bits)


def clz(value: int, bits: int) -> int:
    """Number of leading zero bits."""
    return bits - value.bit_length()


def ctz(value: int, bits: int) -> int:
    """Number of trailing zero bits."""
    return (value & -value).bit_length() - 1 if value else bits


def extend_s(value: int, source: int, bits: int) -> int:
    """The lowest `source` bits as a signed number, in `bits` bits."""
    sign = 1 << source - 1
    return ((value & (1 << source) - 1) ^ sign) - sign & (1 << bits) - 1


# --- floats (spec 4.3.3) ------------------------------------------------------------------------


def f64(value: float) -> float:
    """The result of an f64 operation: any NaN becomes the canonical one."""
    return value if value == value else CANONICAL_NAN


def f32(value: float) -> float:
    """The result of an operation, rounded once to f32; any NaN becomes the canonical one.

    Sums, products, quotients and roots of f32 may be computed in f64 first: its mantissa has more
    than twice as many bits and two to spare, so rounding twice equals rounding once.
    """
    if value != value:
        return CANONICAL_NAN
    try:
        rounded: float = _unpack_f32(_pack_f32(value))[0]
    except OverflowError:
        return math.copysign(INFINITY, value)
    return rounded


def divide(dividend: float, divisor: float) -> float:
    """IEEE 754 division; Python's own raises on zero."""
    if divisor != 0.0:
        return dividend / divisor
    if dividend == 0.0 or dividend != dividend or divisor != divisor:
        return CANONICAL_NAN
    return math.copysign(INFINITY, dividend) * math.copysign(1.0, divisor)


def square_root(value: float) -> float:
    """IEEE 754 square root; Python's own raises below zero."""
    if value < 0.0:
        return CANONICAL_NAN
    return math.sqrt(value) if value == value else CANONICAL_NAN


def minimum(left: float, right: float) -> float:
    """The lesser; a NaN wins, and -0 is less than +0."""
    if left != left or right != right:
        return CANONICAL_NAN
    if left == right:
        return left if math.copysign(1.0, left) < 0.0 else right
    return left if left < right else right


def maximum(left: float, right: float) -> float:
    """The greater; a NaN wins, and +0 is greater than -0."""
    if left != left or right != right:
        return CANONICAL_NAN
    if left == right:
        return right if math.copysign(1.0, left) < 0.0 else left
    return left if left > right else right


_WHOLE = 4503599627370496.0
"""2**52: every f64 of at least this magnitude is a whole number."""


def ceiling(value: float) -> float:
    """The least whole number that is not less; keeps the sign of zero."""
    if not -_WHOLE < value < _WHOLE:
        return f64(value)
    return math.copysign(float(math.ceil(value)), value)


def floor(value: float) -> float:
    """The greatest whole number that is not greater; keeps the sign of zero."""
    if not -_WHOLE < value < _WHOLE:
        return f64(value)
    return math.copysign(float(math.floor(value)), value)


def truncate(value: float) -> float:
    """The whole number next to it in direction of zero; keeps the sign of zero."""
    if not -_WHOLE < value < _WHOLE:
        return f64(value)
    return math.copysign(float(math.trunc(value)), value)


def nearest(value: float) -> float:
    """The nearest whole number, ties to even; keeps the sign of zero."""
    if not -_WHOLE < value < _WHOLE:
        return f64(value)
    return math.copysign(float(round(value)), value)


# --- conversions (spec 4.3.4) -------------------------------------------------------------------


def trunc_s(value: float, bits: int) -> int:
    """A float to a signed integer; traps where it does not fit."""
    return _truncated(value, -(1 << bits - 1), 1 << bits - 1) & (1 << bits) - 1


def trunc_u(value: float, bits: int) -> int:
    """A float to an unsigned integer; traps where it does not fit."""
    return _truncated(value, 0, 1 << bits)


def _truncated(value: float, least: int, beyond: int) -> int:
    if value != value:
        raise Trap(TrapKind.INVALID_CONVERSION)
    if value in (INFINITY, -INFINITY):
        raise Trap(TrapKind.INTEGER_OVERFLOW)
    number = math.trunc(value)
    if not least <= number < beyond:
        raise Trap(TrapKind.INTEGER_OVERFLOW)
    return number


def trunc_sat_s(value: float, bits: int) -> int:
    """A float to a signed integer; the nearest bound where it does not fit, zero for NaN."""
    return _saturated(value, -(1 << bits - 1), (1 << bits - 1) - 1) & (1 << bits) - 1


def trunc_sat_u(value: float, bits: int) -> int:
    """A float to an unsigned integer; the nearest bound where it does not fit, zero for NaN."""
    return _saturated(value, 0, (1 << bits) - 1)


def _saturated(value: float, least: int, greatest: int) -> int:
    if value != value:
        return 0
    if value in (INFINITY, -INFINITY):
        return greatest if value > 0 else least
    return min(max(math.trunc(value), least), greatest)


def f32_from_int(value: int) -> float:
    """An integer to the nearest f32, rounded once.

    Through an f64 it would be rounded twice; so bits below the f64's mantissa are folded into one
    sticky bit first, which leaves the f64 exact and its rounding to f32 right.
    """
    excess = abs(value).bit_length() - 52
    if excess > 0:
        sticky = int(value & (1 << excess) - 1 != 0)
        value = (value >> excess | sticky) << excess
    return f32(float(value))
