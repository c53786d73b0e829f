"""Bodies of functions for the validation rules: ours and wasmtime's verdict on each."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.wasmtime_oracle import accepts
from wasm_vm.errors import Invalid
from wasm_vm.instructions import BY_NAME
from wasm_vm.types import Features

FIELDS = """
(type $unary (func (param i32) (result i32)))
(memory 1) (data $d "x")
(table $t 4 funcref) (table $u 4 externref)
(elem $e func $g)
(global $i i32 (i32.const 0)) (global $m (mut i64) (i64.const 0))
(func $g (param i32) (result i32) (local.get 0))
(func $undeclared)
"""
"""What a body may name at every level."""

FIELDS_3 = (
    """
(type $struct (struct (field i32)))
(type $none (func))
(type $wide (func (param i32) (result i64)))
"""
    + FIELDS
    + """
(memory $m64 i64 1) (table $t64 i64 4 funcref) (table $typed 4 (ref null $unary))
(table $any 4 anyref)
(elem $refs (ref null $unary) (ref.func $g))
(tag $tag (param i32 f64)) (tag $empty)
(func $h (result funcref) (ref.null func)) (func $w (param i32) (result i64) (i64.const 0))
(elem declare func $h $w)
"""
)
"""What a body may name from 3.0 on."""


def check_valid(body: str) -> None:
    """Valid from 2.0 on."""
    binary = wat.assemble(f"{FIELDS} (func {body})")
    wasm_vm.load(binary, features=Features.V2)
    wasm_vm.load(binary)
    assert accepts(binary)


def check_invalid(body: str, message: str) -> None:
    """Invalid at every level; the message is that of 2.0."""
    binary = wat.assemble(f"{FIELDS} (func {body})")
    with pytest.raises(Invalid, match=message) as caught:
        wasm_vm.load(binary, features=Features.V2)
    _names_its_instruction(caught.value, binary)
    with pytest.raises(Invalid):
        wasm_vm.load(binary)
    assert not accepts(binary)
    assert not accepts(binary, "3.0")


def check_valid_3(body: str) -> None:
    """Valid in 3.0."""
    binary = wat.assemble(f"{FIELDS_3} (func {body})")
    wasm_vm.load(binary)
    assert accepts(binary, "3.0")


def check_invalid_3(body: str, message: str) -> None:
    """Well-formed and invalid in 3.0."""
    binary = wat.assemble(f"{FIELDS_3} (func {body})")
    with pytest.raises(Invalid, match=message) as caught:
        wasm_vm.load(binary)
    _names_its_instruction(caught.value, binary)
    assert not accepts(binary, "3.0")


def _names_its_instruction(error: Invalid, binary: bytes) -> None:
    """The message begins with the instruction that stands at its offset."""
    row = BY_NAME[str(error).split(":")[0]]
    assert error.offset is not None
    assert binary[error.offset] in (row.code, row.code >> 16)
