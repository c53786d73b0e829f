"""Operations on integer lanes (spec 4.3.5), by the name of their instruction."""

from __future__ import annotations

import operator

from wasm_vm.vectors.lanes import (
    I16,
    SHAPES,
    SIGNED,
    U8,
    UNSIGNED,
    Operation,
    Vector,
    binary,
    clamp,
    comparison,
    mask,
    signed_range,
    unary,
    unsigned_range,
)

OPERATIONS: dict[str, Operation] = {}

_ALL = mask(128)


def _declare_bits() -> None:
    """Operations on all 128 bits at once."""

    def number(a: Vector) -> int:
        return int.from_bytes(a, "little")

    def vector(value: int) -> Vector:
        return value.to_bytes(16, "little")

    OPERATIONS["v128.not"] = lambda a: vector(number(a) ^ _ALL)
    OPERATIONS["v128.and"] = lambda a, b: vector(number(a) & number(b))
    OPERATIONS["v128.andnot"] = lambda a, b: vector(number(a) & (number(b) ^ _ALL))
    OPERATIONS["v128.or"] = lambda a, b: vector(number(a) | number(b))
    OPERATIONS["v128.xor"] = lambda a, b: vector(number(a) ^ number(b))

    def bitselect(a: Vector, b: Vector, c: Vector) -> Vector:
        chosen = number(c)
        return vector(number(a) & chosen | number(b) & (chosen ^ _ALL))

    OPERATIONS["v128.bitselect"] = bitselect
    OPERATIONS["v128.any_true"] = lambda a: int(any(a))


def _declare_comparisons(bits: int) -> None:
    tests = {
        "lt": operator.lt,
        "gt": operator.gt,
        "le": operator.le,
        "ge": operator.ge,
    }
    shape = SHAPES[bits]
    OPERATIONS[f"{shape}.eq"] = comparison(UNSIGNED[bits], bits, operator.eq)
    OPERATIONS[f"{shape}.ne"] = comparison(UNSIGNED[bits], bits, operator.ne)
    for name, test in tests.items():
        OPERATIONS[f"{shape}.{name}_s"] = comparison(SIGNED[bits], bits, test)
        if bits < 64:
            OPERATIONS[f"{shape}.{name}_u"] = comparison(UNSIGNED[bits], bits, test)


def _declare_arithmetic(bits: int) -> None:
    shape, lanes, ones = SHAPES[bits], UNSIGNED[bits], mask(bits)
    OPERATIONS[f"{shape}.add"] = binary(lanes, lanes, lambda a, b: a + b & ones)
    OPERATIONS[f"{shape}.sub"] = binary(lanes, lanes, lambda a, b: a - b & ones)
    OPERATIONS[f"{shape}.mul"] = binary(lanes, lanes, lambda a, b: a * b & ones)
    OPERATIONS[f"{shape}.neg"] = unary(lanes, lanes, lambda a: -a & ones)
    OPERATIONS[f"{shape}.abs"] = unary(SIGNED[bits], lanes, abs)
    for sign, source in (("s", SIGNED[bits]), ("u", lanes)):
        OPERATIONS[f"{shape}.min_{sign}"] = binary(source, source, min)
        OPERATIONS[f"{shape}.max_{sign}"] = binary(source, source, max)


def _declare_saturating(bits: int) -> None:
    shape = SHAPES[bits]
    for sign, lanes, bounds in (
        ("s", SIGNED[bits], signed_range(bits)),
        ("u", UNSIGNED[bits], unsigned_range(bits)),
    ):

        def add(a: int, b: int, bounds: tuple[int, int] = bounds) -> int:
            return clamp(a + b, *bounds)

        def subtract(a: int, b: int, bounds: tuple[int, int] = bounds) -> int:
            return clamp(a - b, *bounds)

        OPERATIONS[f"{shape}.add_sat_{sign}"] = binary(lanes, lanes, add)
        OPERATIONS[f"{shape}.sub_sat_{sign}"] = binary(lanes, lanes, subtract)
    lanes = UNSIGNED[bits]
    OPERATIONS[f"{shape}.avgr_u"] = binary(lanes, lanes, lambda a, b: a + b + 1 >> 1)


def _declare_shifts(bits: int) -> None:
    """The distance is one i32 for all lanes, modulo the width."""
    shape, ones = SHAPES[bits], mask(bits)
    signed, unsigned = SIGNED[bits], UNSIGNED[bits]

    def shl(a: Vector, distance: int) -> Vector:
        distance %= bits
        return unsigned.pack(*[lane << distance & ones for lane in unsigned.unpack(a)])

    def shr_s(a: Vector, distance: int) -> Vector:
        distance %= bits
        return signed.pack(*[lane >> distance for lane in signed.unpack(a)])

    def shr_u(a: Vector, distance: int) -> Vector:
        distance %= bits
        return unsigned.pack(*[lane >> distance for lane in unsigned.unpack(a)])

    OPERATIONS.update({f"{shape}.shl": shl, f"{shape}.shr_s": shr_s, f"{shape}.shr_u": shr_u})


