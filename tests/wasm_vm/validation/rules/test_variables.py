"""Parametric instructions, variables and references, each with wasmtime's verdict."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import one_function
from tests.support.rule_bodies import check_invalid, check_invalid_3, check_valid, check_valid_3
from tests.support.wasmtime_oracle import accepts
from wasm_vm.errors import Invalid
from wasm_vm.types import (
    ANYREF,
    EXNREF,
    EXTERN,
    EXTERNREF,
    FUNCREF,
    I31,
    NOEXN,
    NOFUNC,
    ReferenceType,
)
from wasm_vm.validation.rules.variables import top_of

VALID = (
    "(result i64) unreachable select",
    "i32.const 1 drop f64.const 1 drop ref.null func drop",
    "(result f32) (select (f32.const 1) (f32.const 2) (i32.const 0))",
    "(param externref) (select (result externref) (local.get 0) (local.get 0) (i32.const 0)) drop",
    "(param i32) (result i32) (local i64) (local.tee 0 (local.get 0)) (local.set 1 (i64.const 1))",
    "(result i32) global.get $i (global.set $m (i64.const 1))",
    "(result i32) (ref.is_null (ref.func $g))",
    "(result i32) unreachable ref.is_null",
)

INVALID = {
    "drop": "expected an operand, the stack is empty",
    "(drop (select (i32.const 1) (f32.const 2) (i32.const 0)))": "expected f32, found i32",
    "(drop (select (ref.null func) (ref.null func) (i32.const 0)))": "has no funcref operands",
    "(drop (select (i32.const 1) (i32.const 2) (i64.const 0)))": "expected i32, found i64",
    "(drop (select (result f32) (i32.const 1) (f32.const 2) (i32.const 0)))": "found i32",
    "(drop (local.get 0))": "unknown local 0",
    "(param i32) (local.set 0 (i64.const 1))": "expected i32, found i64",
    "(param i32) (drop (local.tee 0 (i64.const 1)))": "expected i32, found i64",
    "(drop (global.get 9))": "unknown global 9",
    "(global.set $i (i32.const 1))": "global is immutable",
    "(global.set $m (i32.const 1))": "expected i64, found i32",
    "(drop (ref.is_null (i32.const 1)))": "expected a reference, found i32",
    "(drop (ref.func $undeclared))": "undeclared function reference",
    "(drop (ref.func 99))": "unknown function 99",
}  # fmt: skip

VALID_3 = (
    "(result (ref func)) (ref.func $g)",
    "(result (ref $unary)) (ref.func $g)",
    "(result (ref null $unary)) (ref.null $unary)",
    "(result anyref) (ref.null none)",
    "(param funcref) (result (ref func)) (ref.as_non_null (local.get 0))",
    "(param eqref (ref i31)) (result i32) (ref.eq (local.get 0) (local.get 1))",
    "(param anyref) (result i32) (ref.test (ref $struct) (local.get 0))",
    "(param anyref) (result i32) (ref.test (ref null i31) (local.get 0))",
    "(param anyref) (result (ref $struct)) (ref.cast (ref $struct) (local.get 0))",
    "(param funcref) (result (ref null $unary)) (ref.cast (ref null $unary) (local.get 0))",
    "(param externref) (result nullexternref) (ref.cast (ref null noextern) (local.get 0))",
    "(result v128) (select (v128.const i64x2 0 0) (v128.const i64x2 0 0) (i32.const 0))",
    "(param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (drop (local.get 1))",
    "(result (ref any)) unreachable ref.as_non_null",
)

INVALID_3 = {
    "(local (ref func)) (drop (local.get 0))": "uninitialized local 0",
    "(result (ref $wide)) (ref.func $g)": "expected .*, found",
    "(result (ref $unary)) (ref.null $unary)": "expected .*, found",
    "(drop (ref.as_non_null (i32.const 0)))": "expected a reference, found i32",
    "(param anyref) (drop (ref.eq (local.get 0) (local.get 0)))": "expected eqref, found anyref",
    "(param funcref) (drop (ref.test (ref $struct) (local.get 0)))":
        "expected anyref, found funcref",
    "(param anyref) (drop (ref.cast (ref func) (local.get 0)))": "expected funcref, found anyref",
    "(param anyref) (drop (ref.cast (ref null extern) (local.get 0)))":
        "expected externref, found anyref",
    "(param (ref null $struct)) (drop (select (local.get 0) (local.get 0) (i32.const 0)))":
        "has no .* operands",
    "(param externref) (global.set $m (local.get 0))": "expected i64, found externref",
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


def test_a_heap_type_must_exist() -> None:
    """The decoder resolves it, so that no instruction is at fault."""
    binary = wat.assemble("(func (drop (ref.null 99)))")
    with pytest.raises(Invalid, match="unknown type 99") as caught:
        wasm_vm.load(binary)
    assert caught.value.offset == binary.index(b"\xd0") + 1
    assert not accepts(binary, "3.0")


def test_a_select_names_one_type() -> None:
    for types in (b"\x00", b"\x02\x7f\x7f"):
        binary = one_function(b"\x41\x00\x41\x00\x41\x00\x1c" + types + b"\x1a")
        with pytest.raises(Invalid, match="invalid result arity"):
            wasm_vm.load(binary)


def test_a_cast_starts_from_the_greatest_type_of_its_hierarchy() -> None:
    for heap, top in ((I31, ANYREF), (NOFUNC, FUNCREF), (EXTERN, EXTERNREF), (NOEXN, EXNREF)):
        for nullable in (False, True):
            assert top_of(ReferenceType(nullable, heap)) == top
