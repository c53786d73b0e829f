"""Float instructions as expressions.

A result that may be a NaN which is not the canonical one is `dirty`; arithmetic on it gives
the same as on the canonical NaN, so it is made canonical only where its bits can be seen. An f32
result is rounded through a one-element view.
"""

from __future__ import annotations

from wasm_vm.compiler.values import (
    ATOM,
    COMPARE,
    PRODUCT,
    SUM,
    TERNARY,
    UNARY,
    Value,
    closed,
    signed,
    truth,
)

ARITHMETIC = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT)}
RELATIONS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}

SEES_NO_BITS = frozenset(
    f"{kind}.{name}"
    for kind in ("f32", "f64")
    for name in [
        "add",
        "sub",
        "mul",
        "div",
        "sqrt",
        "eq",
        "ne",
        "lt",
        "gt",
        "le",
        "ge",
        "min",
        "max",
        "ceil",
        "floor",
        "trunc",
        "nearest",
    ]
) | {
    "f32.demote_f64",
    "f64.promote_f32",
    *(
        f"i{n}.trunc{sat}_f{m}_{s}"
        for n in (32, 64)
        for m in (32, 64)
        for sat in ("", "_sat")
        for s in "su"
    ),
    "drop",
}
"""Instructions to which every NaN is the same."""


def quotient(a: Value, b: Value) -> Value:
    """Division of names: Python's own raises on zero."""
    text = f"{a.text} / {b.text} if {b.text} else divide({a.text}, {b.text})"
    return Value(text, TERNARY, a.reads | b.reads, dirty=True)


def root(a: Value) -> Value:
    """Square root of a name: Python's own raises below zero."""
    text = f"square_root({a.text}) if not {a.text} >= 0.0 else sqrt({a.text})"
    return Value(text, TERNARY, a.reads, dirty=True)


def arithmetic(verb: str, a: Value, b: Value) -> Value:
    """Sum, difference or product, not rounded to f32."""
    sign, level = ARITHMETIC[verb]
    text = f"{a.at(level)} {sign} {b.at(level + 1)}"
    return Value(text, level, a.reads | b.reads, dirty=True)


def relation(verb: str, a: Value, b: Value) -> Value:
    """A comparison: of NaNs Python thinks as WebAssembly does."""
    text = f"{a.at(COMPARE + 1)} {RELATIONS[verb]} {b.at(COMPARE + 1)}"
    return truth(text, COMPARE, a.reads | b.reads)


def simple(row_name: str, operands: list[Value]) -> Value | None:
    """Instructions that are one expression and need no rounding; None for all others."""
    kind, _, verb = row_name.partition(".")
    if kind in ("f32", "f64") and verb in RELATIONS:
        return relation(verb, *operands)
    if kind == "f64" and verb in ARITHMETIC:
        return arithmetic(verb, *operands)
    if kind in ("f32", "f64") and verb in ("abs", "neg"):
        a = operands[0]
        if verb == "abs":
            return Value(f"abs({a.text})", ATOM, a.reads)
        return Value(f"-{a.at(UNARY)}", UNARY, a.reads)
    if row_name in ("f64.convert_i32_s", "f64.convert_i64_s"):
        a = signed(operands[0])
        return Value(f"float({a.text})", ATOM, a.reads)
    if row_name in ("f64.convert_i32_u", "f64.convert_i64_u"):
        a = closed(operands[0])
        return Value(f"float({a.text})", ATOM, a.reads)
    return None
