"""Float instructions and conversions (spec 4.4.1): the same operators for both widths."""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import Instruction, row
from wasm_vm.types import Features

numeric = partial(row, section="4.4.1")
checked = partial(numeric, traps=True)
saturating = partial(numeric, since=Features.V2)


def _comparisons(first: int, kind: str) -> tuple[Instruction, ...]:
    """Relations of one width, from the opcode of eq on."""
    relations = (("eq", "=="), ("ne", "!="), ("lt", "<"), ("gt", ">"), ("le", "<="), ("ge", ">="))
    return tuple(
        numeric(code, f"{kind}.{name}", f"{kind} {kind} -> i32", f"int({{a}} {operator} {{b}})")
        for code, (name, operator) in enumerate(relations, first)
    )


def _arithmetic(first: int, kind: str) -> tuple[Instruction, ...]:
    """Unary and binary operators of one width, from the opcode of abs on."""
    unary = (
        ("abs", "abs({a})"),
        ("neg", "-{a}"),
        ("ceil", "ceiling({a})"),
        ("floor", "floor({a})"),
        ("trunc", "truncate({a})"),
        ("nearest", "nearest({a})"),
        ("sqrt", f"{kind}(square_root({{a}}))"),
    )
    binary = (
        ("add", f"{kind}({{a}} + {{b}})"),
        ("sub", f"{kind}({{a}} - {{b}})"),
        ("mul", f"{kind}({{a}} * {{b}})"),
        ("div", f"{kind}(divide({{a}}, {{b}}))"),
        ("min", "minimum({a}, {b})"),
        ("max", "maximum({a}, {b})"),
        ("copysign", "copysign({a}, {b})"),
    )
    rows = []
    for code, (name, meaning) in enumerate(unary, first):
        rows.append(numeric(code, f"{kind}.{name}", f"{kind} -> {kind}", meaning))
    for code, (name, meaning) in enumerate(binary, first + len(unary)):
        rows.append(numeric(code, f"{kind}.{name}", f"{kind} {kind} -> {kind}", meaning))
    return tuple(rows)


ROWS = (
    numeric(0x43, "f32.const", immediates="f32"),
    numeric(0x44, "f64.const", immediates="f64"),
    *_comparisons(0x5B, "f32"),
    *_comparisons(0x61, "f64"),
    *_arithmetic(0x8B, "f32"),
    *_arithmetic(0x99, "f64"),
    checked(0xA8, "i32.trunc_f32_s", "f32 -> i32", "trunc_s({a}, 32)"),
    checked(0xA9, "i32.trunc_f32_u", "f32 -> i32", "trunc_u({a}, 32)"),
    checked(0xAA, "i32.trunc_f64_s", "f64 -> i32", "trunc_s({a}, 32)"),
    checked(0xAB, "i32.trunc_f64_u", "f64 -> i32", "trunc_u({a}, 32)"),
    checked(0xAE, "i64.trunc_f32_s", "f32 -> i64", "trunc_s({a}, 64)"),
    checked(0xAF, "i64.trunc_f32_u", "f32 -> i64", "trunc_u({a}, 64)"),
    checked(0xB0, "i64.trunc_f64_s", "f64 -> i64", "trunc_s({a}, 64)"),
    checked(0xB1, "i64.trunc_f64_u", "f64 -> i64", "trunc_u({a}, 64)"),
    numeric(0xB2, "f32.convert_i32_s", "i32 -> f32", "f32(float(signed32({a})))"),
    numeric(0xB3, "f32.convert_i32_u", "i32 -> f32", "f32(float({a}))"),
    numeric(0xB4, "f32.convert_i64_s", "i64 -> f32", "f32_from_int(signed64({a}))"),
    numeric(0xB5, "f32.convert_i64_u", "i64 -> f32", "f32_from_int({a})"),
    numeric(0xB6, "f32.demote_f64", "f64 -> f32", "f32({a})"),
    numeric(0xB7, "f64.convert_i32_s", "i32 -> f64", "float(signed32({a}))"),
    numeric(0xB8, "f64.convert_i32_u", "i32 -> f64", "float({a})"),
    numeric(0xB9, "f64.convert_i64_s", "i64 -> f64", "float(signed64({a}))"),
    numeric(0xBA, "f64.convert_i64_u", "i64 -> f64", "float({a})"),
    numeric(0xBB, "f64.promote_f32", "f32 -> f64", "f64({a})"),
    numeric(0xBC, "i32.reinterpret_f32", "f32 -> i32", "f32_bits({a})"),
    numeric(0xBD, "i64.reinterpret_f64", "f64 -> i64", "f64_bits({a})"),
    numeric(0xBE, "f32.reinterpret_i32", "i32 -> f32", "f32_from_bits({a})"),
    numeric(0xBF, "f64.reinterpret_i64", "i64 -> f64", "f64_from_bits({a})"),
    saturating(0xFC_0000, "i32.trunc_sat_f32_s", "f32 -> i32", "trunc_sat_s({a}, 32)"),
    saturating(0xFC_0001, "i32.trunc_sat_f32_u", "f32 -> i32", "trunc_sat_u({a}, 32)"),
    saturating(0xFC_0002, "i32.trunc_sat_f64_s", "f64 -> i32", "trunc_sat_s({a}, 32)"),
    saturating(0xFC_0003, "i32.trunc_sat_f64_u", "f64 -> i32", "trunc_sat_u({a}, 32)"),
    saturating(0xFC_0004, "i64.trunc_sat_f32_s", "f32 -> i64", "trunc_sat_s({a}, 64)"),
    saturating(0xFC_0005, "i64.trunc_sat_f32_u", "f32 -> i64", "trunc_sat_u({a}, 64)"),
    saturating(0xFC_0006, "i64.trunc_sat_f64_s", "f64 -> i64", "trunc_sat_s({a}, 64)"),
    saturating(0xFC_0007, "i64.trunc_sat_f64_u", "f64 -> i64", "trunc_sat_u({a}, 64)"),
)