def _declare_summaries(bits: int) -> None:
    shape, signed = SHAPES[bits], SIGNED[bits]

    def bitmask(a: Vector) -> int:
        return sum((lane < 0) << position for position, lane in enumerate(signed.unpack(a)))

    OPERATIONS[f"{shape}.all_true"] = lambda a: int(all(signed.unpack(a)))
    OPERATIONS[f"{shape}.bitmask"] = bitmask


def _declare_widening(bits: int) -> None:
    """From lanes of half the width: extend, multiply, add in pairs; and back: narrow."""
    shape, half = SHAPES[bits], SHAPES[bits // 2]
    count = 128 // bits
    for sign, narrow, wide in (
        ("s", SIGNED[bits // 2], SIGNED[bits]),
        ("u", UNSIGNED[bits // 2], UNSIGNED[bits]),
    ):
        for part, lanes in (("low", slice(0, count)), ("high", slice(count, None))):

            def extend(a: Vector, narrow=narrow, wide=wide, lanes=lanes) -> Vector:  # type: ignore[no-untyped-def]
                return bytes(wide.pack(*narrow.unpack(a)[lanes]))

            def extmul(a: Vector, b: Vector, narrow=narrow, wide=wide, lanes=lanes) -> Vector:  # type: ignore[no-untyped-def]
                left, right = narrow.unpack(a)[lanes], narrow.unpack(b)[lanes]
                return bytes(wide.pack(*map(operator.mul, left, right)))

            OPERATIONS[f"{shape}.extend_{part}_{half}_{sign}"] = extend
            OPERATIONS[f"{shape}.extmul_{part}_{half}_{sign}"] = extmul

        def extadd(a: Vector, narrow=narrow, wide=wide) -> Vector:  # type: ignore[no-untyped-def]
            lanes = narrow.unpack(a)
            return bytes(wide.pack(*map(operator.add, lanes[::2], lanes[1::2])))

        OPERATIONS[f"{shape}.extadd_pairwise_{half}_{sign}"] = extadd


def _declare_narrowing(bits: int) -> None:
    shape, double = SHAPES[bits], SHAPES[bits * 2]
    source = SIGNED[bits * 2]
    for sign, target, bounds in (
        ("s", SIGNED[bits], signed_range(bits)),
        ("u", UNSIGNED[bits], unsigned_range(bits)),
    ):

        def narrow(a: Vector, b: Vector, target=target, bounds=bounds) -> Vector:  # type: ignore[no-untyped-def]
            lanes = source.unpack(a) + source.unpack(b)
            return bytes(target.pack(*[clamp(lane, *bounds) for lane in lanes]))

        OPERATIONS[f"{shape}.narrow_{double}_{sign}"] = narrow


def q15mulr_sat(a: int, b: int) -> int:
    """The rounded product of two Q15 numbers (spec 4.3.2, iq15mulr_sat)."""
    return clamp(a * b + 0x4000 >> 15, *signed_range(16))


def dot_i16x8(a: Vector, b: Vector) -> Vector:
    """Products of signed 16-bit lanes, added in pairs."""
    products = list(map(operator.mul, I16.unpack(a), I16.unpack(b)))
    sums = map(operator.add, products[::2], products[1::2])
    return UNSIGNED[32].pack(*[number & mask(32) for number in sums])


def swizzle(a: Vector, b: Vector) -> Vector:
    """Bytes of the first vector picked by those of the second; out of range gives zero."""
    return bytes([a[lane] if lane < 16 else 0 for lane in b])


def shuffle(a: Vector, b: Vector, lanes: tuple[int, ...]) -> Vector:
    """Bytes of both vectors picked by the immediate."""
    both = a + b
    return bytes([both[lane] for lane in lanes])


_declare_bits()
for _bits in SHAPES:
    _declare_comparisons(_bits)
    _declare_arithmetic(_bits)
    _declare_shifts(_bits)
    _declare_summaries(_bits)
    if _bits < 64:
        _declare_saturating(_bits)
    if _bits > 8:
        _declare_widening(_bits)
    if _bits < 32:
        _declare_narrowing(_bits)

OPERATIONS["i8x16.popcnt"] = unary(U8, U8, int.bit_count)
OPERATIONS["i16x8.q15mulr_sat_s"] = binary(I16, I16, q15mulr_sat)
OPERATIONS["i32x4.dot_i16x8_s"] = dot_i16x8
OPERATIONS["i8x16.swizzle"] = swizzle
