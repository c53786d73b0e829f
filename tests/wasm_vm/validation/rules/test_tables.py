"""Table instructions, 32 and 64 bit, each with wasmtime's verdict."""

from __future__ import annotations

import pytest

from tests.support.rule_bodies import check_invalid, check_invalid_3, check_valid, check_valid_3
from wasm_vm.types import I32, I64
from wasm_vm.validation.rules.tables import narrower

VALID = (
    "(result funcref) (table.get $t (i32.const 0))",
    "(table.set $u (i32.const 0) (ref.null extern))",
    "(result i32) (table.grow $t (ref.func $g) (i32.const 1))",
    "(table.fill $u (i32.const 0) (ref.null extern) (i32.const 1))",
    "(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))",
    "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e)",
    "(result i32) (table.size $u)",
)

INVALID = {
    "(drop (table.get 9 (i32.const 0)))": "unknown table 9",
    "(table.set $t (i32.const 0) (ref.null extern))": "expected funcref, found externref",
    "(drop (table.grow $t (ref.null extern) (i32.const 0)))": "expected funcref, found externref",
    "(table.fill $t (i32.const 0) (ref.null extern) (i32.const 0))": "found externref",
    "(table.copy $t $u (i32.const 0) (i32.const 0) (i32.const 0))": "externref copied to a table",
    "(table.init $u $e (i32.const 0) (i32.const 0) (i32.const 0))": "differ in type",
    "(table.init $t 9 (i32.const 0) (i32.const 0) (i32.const 0))": "unknown elem segment 9",
    "elem.drop 9": "unknown elem segment 9",
    "(drop (table.size 9))": "unknown table 9",
}  # fmt: skip

VALID_3 = (
    "(result funcref) (table.get $t64 (i64.const 0))",
    "(result (ref null $unary)) (table.get $typed (i32.const 0))",
    "(table.set $t64 (i64.const 0) (ref.func $g))",
    "(table.set $typed (i32.const 0) (ref.func $g))",
    "(result i64) (table.size $t64)",
    "(result i64) (table.grow $t64 (ref.null nofunc) (i64.const 1))",
    "(table.fill $t64 (i64.const 0) (ref.null func) (i64.const 1))",
    "(table.copy $t64 $t (i64.const 0) (i32.const 0) (i32.const 0))",
    "(table.copy $t $t64 (i32.const 0) (i64.const 0) (i32.const 0))",
    "(table.copy $t64 $t64 (i64.const 0) (i64.const 0) (i64.const 0))",
    "(table.copy $t $typed (i32.const 0) (i32.const 0) (i32.const 0))",
    "(table.init $t64 $e (i64.const 0) (i32.const 0) (i32.const 0))",
    "(table.init $t $refs (i32.const 0) (i32.const 0) (i32.const 0))",
    "(table.init $typed $refs (i32.const 0) (i32.const 0) (i32.const 0))",
)

INVALID_3 = {
    "(drop (table.get $t64 (i32.const 0)))": "expected i64, found i32",
    "(table.set $typed (i32.const 0) (ref.func $w))": "expected .*, found",
    "(result i32) (table.size $t64)": "expected i32, found i64",
    "(drop (table.grow $t64 (ref.null func) (i32.const 1)))": "expected i64, found i32",
    "(table.fill $t64 (i64.const 0) (ref.null func) (i32.const 1))": "expected i64, found i32",
    "(table.copy $t64 $t (i64.const 0) (i32.const 0) (i64.const 0))": "expected i32, found i64",
    "(table.copy $t64 $t64 (i64.const 0) (i64.const 0) (i32.const 0))": "expected i64, found i32",
    "(table.copy $typed $t (i32.const 0) (i32.const 0) (i32.const 0))": "copied to a table of",
    "(table.init $typed $e (i32.const 0) (i32.const 0) (i32.const 0))": "differ in type",
    "(table.init $t64 $e (i32.const 0) (i32.const 0) (i32.const 0))": "expected i64, found i32",
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


def test_a_length_between_two_spaces_has_the_narrower_type() -> None:
    assert narrower(I64, I64) is I64
    for first, second in ((I32, I64), (I64, I32), (I32, I32)):
        assert narrower(first, second) is I32
