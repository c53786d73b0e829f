"""Operands while a function is compiled: Python expressions with what is known of their values.

An integer operand may be *open*: its expression is only congruent to the value modulo 2**bits, and
lies in low..high. Most operators do not mind, so one mask at the end replaces one per operator;
`closed` adds it where it is still needed. Ranges that fit need none at all.
"""

from __future__ import annotations

from typing import Any

from wasm_vm.types import F32, F64, I32, I64, ValueType

TERNARY, OR, AND, NOT, COMPARE, BIT_OR, XOR, BIT_AND, SHIFT, SUM, PRODUCT, UNARY, ATOM = range(13)
"""How tightly a Python expression binds."""

MASKS = {32: 0xFFFF_FFFF, 64: 0xFFFF_FFFF_FFFF_FFFF}
BITS: dict[ValueType, int] = {I32: 32, I64: 64}
WIDEST = 1 << 62
"""Open expressions are closed before they can leave this range (i32), or this range squared."""

SMALL = 0x3FFF_FFFF
"""The greatest int that Python compares fast."""

Fact = tuple[int, int, int]

NOTHING: frozenset[str] = frozenset()


class Value:
    """An operand.

    level: how tightly the expression binds. reads: the Python names that it reads and that may be
    assigned later. bits: 32 or 64 for integers, 0 for all else. zeros: low bits known to be zero.
    condition: the expression is a Python truth value, not an int. dirty: an f64 whose NaN, if it
    is one, is not canonical yet. step: (name, least, most) where the
    expression is in range while the name is. cut: another expression, which is the value
    itself. when: what a condition says of a local if it holds, and if it does not: (local, low,
    high) or None.
    """

    __slots__ = (
        "bits",
        "condition",
        "cut",
        "dirty",
        "high",
        "level",
        "low",
        "reads",
        "step",
        "text",
        "when",
        "zeros",
    )

    def __init__(
        self,
        text: str,
        level: int = ATOM,
        reads: frozenset[str] = NOTHING,
        bits: int = 0,
        low: int = 0,
        high: int = 0,
        zeros: int = 0,
        *,
        condition: bool = False,
        dirty: bool = False,
    ) -> None:
        self.text = text
        self.level = level
        self.reads = reads
        self.bits = bits
        self.low = low
        self.high = high
        self.zeros = zeros
        self.condition = condition
        self.dirty = dirty
        self.step: tuple[str, int, int] | None = None
        self.cut: Value | None = None
        self.when: tuple[Fact | None, Fact | None] = (None, None)

    def at(self, level: int) -> str:
        """The expression, in parentheses where it binds less tightly than the level."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def is_constant(self) -> bool:
        """True for an integer known now."""
        return self.bits > 0 and self.low == self.high and not self.reads

    @property
    def is_closed(self) -> bool:
        """True when the expression is the value itself."""
        return not self.bits or (self.low >= 0 and self.high <= MASKS[self.bits])

    @property
    def fits_signed(self) -> bool:
        """True when the expression is the value as a signed number."""
        half = 1 << self.bits - 1
        return -half <= self.low and self.high < half


def constant(value: int, bits: int) -> Value:
    """An integer constant."""
    zeros = (value & -value).bit_length() - 1 if value else bits
    level = ATOM if value >= 0 else UNARY
    return Value(number(value), level, NOTHING, bits, value, value, zeros)


def number(value: int) -> str:
    """A literal."""
    return str(value) if -10000 < value < 10000 else hex(value)


def named(
    name: str, bits: int, low: int = 0, high: int | None = None, zeros: int = 0, dirty: bool = False
) -> Value:
    """A value that a Python name holds."""
    if high is None:
        high = MASKS.get(bits, 0)
    return Value(name, ATOM, frozenset((name,)), bits, low, high, zeros, dirty=dirty)


def typed(name: str, kind: ValueType) -> Value:
    """A name of which only the WebAssembly type is known."""
    return named(name, BITS.get(kind, 0))


def plain(value: Value) -> Value:
    """The operand as an int where it was a condition."""
    if not value.condition:
        return value
    text = f"1 if {value.at(OR)} else 0"
    return Value(text, TERNARY, value.reads, 32, 0, 1)


def truth(text: str, level: int, reads: frozenset[str]) -> Value:
    """The result of a comparison."""
    return Value(text, level, reads, 32, 0, 1, condition=True)


def closed(value: Value) -> Value:
    """The operand with its value in range."""
    value = plain(value)
    if value.is_closed:
        return value
    mask = MASKS[value.bits]
    if value.is_constant:
        return constant(value.low & mask, value.bits)
    if value.step is not None:
        return _stepped(value, *value.step, mask)
    if value.cut is not None:
        return value.cut
    text = f"{value.at(BIT_AND)} & {mask:#x}"
    return Value(text, BIT_AND, value.reads, value.bits, 0, mask, value.zeros)


def _stepped(value: Value, name: str, least: int, most: int, mask: int) -> Value:
    """An expression of one name, which is mostly a small number and then needs no mask."""
    if least and most < mask:
        test = f"{number(least)} <= {name} <= {number(most)}"
    else:
        test = f"{name} >= {number(least)}" if least else f"{name} <= {number(most)}"
    text = f"{value.text} if {test} else {value.at(BIT_AND)} & {mask:#x}"
    return Value(text, TERNARY, value.reads, value.bits, 0, mask, value.zeros)


def about(
    condition: Value, operand: Value, holds: tuple[int, int], fails: tuple[int, int]
) -> Value:
    """Note what a condition on a local says of it; an empty range says nothing."""
    text = operand.text
    if operand.level == ATOM and text[0] == "l" and text[1:].isdigit():
        index = int(text[1:])
        first = (index, *holds) if holds[0] <= holds[1] else None
        second = (index, *fails) if fails[0] <= fails[1] else None
        condition.when = (first, second)
    return condition


def signed(value: Value) -> Value:
    """The operand as a signed number (an open operand that fits)."""
    value = plain(value)
    if value.fits_signed:
        return value
    half = 1 << value.bits - 1
    inner = closed(value)
    if inner.is_constant:
        return constant((inner.low ^ half) - half, value.bits)
    text = f"({inner.at(XOR)} ^ {half:#x}) - {half:#x}"
    return Value(text, SUM, inner.reads, value.bits, -half, half - 1)


def truthy(value: Value) -> Value:
    """The operand as a Python condition: is it not zero?"""
    if value.condition:
        return value
    inner = closed(value)
    found = Value(inner.text, inner.level, inner.reads, 32, 0, 1, condition=True)
    return about(found, inner, (max(inner.low, 1), inner.high), (0, 0))


_OPPOSITE = {" == ": " != ", " != ": " == "}


def negated(value: Value) -> Value:
    """The opposite of a condition."""
    condition = truthy(value)
    found = _opposite(condition)
    found.when = condition.when[::-1]
    return found


def _opposite(condition: Value) -> Value:
    if condition.level == NOT and condition.text.startswith("not "):
        inner = condition.text[4:]
        return Value(inner, NOT, condition.reads, 32, 0, 1, condition=True)
    for relation, opposite in _OPPOSITE.items():
        if condition.level == COMPARE and condition.text.count(relation) == 1:
            left, right = condition.text.split(relation)
            if not any(sign in left + right for sign in "<>("):
                return truth(left + opposite + right, COMPARE, condition.reads)
    return truth(f"not {condition.at(NOT)}", NOT, condition.reads)


def literal(kind: ValueType, value: Any) -> Value | None:
    """A constant instruction's operand, where Python can write it down."""
    if kind in (I32, I64):
        return constant(value, BITS[kind])
    if kind in (F32, F64):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        text = repr(value)
        return Value(text, UNARY if text.startswith("-") else ATOM)
    return Value(repr(bytes(value)))
