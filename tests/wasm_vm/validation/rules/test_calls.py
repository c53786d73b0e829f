"""Calls: direct, indirect, by reference, and in tail position, each with wasmtime's verdict."""

from __future__ import annotations

import pytest

from tests.support.rule_bodies import check_invalid, check_invalid_3, check_valid, check_valid_3

VALID = (
    "(result i32) (call $g (i32.const 1))",
    "(result i32) (call_indirect $t (type $unary) (i32.const 1) (i32.const 0))",
)

INVALID = {
    "(call $g (f32.const 1)) drop": "expected i32, found f32",
    "call 99": "unknown function 99",
    "(call_indirect $u (type $unary) (i32.const 1) (i32.const 0)) drop": "a table of functions",
    "(call_indirect 9 (type $unary) (i32.const 1) (i32.const 0)) drop": "unknown table 9",
    "(call_indirect (type 99) (i32.const 0))": "unknown type 99",
    "(call_indirect $t (type $unary) (i32.const 1) (i64.const 0)) drop": "expected i32, found i64",
}  # fmt: skip

VALID_3 = (
    "(result i32) (call_ref $unary (i32.const 1) (ref.func $g))",
    "(result i32) (call_ref $unary (i32.const 1) (ref.null $unary))",
    "(result i32) (call_ref $unary (i32.const 1) (ref.null nofunc))",
    "(result i32) (return_call $g (i32.const 1))",
    "(result i32) (return_call_indirect $t (type $unary) (i32.const 1) (i32.const 0))",
    "(result i32) (return_call_ref $unary (i32.const 1) (ref.func $g))",
    "(result i32) (call_indirect $t64 (type $unary) (i32.const 1) (i64.const 0))",
    "(result i32) (call_indirect $typed (type $unary) (i32.const 1) (i32.const 0))",
    "(result f64) unreachable call_ref $unary drop unreachable",
)

INVALID_3 = {
    "(call_ref $struct (ref.null $struct))": "is no function type",
    "(call_ref 99 (ref.null func))": "unknown type 99",
    "(drop (call_ref $unary (i32.const 1) (ref.null func)))": "expected .*, found funcref",
    "(drop (call_ref $unary (i32.const 1) (ref.func $w)))": "expected .*, found",
    "(result i64) (return_call $g (i32.const 1))": "other results than the caller's",
    "(return_call 99)": "unknown function 99",
    "(return_call $g (i32.const 1))": "other results than the caller's",
    "(result i32) (return_call $g (i64.const 1))": "expected i32, found i64",
    "(result i64) (return_call_ref $unary (i32.const 1) (ref.func $g))":
        "other results than the caller's",
    "(result i64) (return_call_indirect $t (type $unary) (i32.const 1) (i32.const 0))":
        "other results",
    "(drop (call_indirect $t64 (type $unary) (i32.const 1) (i32.const 0)))":
        "expected i64, found i32",
    "(drop (call_indirect $any (type $unary) (i32.const 1) (i32.const 0)))":
        "a table of functions",
    "(call_indirect $t (type $struct) (i32.const 0))": "is no function type",
}  # fmt: skip


@pytest.mark.parametrize("body", VALID)
def test_valid(body: str) -> None:
    check_valid(body)


@pytest.mark.parametrize("body", INVALID)
def test_invalid(body: str) -> None:
    check_invalid(body, INVALID[body])


@pytest.mark.parametrize("body", VALID_3)
def test_valid_in_the_third_release(body: str) -> None:
    check_valid_3(body)


@pytest.mark.parametrize("body", INVALID_3)
def test_invalid_in_the_third_release(body: str) -> None:
    check_invalid_3(body, INVALID_3[body])
