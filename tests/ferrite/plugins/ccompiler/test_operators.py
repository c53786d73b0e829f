"""Opcodes by operation and type, against ppci's own table of names."""

from __future__ import annotations

import pytest
from ppci.wasm.opcodes import OPCODES

from ferrite.plugins import encoder
from ferrite.plugins.ccompiler import operators as op
from ferrite.plugins.ppci_shim import ir

NAMES = {code: name for name, code in OPCODES.items() if isinstance(code, int)}
WORDS = {
    **{"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "rem", "&": "and", "|": "or"},
    **{"^": "xor", "<<": "shl", ">>": "shr"},
}
KINDS = {ir.i32: "i32", ir.u32: "i32", ir.ptr: "i32", ir.i64: "i64", ir.u64: "i64"}
FLOATS = {ir.f32: "f32", ir.f64: "f64"}


def named(instruction: bytes) -> str:
    return str(NAMES[instruction[0]])


@pytest.mark.parametrize("typ", KINDS)
@pytest.mark.parametrize("operation", WORDS)
def test_integer_arithmetic(operation: str, typ: object) -> None:
    suffix = ""
    if operation in ("/", "%", ">>"):
        suffix = "_u" if op.is_unsigned(typ) else "_s"
    (instruction,) = op.arithmetic(operation, typ)
    assert named(instruction) == f"{KINDS[typ]}.{WORDS[operation]}{suffix}"


@pytest.mark.parametrize("typ", FLOATS)
@pytest.mark.parametrize("operation", "+-*/")
def test_float_arithmetic(operation: str, typ: object) -> None:
    (instruction,) = op.arithmetic(operation, typ)
    assert named(instruction) == f"{FLOATS[typ]}.{WORDS[operation]}"


@pytest.mark.parametrize("typ", {**KINDS, **FLOATS})
@pytest.mark.parametrize(
    ("condition", "word"),
    [("==", "eq"), ("!=", "ne"), ("<", "lt"), (">", "gt"), ("<=", "le"), (">=", "ge")],
)
def test_comparisons(condition: str, word: str, typ: object) -> None:
    suffix = ""
    if typ in KINDS and word not in ("eq", "ne"):
        suffix = "_u" if op.is_unsigned(typ) else "_s"
    name = {**KINDS, **FLOATS}[typ]
    assert named(op.comparison(condition, typ)) == f"{name}.{word}{suffix}"


MEMORY = {
    **{ir.i8: ("i32.load8_s", "i32.store8"), ir.u8: ("i32.load8_u", "i32.store8")},
    **{ir.i16: ("i32.load16_s", "i32.store16"), ir.u16: ("i32.load16_u", "i32.store16")},
    **{ir.i32: ("i32.load", "i32.store"), ir.ptr: ("i32.load", "i32.store")},
    **{ir.u64: ("i64.load", "i64.store"), ir.f32: ("f32.load", "f32.store")},
    ir.f64: ("f64.load", "f64.store"),
}


@pytest.mark.parametrize("typ", MEMORY)
def test_memory(typ: object) -> None:
    load, store = op.load(typ, 300), op.store(typ, 0)
    assert (named(load), named(store)) == MEMORY[typ]
    assert load[2:] == encoder.unsigned(300)


CASTS = [
    (ir.i32, ir.i64, ["i64.extend_i32_s"]),
    (ir.u32, ir.i64, ["i64.extend_i32_u"]),
    (ir.i8, ir.u64, ["i64.extend_i32_s"]),
    (ir.u8, ir.u64, ["i64.extend_i32_u"]),
    (ir.i64, ir.u32, ["i32.wrap_i64"]),
    (ir.i64, ir.i8, ["i32.wrap_i64", "i32.extend8_s"]),
    (ir.i64, ir.u8, ["i32.wrap_i64", "i32.const", "i32.and"]),
    (ir.i32, ir.u32, []),
    (ir.u32, ir.ptr, []),
    (ir.i32, ir.i16, ["i32.extend16_s"]),
    (ir.i32, ir.u16, ["i32.const", "i32.and"]),
    (ir.i8, ir.i32, []),
    (ir.i8, ir.i16, []),
    (ir.u8, ir.i16, []),
    (ir.i8, ir.u16, ["i32.const", "i32.and"]),
    (ir.u8, ir.i8, ["i32.extend8_s"]),
    (ir.u16, ir.i16, ["i32.extend16_s"]),
    (ir.f64, ir.i32, ["i32.trunc_f64_s"]),
    (ir.f64, ir.u32, ["i32.trunc_f64_u"]),
    (ir.f32, ir.u64, ["i64.trunc_f32_u"]),
    (ir.f64, ir.u8, ["i32.trunc_f64_s", "i32.const", "i32.and"]),
    (ir.u32, ir.f32, ["f32.convert_i32_u"]),
    (ir.i64, ir.f64, ["f64.convert_i64_s"]),
    (ir.f32, ir.f64, ["f64.promote_f32"]),
    (ir.f64, ir.f32, ["f32.demote_f64"]),
    (ir.f64, ir.f64, []),
]


@pytest.mark.parametrize(("source", "target", "names"), CASTS)
def test_casts(source: object, target: object, names: list[str]) -> None:
    assert [named(instruction) for instruction in op.conversion(source, target)] == names


@pytest.mark.parametrize("value", [0, 1, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31)])
def test_a_constant_is_read_back(value: int) -> None:
    assert op.constant_of(op.constant(value, ir.i32)) == value


def test_constants_are_reduced_to_their_type() -> None:
    assert op.constant_of(op.constant(2**32 - 1, ir.u32)) == -1
    assert op.constant_of(op.constant(200, ir.i8)) == -56
    assert op.constant_of(op.constant(-1, ir.u8)) == 255
    assert op.constant(1, ir.i64) == b"\x42\1"
    assert op.constant_of(op.constant(1, ir.i64)) is None
    assert op.constant(1, ir.f64) == b"\x44" + b"\0" * 6 + b"\xf0\x3f"


def test_folding() -> None:
    x, three, four = [b"\x20\0"], [op.constant(3, ir.ptr)], [op.constant(4, ir.ptr)]
    assert op.folded("+", ir.ptr, three, four) == [op.constant(7, ir.ptr)]
    assert op.folded("*", ir.ptr, x, [op.constant(1, ir.ptr)]) == x
    assert op.folded("+", ir.ptr, x, [op.constant(0, ir.ptr)]) == x
    sum_ = op.folded("+", ir.ptr, x, three)
    assert op.folded("+", ir.ptr, sum_, four) == [*x, op.constant(7, ir.ptr), op.I32_ADD]
    assert op.folded("-", ir.ptr, sum_, four)[:3] == sum_


def test_inverted_conditions() -> None:
    less = [op.comparison("<", ir.u32)]
    assert op.inverted(less) == [op.comparison(">=", ir.u32)]
    assert op.inverted(op.inverted(less)) == less
    not_a_number = [op.comparison("<", ir.f64)]
    assert op.inverted(not_a_number) == [*not_a_number, op.I32_EQZ], "NaN is neither"
    assert op.inverted([b"\x20\0", op.I32_EQZ]) == [b"\x20\0"]
