"""Operands: expressions with what is known of them, closed, signed, negated, as literals."""

from __future__ import annotations

import math

import pytest

from wasm_vm.compiler.values import (
    ATOM,
    OR,
    SUM,
    Value,
    about,
    closed,
    constant,
    literal,
    named,
    negated,
    number,
    plain,
    signed,
    truth,
    truthy,
    typed,
)
from wasm_vm.types import EXTERNREF, F64, I32, I64, V128


def test_parentheses_only_where_they_are_needed() -> None:
    value = Value("a + b", SUM)
    assert value.at(OR) == "a + b"
    assert value.at(ATOM) == "(a + b)"


def test_numbers_are_short() -> None:
    assert [number(9999), number(-9999), number(10_000)] == ["9999", "-9999", "0x2710"]
    assert constant(12, 32).zeros == 2
    assert constant(0, 64).zeros == 64


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(0, 255, "x"), (-1, 5, "x & 0xffffffff"), (0, 1 << 32, "x & 0xffffffff")],
)
def test_closing_adds_a_mask_only_out_of_range(low: int, high: int, text: str) -> None:
    assert closed(named("x", 32, low, high)).text == text


def test_other_ways_to_close() -> None:
    stepped = Value("x + 1", SUM, frozenset("x"), 32, 1, 1 << 32)
    stepped.step = ("x", 0, 0x3FFF_FFFF)
    text = closed(stepped).text
    for value in (0, 0x3FFF_FFFF, 0x4000_0000, 0xFFFF_FFFF):
        assert eval(text, {"x": value}) == (value + 1) & 0xFFFF_FFFF
    cut = Value("x << 9", SUM, frozenset("x"), 32, 0, 1 << 41)
    cut.cut = named("y", 32)
    assert closed(cut).text == "y"
    assert closed(constant(-1, 32)).low == 0xFFFF_FFFF


def test_signed_numbers() -> None:
    assert signed(named("x", 32, 0, 7)).text == "x"
    text = signed(typed("x", I32)).text
    for value in (0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF):
        assert eval(text, {"x": value}) == value - (value >> 31 << 32)
    assert signed(constant(0xFFFF_FFFF, 32)).low == -1


def test_conditions() -> None:
    condition = truth("a == b", 4, frozenset("ab"))
    assert plain(condition).text == "1 if a == b else 0"
    assert negated(condition).text == "a != b"
    assert negated(negated(condition)).text == "a == b"
    assert negated(truth("a < b", 4, frozenset())).text == "not a < b"
    assert negated(truth("not a < b", 3, frozenset())).text == "a < b"
    assert negated(truth("a == b < c", 4, frozenset())).text == "not a == b < c"
    assert truthy(condition) is condition
    assert truthy(typed("l3", I32)).when == ((3, 1, 0xFFFF_FFFF), (3, 0, 0))


def test_a_condition_says_something_of_locals_alone() -> None:
    for name, known in (("l3", (3, 0, 4)), ("t3", None), ("l3 + 1", None)):
        condition = about(truth("c", ATOM, frozenset()), Value(name), (0, 4), (5, 4))
        assert condition.when == (known, None)


def test_literals() -> None:
    assert literal(I64, 5).text == "5"  # type: ignore[union-attr]
    assert literal(F64, -1.5).text == "-1.5"  # type: ignore[union-attr]
    assert literal(F64, math.inf) is None
    assert literal(F64, math.nan) is None
    assert literal(V128, bytes(16)).text == repr(bytes(16))  # type: ignore[union-attr]
    assert typed("x", EXTERNREF).is_closed
