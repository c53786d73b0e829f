"""Integer instructions (spec 4.4.1): the same operators for both widths, declared once."""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import Instruction, row
from wasm_vm.types import Features

numeric = partial(row, section="4.4.1")
sign_extension = partial(numeric, since=Features.V2)


def _comparisons(first: int, kind: str, sign: str) -> tuple[Instruction, ...]:
    """Test and relations of one width, from the opcode of eqz on."""
    unsigned = "int({a} %s {b})"
    signed = f"int(({{a}} ^ {sign}) %s ({{b}} ^ {sign}))"
    relations = (
        ("eq", unsigned % "=="),
        ("ne", unsigned % "!="),
        ("lt_s", signed % "<"),
        ("lt_u", unsigned % "<"),
        ("gt_s", signed % ">"),
        ("gt_u", unsigned % ">"),
        ("le_s", signed % "<="),
        ("le_u", unsigned % "<="),
        ("ge_s", signed % ">="),
        ("ge_u", unsigned % ">="),
    )
    rows = [numeric(first, f"{kind}.eqz", f"{kind} -> i32", "int({a} == 0)")]
    for code, (name, meaning) in enumerate(relations, first + 1):
        rows.append(numeric(code, f"{kind}.{name}", f"{kind} {kind} -> i32", meaning))
    return tuple(rows)


def _arithmetic(first: int, kind: str, bits: int) -> tuple[Instruction, ...]:
    """Unary and binary operators of one width, from the opcode of clz on."""
    mask, last = f"MASK{bits}", bits - 1
    unary = (
        ("clz", f"clz({{a}}, {bits})"),
        ("ctz", f"ctz({{a}}, {bits})"),
        ("popcnt", "{a}.bit_count()"),
    )
    binary = (
        ("add", f"({{a}} + {{b}}) & {mask}"),
        ("sub", f"({{a}} - {{b}}) & {mask}"),
        ("mul", f"({{a}} * {{b}}) & {mask}"),
        ("div_s", f"div_s({{a}}, {{b}}, {bits})"),
        ("div_u", "div_u({a}, {b})"),
        ("rem_s", f"rem_s({{a}}, {{b}}, {bits})"),
        ("rem_u", "rem_u({a}, {b})"),
        ("and", "{a} & {b}"),
        ("or", "{a} | {b}"),
        ("xor", "{a} ^ {b}"),
        ("shl", f"({{a}} << ({{b}} & {last})) & {mask}"),
        ("shr_s", f"shr_s({{a}}, {{b}}, {bits})"),
        ("shr_u", f"{{a}} >> ({{b}} & {last})"),
        ("rotl", f"rotl({{a}}, {{b}}, {bits})"),
        ("rotr", f"rotr({{a}}, {{b}}, {bits})"),
    )
    rows = []
    for code, (name, meaning) in enumerate(unary, first):
        rows.append(numeric(code, f"{kind}.{name}", f"{kind} -> {kind}", meaning))
    for code, (name, meaning) in enumerate(binary, first + len(unary)):
        signature = f"{kind} {kind} -> {kind}"
        traps = name.startswith(("div", "rem"))
        rows.append(numeric(code, f"{kind}.{name}", signature, meaning, traps=traps))
    return tuple(rows)


ROWS = (
    numeric(0x41, "i32.const", immediates="i32"),
    numeric(0x42, "i64.const", immediates="i64"),
    *_comparisons(0x45, "i32", "SIGN32"),
    *_comparisons(0x50, "i64", "SIGN64"),
    *_arithmetic(0x67, "i32", 32),
    *_arithmetic(0x79, "i64", 64),
    numeric(0xA7, "i32.wrap_i64", "i64 -> i32", "{a} & MASK32"),
    numeric(0xAC, "i64.extend_i32_s", "i32 -> i64", "extend_s({a}, 32, 64)"),
    numeric(0xAD, "i64.extend_i32_u", "i32 -> i64", "{a}"),
    sign_extension(0xC0, "i32.extend8_s", "i32 -> i32", "extend_s({a}, 8, 32)"),
    sign_extension(0xC1, "i32.extend16_s", "i32 -> i32", "extend_s({a}, 16, 32)"),
    sign_extension(0xC2, "i64.extend8_s", "i64 -> i64", "extend_s({a}, 8, 64)"),
    sign_extension(0xC3, "i64.extend16_s", "i64 -> i64", "extend_s({a}, 16, 64)"),
    sign_extension(0xC4, "i64.extend32_s", "i64 -> i64", "extend_s({a}, 32, 64)"),
)
