"""Rule by rule: bodies that are valid and bodies that break one, each with wasmtime's verdict."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.wasmtime_oracle import accepts
from wasm_vm.errors import Invalid
from wasm_vm.instructions import BY_NAME
from wasm_vm.types import Features
from wasm_vm.validation.rules import RULES

FIELDS = """
(type $unary (func (param i32) (result i32)))
(memory 1) (data $d "x")
(table $t 4 funcref) (table $u 4 externref)
(elem $e func $g)
(global $i i32 (i32.const 0)) (global $m (mut i64) (i64.const 0))
(func $g (param i32) (result i32) (local.get 0))
(func $undeclared)
"""

VALID = (
    "unreachable",
    "(result i32) unreachable",
    "(result i32) unreachable i32.add",
    "(result i64) unreachable select",
    "(block (result i32) i32.const 1) drop",
    "(result i32) (loop (result i32) i32.const 1)",
    "i32.const 1 (block (param i32) drop)",
    "i32.const 1 (if (then) (else))",
    "i32.const 1 (if (then))",
    "i32.const 5 i32.const 1 (if (param i32) (result i32) (then) (else)) drop",
    "i32.const 5 i32.const 1 (if (param i32) (result i32) (then)) drop",
    "(result i32) i32.const 1 br 0",
    "(result i32) (block (result i32) i64.const 5 i32.const 1 br 0)",
    "(result i32) i32.const 1 i32.const 1 br_if 0",
    "(loop (br 0))",
    "(block (loop (br_table 0 1 2 (i32.const 0))))",
    "(result i32) (block (result f32) unreachable br_table 0 0) drop i32.const 1",
    "(result i32) i64.const 1 i32.const 7 return",
    "(result i32) (call $g (i32.const 1))",
    "(result i32) (call_indirect $t (type $unary) (i32.const 1) (i32.const 0))",
    "i32.const 1 drop f64.const 1 drop ref.null func drop",
    "(result f32) (select (f32.const 1) (f32.const 2) (i32.const 0))",
    "(param externref) (select (result externref) (local.get 0) (local.get 0) (i32.const 0)) drop",
    "(param i32) (result i32) (local i64) (local.tee 0 (local.get 0)) (local.set 1 (i64.const 1))",
    "(result i32) global.get $i (global.set $m (i64.const 1))",
    "(result i32) (ref.is_null (ref.func $g))",
    "(result i32) unreachable ref.is_null",
    "(result funcref) (table.get $t (i32.const 0))",
    "(table.set $u (i32.const 0) (ref.null extern))",
    "(result i32) (table.grow $t (ref.func $g) (i32.const 1))",
    "(table.fill $u (i32.const 0) (ref.null extern) (i32.const 1))",
    "(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))",
    "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e)",
    "(result i32) (table.size $u)",
    "(result i64) (i64.load32_s offset=4294967295 align=4 (i32.const 0))",
    "(i64.store8 align=1 (i32.const 0) (i64.const 0))",
    "(result i32) (memory.grow (memory.size))",
    "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop $d)",
    "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
    "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
    "(block (br 0) (drop (i32.add)))",
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
    "(result i32) return": "expected i32, the stack is empty",
    "(result i32) f64.const 1 return": "expected i32, found f64",
    "(call $g (f32.const 1)) drop": "expected i32, found f32",
    "call 99": "unknown function 99",
    "(call_indirect $u (type $unary) (i32.const 1) (i32.const 0)) drop": "needs a table of funcref",
    "(call_indirect 9 (type $unary) (i32.const 1) (i32.const 0)) drop": "unknown table 9",
    "(call_indirect (type 99) (i32.const 0))": "unknown type 99",
    "(call_indirect $t (type $unary) (i32.const 1) (i64.const 0)) drop": "expected i32, found i64",
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
    "(drop (table.get 9 (i32.const 0)))": "unknown table 9",
    "(table.set $t (i32.const 0) (ref.null extern))": "expected funcref, found externref",
    "(drop (table.grow $t (ref.null extern) (i32.const 0)))": "expected funcref, found externref",
    "(table.fill $t (i32.const 0) (ref.null extern) (i32.const 0))": "found externref",
    "(table.copy $t $u (i32.const 0) (i32.const 0) (i32.const 0))": "externref copied to a table",
    "(table.init $u $e (i32.const 0) (i32.const 0) (i32.const 0))": "differ in type",
    "(table.init $t 9 (i32.const 0) (i32.const 0) (i32.const 0))": "unknown elem segment 9",
    "elem.drop 9": "unknown elem segment 9",
    "(drop (table.size 9))": "unknown table 9",
    "(drop (i32.load align=8 (i32.const 0)))": "alignment must not be larger than natural",
    "(drop (i32.load8_u align=2 (i32.const 0)))": "alignment must not be larger than natural",
    "(drop (i32.load (i64.const 0)))": "expected i32, found i64",
    "(i64.store (i32.const 0) (i32.const 0))": "expected i64, found i32",
    "(memory.init 9 (i32.const 0) (i32.const 0) (i32.const 0))": "unknown data segment 9",
    "data.drop 9": "unknown data segment 9",
    "(memory.fill (i32.const 0) (i64.const 0) (i32.const 0))": "expected i32, found i64",
}  # fmt: skip

WITHOUT_MEMORY = (
    "(drop (i32.load (i32.const 0)))",
    "(i32.store8 (i32.const 0) (i32.const 0))",
    "(drop (memory.size))",
    "(drop (memory.grow (i32.const 0)))",
    "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))",
    "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
)


@pytest.mark.parametrize("body", VALID)
def test_valid(body: str) -> None:
    binary = wat.assemble(f"{FIELDS} (func {body})")
    wasm_vm.load(binary, features=Features.V2)
    wasm_vm.load(binary)
    assert accepts(binary)


@pytest.mark.parametrize("body", INVALID)
def test_invalid(body: str) -> None:
    binary = wat.assemble(f"{FIELDS} (func {body})")
    with pytest.raises(Invalid, match=INVALID[body]) as caught:
        wasm_vm.load(binary, features=Features.V2)
    assert not accepts(binary)
    # The message begins with the instruction that stands at its offset.
    name = str(caught.value).split(":")[0]
    assert caught.value.offset is not None
    row = BY_NAME["select t" if name == "select t" else name]
    assert binary[caught.value.offset] in (row.code, row.code >> 16)


@pytest.mark.parametrize("body", WITHOUT_MEMORY)
def test_memories_must_exist(body: str) -> None:
    binary = wat.assemble(f"(func {body})")
    with pytest.raises(Invalid, match="unknown memory 0"):
        wasm_vm.load(binary)
    assert not accepts(binary)


def test_labels_of_a_branch_table_compare_by_type_in_the_first_release_alone() -> None:
    text = """(func (result i32) (block (result f32) (unreachable) (br_table 0 1 1)) (drop)
        (i32.const 0))"""
    wat.load(text, Features.V2)
    with pytest.raises(Invalid, match="differ in type"):
        wat.load(text, Features.V1)


def test_offsets_above_four_gigabytes_are_read_and_refused_in_the_third_release() -> None:
    from tests.support.binaries import leb, one_function, section

    binary = one_function(
        b"\x41\x00\x28\x02" + leb(1 << 32) + b"\x1a", sections=[section(5, b"\x00\x01")]
    )
    with pytest.raises(Invalid, match="offset out of range"):
        wasm_vm.load(binary)
    with pytest.raises(wasm_vm.Malformed):
        wasm_vm.load(binary, features=Features.V2)


def test_a_select_names_one_type() -> None:
    from tests.support.binaries import one_function

    for types in (b"\x00", b"\x02\x7f\x7f"):
        binary = one_function(b"\x41\x00\x41\x00\x41\x00\x1c" + types + b"\x1a")
        with pytest.raises(Invalid, match="invalid result arity"):
            wasm_vm.load(binary)


def test_rules_are_of_instructions_that_exist() -> None:
    assert set(RULES) <= set(BY_NAME)
