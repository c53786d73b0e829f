"""Branches, by condition, table, null and cast, each with wasmtime's verdict."""

from __future__ import annotations

import pytest

from tests.support import wat
from tests.support.rule_bodies import check_invalid, check_invalid_3, check_valid, check_valid_3
from wasm_vm.errors import Invalid
from wasm_vm.types import EQ, I31, Features, ReferenceType
from wasm_vm.validation.rules.branches import without

VALID = (
    "(result i32) i32.const 1 br 0",
    "(result i32) (block (result i32) i64.const 5 i32.const 1 br 0)",
    "(result i32) i32.const 1 i32.const 1 br_if 0",
    "(loop (br 0))",
    "(block (loop (br_table 0 1 2 (i32.const 0))))",
    "(result i32) (block (result f32) unreachable br_table 0 0) drop i32.const 1",
    "(block (br 0) (drop (i32.add)))",
)

INVALID = {
    "br 1": "unknown label 1",
    "(result i32) (block (br 1)) i32.const 1": "expected i32, the stack is empty",
    "(result i32) i32.const 1 br_if 0": "expected i32, the stack is empty",
    "(result i32) i32.const 1 i64.const 1 br_if 0": "expected i32, found i64",
    "(block (br_table 0 5 (i32.const 0)))": "unknown label 5",
    "(block (br_table 5 (i32.const 0)))": "unknown label 5",
    "(result i32) (block (br_table 0 1 (i32.const 5) (i32.const 0))) i32.const 1":
        "differ in arity",
    "(result i32) (block (result f32) (br_table 0 1 (i32.const 5) (i32.const 0))) drop i32.const 1":
        "expected f32, found i32",
}  # fmt: skip

VALID_3 = (
    "(param funcref) (block (br_on_null 0 (local.get 0)) drop)",
    (
        "(param funcref) (result funcref) (block $l (result (ref func)) (br_on_non_null "
        "$l (local.get 0)) (return (ref.null func)))"
    ),
    (
        "(param anyref) (result i32) (block $l (result (ref i31)) (br_on_cast $l anyref "
        "(ref i31) (local.get 0)) drop (return (i32.const 0))) (i31.get_s)"
    ),
    (
        "(param anyref) (block $l (result anyref) (br_on_cast_fail $l anyref (ref i31) "
        "(local.get 0)) (drop (i31.get_u)) (return)) drop"
    ),
    (
        "(param anyref) (block $l (result (ref any)) (br_on_cast_fail $l anyref (ref "
        "null i31) (local.get 0)) drop (return)) drop"
    ),
    (
        "(param anyref) (block $l (result (ref null $struct)) (br_on_cast $l anyref (ref "
        "null $struct) (local.get 0)) (drop (ref.as_non_null)) (return)) drop"
    ),
    "(block (result funcref) (ref.func $g) (br_if 0 (i32.const 1))) drop",
    "(block (result funcref) (ref.func $g) (br_table 0 0 (i32.const 1))) drop",
    "unreachable br_on_null 0 drop",
)

INVALID_3 = {
    "(param i32) (block (br_on_null 0 (local.get 0)) drop)": "expected a reference, found i32",
    "(param funcref) (block (br_on_null 7 (local.get 0)) drop)": "unknown label 7",
    "(param funcref) (block (br_on_non_null 0 (local.get 0)))": "the label takes no reference",
    (
        "(param externref) (block (result funcref) (br_on_non_null 0 (local.get 0)) "
        "(ref.null func)) drop"
    ): "expected funcref, found externref",
    (
        "(param anyref) (block (result funcref) (br_on_cast 0 anyref (ref i31) "
        "(local.get 0)) unreachable) drop"
    ): "the label takes funcref, not \\(ref i31\\)",
    (
        "(param anyref) (block (result anyref) (br_on_cast 0 i31ref anyref (local.get "
        "0)) unreachable) drop"
    ): "anyref is no subtype of i31ref",
    (
        "(param anyref) (block (result anyref) (br_on_cast 0 eqref (ref i31) (local.get "
        "0))) drop"
    ): "expected eqref, found anyref",
    (
        "(param anyref) (block (result (ref any)) (br_on_cast_fail 0 anyref (ref i31) "
        "(local.get 0)) unreachable) drop"
    ): "the label takes \\(ref any\\), not anyref",
    "(block (result (ref func)) (ref.null func) (br_if 0 (i32.const 1))) drop":
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


def test_labels_of_a_branch_table_compare_by_type_in_the_first_release_alone() -> None:
    text = """(func (result i32) (block (result f32) (unreachable) (br_table 0 1 1)) (drop)
        (i32.const 0))"""
    wat.load(text, Features.V2)
    with pytest.raises(Invalid, match="differ in type"):
        wat.load(text, Features.V1)


def test_what_remains_of_a_type_when_a_cast_has_failed() -> None:
    nullable, other = ReferenceType(True, EQ), ReferenceType(False, EQ)
    assert without(nullable, ReferenceType(True, I31)) == other
    assert without(nullable, ReferenceType(False, I31)) == nullable
    assert without(other, ReferenceType(False, I31)) == other
