"""Vector instructions (spec 4.4.4): opcodes and signatures; the meanings are `wasm_vm.vectors`."""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import Access, Instruction, row
from wasm_vm.types import Features

PREFIX = 0xFD_0000

vector = partial(row, section="4.4.4", since=Features.V2)
memory = partial(vector, immediates="memarg", traps=True)


def _meaning(name: str, operands: int, lane: bool) -> str:
    """A call of the operation, whose function has the instruction's name with underscores."""
    arguments = [f"{{{letter}}}" for letter in "abc"[:operands]]
    if lane:
        arguments.append("{i}")
    return f"{name.replace('.', '_')}({', '.join(arguments)})"


def operation(number: int, name: str, signature: str, immediates: str = "") -> Instruction:
    """A row whose meaning is the operation of the same name."""
    operands = len(signature.partition("->")[0].split())
    return vector(
        PREFIX + number,
        name,
        signature,
        _meaning(name, operands, bool(immediates)),
        immediates=immediates,
    )


def load(number: int, name: str, size: int) -> Instruction:
    """A load that makes a vector of the bytes it has read."""
    meaning = _meaning(name, 1, lane=False)
    return memory(PREFIX + number, name, "i32 -> v128", meaning, access=Access(size))


def rows(first: int, shape: str, names: str, signature: str) -> list[Instruction]:
    """Operations of one shape with consecutive opcodes; `-` leaves one out."""
    return [
        operation(number, f"{shape}.{name}", signature)
        for number, name in enumerate(names.split(), first)
        if name != "-"
    ]


UNARY, BINARY, TERNARY = "v128 -> v128", "v128 v128 -> v128", "v128 v128 v128 -> v128"
SHIFT, TEST = "v128 i32 -> v128", "v128 -> i32"
SIGNED_AND_UNSIGNED = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
SHIFTS = "shl shr_s shr_u"


def _loads() -> list[Instruction]:
    extending = ("8x8_s", "8x8_u", "16x4_s", "16x4_u", "32x2_s", "32x2_u")
    found = [memory(PREFIX, "v128.load", "i32 -> v128", "{a}", access=Access(16))]
    found += [load(n, f"v128.load{name}", 8) for n, name in enumerate(extending, 0x01)]
    found += [load(n, f"v128.load{8 << n - 7}_splat", 1 << n - 7) for n in range(0x07, 0x0B)]
    found.append(memory(PREFIX + 0x0B, "v128.store", "i32 v128 ->", access=Access(16)))
    for n in range(4):
        access, bits = Access(1 << n), 8 << n
        lane = partial(memory, immediates="memarg lane", access=access)
        found.append(lane(PREFIX + 0x54 + n, f"v128.load{bits}_lane", "i32 v128 -> v128"))
        found.append(lane(PREFIX + 0x58 + n, f"v128.store{bits}_lane", "i32 v128 ->"))
    return [*found, load(0x5C, "v128.load32_zero", 4), load(0x5D, "v128.load64_zero", 8)]


def _lanes() -> list[Instruction]:
    """Constants, splats, and single lanes."""
    shapes = (
        ("i8x16", "i32"),
        ("i16x8", "i32"),
        ("i32x4", "i32"),
        ("i64x2", "i64"),
        ("f32x4", "f32"),
        ("f64x2", "f64"),
    )
    found = [
        vector(PREFIX + 0x0C, "v128.const", immediates="v128"),
        operation(0x0D, "i8x16.shuffle", BINARY, "lanes"),
        operation(0x0E, "i8x16.swizzle", BINARY),
    ]
    number = 0x15
    for position, (shape, kind) in enumerate(shapes):
        found.append(operation(0x0F + position, f"{shape}.splat", f"{kind} -> v128"))
        signs = ("_s", "_u") if position < 2 else ("",)
        for sign in signs:
            name = f"{shape}.extract_lane{sign}"
            found.append(operation(number, name, f"v128 -> {kind}", "lane"))
            number += 1
        name = f"{shape}.replace_lane"
        found.append(operation(number, name, f"v128 {kind} -> v128", "lane"))
        number += 1
    return found


def _comparisons_and_bits() -> list[Instruction]:
    return [
        *rows(0x23, "i8x16", SIGNED_AND_UNSIGNED, BINARY),
        *rows(0x2D, "i16x8", SIGNED_AND_UNSIGNED, BINARY),
        *rows(0x37, "i32x4", SIGNED_AND_UNSIGNED, BINARY),
        *rows(0x41, "f32x4", "eq ne lt gt le ge", BINARY),
        *rows(0x47, "f64x2", "eq ne lt gt le ge", BINARY),
        *rows(0xD6, "i64x2", "eq ne lt_s gt_s le_s ge_s", BINARY),
        operation(0x4D, "v128.not", UNARY),
        *rows(0x4E, "v128", "and andnot or xor", BINARY),
        operation(0x52, "v128.bitselect", TERNARY),
        operation(0x53, "v128.any_true", TEST),
    ]


