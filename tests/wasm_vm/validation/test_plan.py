from __future__ import annotations

import dataclasses

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.limits import ACTIVATION_SLOTS
from wasm_vm.validation import Branch


def test_a_plan_keeps_the_instructions_one_for_one() -> None:
    binary = wat.assemble(
        """(import "env" "f" (func)) (func $here (param i32 i64) (result i32)
        (local f32 f32 f64) (block (br 0)) (local.get 0))"""
    )
    module = wasm_vm.load(binary)
    (plan,) = module.plans
    assert (plan.index, plan.name) == (1, "here")
    assert plan.body is module.module.codes[0].body
    assert plan.locals == ((2, wasm_vm.F32), (1, wasm_vm.F64))
    assert plan.defined is module.module.types[1] is module.spaces.functions[1]
    assert plan.type is plan.defined.composite
    assert plan.handlers == ()
    assert plan.branches == {1: Branch(target=3, keep=0, height=0)}
    assert plan.height == 1
    assert plan.slots == ACTIVATION_SLOTS + 2 + 3 + 1
    assert [binary[offset] for _, _, offset in plan.body] == [0x02, 0x0C, 0x0B, 0x20, 0x0B]


def test_a_valid_module_has_the_types_of_all_index_spaces() -> None:
    module = wat.load(
        """(import "env" "g" (global i64)) (memory 1) (table 2 funcref)
        (global i32 (i32.const 0)) (tag (param f64)) (func (param i32))"""
    )
    spaces = module.spaces
    assert [str(kind.composite) for kind in spaces.functions] == ["[i32] -> []"]
    assert [str(kind) for kind in spaces.globals] == ["global i64", "global i32"]
    assert [str(kind) for kind in (*spaces.memories, *spaces.tables)] == [
        "memory 1",
        "table 2 funcref",
    ]
    assert [str(kind) for kind in spaces.tags] == ["tag [f64] -> []"]
    assert module.custom("none") is None


def test_plans_cannot_be_changed() -> None:
    module = wat.load("(func)")
    with pytest.raises(dataclasses.FrozenInstanceError):
        module.plans[0].height = 9  # type: ignore[misc]
