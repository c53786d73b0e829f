"""Structured control and exceptions, each body with wasmtime's verdict."""

from __future__ import annotations

import pytest

from tests.support.rule_bodies import check_invalid, check_invalid_3, check_valid, check_valid_3

VALID = (
    "unreachable",
    "(result i32) unreachable",
    "(result i32) unreachable i32.add",
    "(block (result i32) i32.const 1) drop",
    "(result i32) (loop (result i32) i32.const 1)",
    "i32.const 1 (block (param i32) drop)",
    "i32.const 1 (if (then) (else))",
    "i32.const 1 (if (then))",
    "i32.const 5 i32.const 1 (if (param i32) (result i32) (then) (else)) drop",
    "i32.const 5 i32.const 1 (if (param i32) (result i32) (then)) drop",
    "(result i32) i64.const 1 i32.const 7 return",
)

INVALID = {
    "(result i32)": "expected i32, the stack is empty",
    "i32.const 1": "1 operands left at the end of the block",
    "i32.add drop": "expected i32, the stack is empty",
    "i32.const 1 f32.const 1 i32.add drop": "expected i32, found f32",
    "unreachable f32.const 1 i32.add drop": "expected i32, found f32",
    "(result i32) unreachable f32.const 1": "expected i32, found f32",
    "(block (result i32)) drop": "expected i32, the stack is empty",
    "(block i32.const 1)": "1 operands left",
    "i32.const 1 (block drop)": "the stack is empty",
    "(block (param i32) drop)": "expected i32, the stack is empty",
    "(if (then))": "expected i32, the stack is empty",
    "i64.const 1 (if (then))": "expected i32, found i64",
    "i32.const 1 (if (result i32) (then i32.const 1)) drop": "if without else",
    "i32.const 1 (if (result i32) (then i32.const 1) (else)) drop": "the stack is empty",
    "i32.const 1 (if (result i32) (then f32.const 1) (else i32.const 1)) drop": "found f32",
    "(result i32) return": "expected i32, the stack is empty",
    "(result i32) f64.const 1 return": "expected i32, found f64",
}  # fmt: skip

VALID_3 = (
    "(block (result i32 i64) (i32.const 1) (i64.const 2)) drop drop",
    "(i32.const 1) (block (type $wide) drop (i64.const 1)) drop",
    "(i32.const 1) (i32.const 1) (if (type $unary) (then)) drop",
    "(block $l (result i32 f64) (try_table (catch $tag $l)) unreachable) drop drop",
    (
        "(block $l (result i32 f64 exnref) (try_table (catch_ref $tag $l)) unreachable) "
        "drop drop drop"
    ),
    (
        "(block $l (result i32 f64 (ref exn)) (try_table (catch_ref $tag $l)) "
        "unreachable) drop drop drop"
    ),
    "(block $l (try_table (catch_all $l) (catch $empty $l)))",
    "(block $l (result exnref) (try_table (catch_all_ref $l)) unreachable) drop",
    "(result i32) (try_table (result i32) (i32.const 1))",
    "(i32.const 1) (try_table (type $unary)) drop",
    "(throw $tag (i32.const 1) (f64.const 2))",
    "(result i64) (throw $empty)",
    "(param exnref) (throw_ref (local.get 0))",
    "(result f32) unreachable throw_ref",
    "(result funcref) (return (ref.func $g))",
    "(result funcref) (block (result (ref func)) (ref.func $g))",
)

INVALID_3 = {
    "(block (type 99))": "unknown type 99",
    "(block (type 0))": "type 0 is no function type",
    "(block $l (result i32) (try_table (catch $tag $l)) unreachable) drop":
        "catch clause 0 and its label differ",
    "(block $l (try_table (catch_all $l) (catch_all_ref $l)))":
        "catch clause 1 and its label differ",
    "(block $l (result i32 f64) (try_table (catch_ref $tag $l)) unreachable) drop drop":
        "catch clause 0",
    "(try_table (catch $empty 5))": "unknown label 5",
    "(try_table (catch 9 0))": "unknown tag 9",
    "(try_table (result i32)) drop": "expected i32, the stack is empty",
    "(try_table (i32.const 1))": "1 operands left",
    "(try_table (type $unary)) drop": "expected i32, the stack is empty",
    "(throw 9)": "unknown tag 9",
    "(throw $tag (f64.const 2) (i32.const 1))": "expected f64, found i32",
    "(throw_ref (ref.null func))": "expected exnref, found funcref",
    "(result (ref func)) (block (result funcref) (ref.func $g))":
        "expected \\(ref func\\), found funcref",
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