def _integers() -> list[Instruction]:
    found: list[Instruction] = []
    for base, shape in ((0x60, "i8x16"), (0x80, "i16x8"), (0xA0, "i32x4"), (0xC0, "i64x2")):
        found += rows(base, shape, "abs neg", UNARY)
        found += rows(base + 0x03, shape, "all_true bitmask", TEST)
        found += rows(base + 0x0B, shape, SHIFTS, SHIFT)
    found.append(operation(0x62, "i8x16.popcnt", UNARY))
    found += rows(0x65, "i8x16", "narrow_i16x8_s narrow_i16x8_u", BINARY)
    found += rows(0x85, "i16x8", "narrow_i32x4_s narrow_i32x4_u", BINARY)
    saturating = "add add_sat_s add_sat_u sub sub_sat_s sub_sat_u"
    found += rows(0x6E, "i8x16", saturating, BINARY)
    found += rows(0x76, "i8x16", "min_s min_u max_s max_u - avgr_u", BINARY)
    pairwise = "extadd_pairwise_{0}_s extadd_pairwise_{0}_u"
    found += rows(0x7C, "i16x8", pairwise.format("i8x16"), UNARY)
    found += rows(0x7E, "i32x4", pairwise.format("i16x8"), UNARY)
    found.append(operation(0x82, "i16x8.q15mulr_sat_s", BINARY))
    found += rows(0x8E, "i16x8", saturating, BINARY)
    found += rows(0x95, "i16x8", "mul min_s min_u max_s max_u - avgr_u", BINARY)
    found += rows(0xAE, "i32x4", "add - - sub - - - mul min_s min_u max_s max_u", BINARY)
    found.append(operation(0xBA, "i32x4.dot_i16x8_s", BINARY))
    found += rows(0xCE, "i64x2", "add - - sub - - - mul", BINARY)
    parts = ("low_{0}_s", "high_{0}_s", "low_{0}_u", "high_{0}_u")
    for base, shape, half in (
        (0x80, "i16x8", "i8x16"),
        (0xA0, "i32x4", "i16x8"),
        (0xC0, "i64x2", "i32x4"),
    ):
        extend = " ".join(f"extend_{part.format(half)}" for part in parts)
        extmul = " ".join(f"extmul_{part.format(half)}" for part in parts)
        found += rows(base + 0x07, shape, extend, UNARY)
        found += rows(base + 0x1C, shape, extmul, BINARY)
    return found


def _floats() -> list[Instruction]:
    binary = "add sub mul div min max pmin pmax"
    return [
        *rows(0x67, "f32x4", "ceil floor trunc nearest", UNARY),
        *rows(0x74, "f64x2", "ceil floor", UNARY),
        operation(0x7A, "f64x2.trunc", UNARY),
        operation(0x94, "f64x2.nearest", UNARY),
        *rows(0xE0, "f32x4", "abs neg - sqrt", UNARY),
        *rows(0xE4, "f32x4", binary, BINARY),
        *rows(0xEC, "f64x2", "abs neg - sqrt", UNARY),
        *rows(0xF0, "f64x2", binary, BINARY),
        operation(0x5E, "f32x4.demote_f64x2_zero", UNARY),
        operation(0x5F, "f64x2.promote_low_f32x4", UNARY),
        *rows(0xF8, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u", UNARY),
        *rows(0xFA, "f32x4", "convert_i32x4_s convert_i32x4_u", UNARY),
        *rows(0xFC, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero", UNARY),
        *rows(0xFE, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u", UNARY),
    ]


def _relaxed() -> list[Instruction]:
    names = (
        ("i8x16.relaxed_swizzle", BINARY),
        ("i32x4.relaxed_trunc_f32x4_s", UNARY),
        ("i32x4.relaxed_trunc_f32x4_u", UNARY),
        ("i32x4.relaxed_trunc_f64x2_s_zero", UNARY),
        ("i32x4.relaxed_trunc_f64x2_u_zero", UNARY),
        ("f32x4.relaxed_madd", TERNARY),
        ("f32x4.relaxed_nmadd", TERNARY),
        ("f64x2.relaxed_madd", TERNARY),
        ("f64x2.relaxed_nmadd", TERNARY),
        ("i8x16.relaxed_laneselect", TERNARY),
        ("i16x8.relaxed_laneselect", TERNARY),
        ("i32x4.relaxed_laneselect", TERNARY),
        ("i64x2.relaxed_laneselect", TERNARY),
        ("f32x4.relaxed_min", BINARY),
        ("f32x4.relaxed_max", BINARY),
        ("f64x2.relaxed_min", BINARY),
        ("f64x2.relaxed_max", BINARY),
        ("i16x8.relaxed_q15mulr_s", BINARY),
        ("i16x8.relaxed_dot_i8x16_i7x16_s", BINARY),
        ("i32x4.relaxed_dot_i8x16_i7x16_add_s", TERNARY),
    )
    return [
        vector(
            PREFIX + number,
            name,
            signature,
            _meaning(name, signature.count("v128") - 1, lane=False),
            since=Features.V3,
        )
        for number, (name, signature) in enumerate(names, 0x100)
    ]


ROWS = (
    *_loads(),
    *_lanes(),
    *_comparisons_and_bits(),
    *_integers(),
    *_floats(),
    *_relaxed(),
)
