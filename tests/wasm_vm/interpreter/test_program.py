from __future__ import annotations

import gc

import wasm_vm
from tests.support import wat
from wasm_vm.interpreter import program
from wasm_vm.interpreter.handlers import HANDLERS
from wasm_vm.interpreter.program import program_of
from wasm_vm.types import I31REF, STRUCT, FunctionType, ReferenceType, define_function

TEXT = """
(type $t (func (result i32)))
(memory 1)
(table 1 funcref)
(func (export "f") (param i32 f64) (result i32) (local i32 i64 f32 f64 externref)
  (block (br_table 0 0 (local.get 0)))
  (if (local.get 0) (then (return (i32.const 1))) (else nop))
  (drop (i32.load offset=8 (i32.const 0)))
  (call_indirect (type $t) (i32.const 0)))
"""


def prepared(module: wasm_vm.ValidModule) -> program.Program:
    return program_of(module.plans[0], module.module)


def test_one_step_per_instruction_with_its_handler_and_cost() -> None:
    module = wat.load(TEXT)
    found = prepared(module)
    body = module.plans[0].body
    assert len(found.steps) == len(body)
    for (row, _, _), (handler, cost, _) in zip(body[:-1], found.steps, strict=False):
        assert handler is HANDLERS[row.name]
        assert cost == row.cost
    # The last end returns, and is as free as any end.
    assert found.steps[-1] == (HANDLERS["return"], 0, 1)


def test_immediates_are_what_handlers_take() -> None:
    module = wat.load(TEXT)
    names = [row.name for row, _, _ in module.plans[0].body]
    steps = prepared(module).steps
    immediates = {name: steps[at][2] for at, name in reversed(list(enumerate(names)))}
    after_block = names.index("end") + 1
    assert immediates["br_table"] == ((after_block, 0, 0), (after_block, 0, 0))
    assert immediates["if"] == (names.index("else") + 1, 0, 0)
    assert immediates["else"] == (names.index("end", names.index("else")) + 1, 0, 0)
    assert immediates["return"] == 1
    assert immediates["i32.load"] == (8, 0)
    kind = define_function(FunctionType((), (wasm_vm.I32,)))
    assert immediates["call_indirect"] == (kind, 0)
    assert immediates["i32.const"] == 1


def test_immediates_of_the_third_release_name_types_and_not_their_indices() -> None:
    module = wat.load(
        """(type $f (func)) (type $s (struct (field i32) (field (mut i8)))) (type $a (array i8))
        (memory 1) (data "x")
        (func (param (ref $s) anyref funcref)
          (block (result i31ref) (br_on_cast 0 anyref i31ref (local.get 1)) drop ref.null i31)
          drop
          (struct.set $s 1 (local.get 0) (i32.const 0))
          (drop (array.new_data $a 0 (i32.const 0) (i32.const 0)))
          (drop (array.new_fixed $a 0))
          (drop (array.new_default $a (i32.const 0)))
          (call_ref $f (ref.null $f))
          (drop (ref.test (ref struct) (local.get 1)))
          (v128.store16_lane offset=6 3 (i32.const 0) (v128.const i64x2 0 0))
          (try_table (catch_all 0)))"""
    )
    kinds = module.module.types
    names = [row.name for row, _, _ in module.plans[0].body]
    steps = prepared(module).steps
    immediates = {name: steps[at][2] for at, name in reversed(list(enumerate(names)))}
    structure = kinds[1].composite
    assert immediates["br_on_cast"] == ((names.index("end") + 1, 1, 0), I31REF)
    assert immediates["struct.set"] == (structure.fields[1], 1)  # type: ignore[union-attr]
    assert immediates["array.new_data"] == (kinds[2], 0)
    assert immediates["array.new_fixed"] == (kinds[2], 0)
    assert immediates["array.new_default"] is kinds[2]
    assert immediates["call_ref"] is kinds[0]
    assert immediates["ref.test"] == ReferenceType(False, STRUCT)
    assert immediates["v128.store16_lane"] == (6, 0, 3)


def test_locals_begin_as_zero_and_null() -> None:
    found = prepared(wat.load(TEXT))
    values: list[object] = []
    for count, zero in found.zeros:
        values += [zero] * count
    assert values == [0, 0, 0.0, 0.0, None]
    assert isinstance(values[2], float)
    assert found.parameters == 2


def test_a_plan_is_prepared_once_and_forgotten_with_its_module() -> None:
    module = wat.load(TEXT)
    assert prepared(module) is prepared(module)
    plan = module.plans[0]
    assert plan in program._programs
    count = len(program._programs)
    del plan, module
    gc.collect()
    assert len(program._programs) < count
