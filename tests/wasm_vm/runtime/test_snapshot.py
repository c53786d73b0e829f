"""A restored instance cannot be told from a new one, whatever has run: random modules, all rows."""

from __future__ import annotations

import gc
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import wasm_vm
from tests.fuzz.compare import IMPORTS
from tests.fuzz.generate import Case, generate
from tests.support import wat
from tests.support.instance_state import state_of
from wasm_vm import Engine, Snapshot

ENOUGH = 2_000_000
engines = pytest.mark.parametrize("engine", list(Engine), ids=lambda engine: engine.value)


def made(module: wasm_vm.ValidModule, engine: Engine) -> wasm_vm.Instance:
    limits = wasm_vm.Limits(fuel=ENOUGH, memory_pages=64)
    return wasm_vm.instantiate(module, IMPORTS, limits=limits, engine=engine)


def ending(instance: wasm_vm.Instance, name: str, arguments: Any, fuel: int = ENOUGH) -> Any:
    """How a call ends: results, error, fuel."""
    instance.fuel.refill(fuel)
    before = instance.fuel.used
    why: Any
    try:
        why = instance.invoke_bits(name, *arguments)
        why = [value if isinstance(value, int) else type(value).__name__ for value in why]
    except wasm_vm.Trap as trap:
        why = trap.kind, trap.detail
    except wasm_vm.OutOfFuel:
        why = "fuel"
    except wasm_vm.UncaughtException:
        why = "exception"
    return why, instance.fuel.used - before


def check_random_calls(case: Case, engine: Engine, seed: int, make: Callable[..., Any]) -> None:
    """Some calls with random budgets, a restore; then the state is that of a new instance, and so
    is how the next call ends. `make` gives an instance of a module."""
    chance = Random(seed)
    module = wasm_vm.load(case.binary)
    instance, fresh = make(module, engine), make(module, engine)
    first = state_of(fresh)
    snapshot = Snapshot(instance)
    for _ in range(6):
        for call in chance.sample(case.calls, min(len(case.calls), 2)):
            ending(instance, call.name, call.arguments, chance.choice((7, 200, ENOUGH)))
        snapshot.restore()
        assert state_of(instance) == first
    call = chance.choice(case.calls)
    assert ending(instance, call.name, call.arguments) == ending(fresh, call.name, call.arguments)
    assert state_of(instance) == state_of(fresh)


@engines
@pytest.mark.parametrize("number", range(30))
def test_after_random_calls_an_instance_is_as_new(number: int, engine: Engine) -> None:
    check_random_calls(generate(f"snapshot:{number}"), engine, number, made)


PARTS = """(memory 1 9) (table $t 3 8 funcref) (global $g (mut i64) (i64.const 5))
    (elem $e func $f) (data $d "abc") (elem (table $t) (i32.const 0) func $f)
    (func $f (export "f")
        (i32.store8 (i32.const 9) (i32.const 1))
        (global.set $g (i64.const 6))
        (table.set $t (i32.const 1) (ref.func $f))
        (elem.drop $e) (data.drop $d)
        (drop (memory.grow (i32.const 2)))
        (i32.store8 (i32.const 131072) (i32.const 1))
        (drop (table.grow $t (ref.func $f) (i32.const 2))))"""


@engines
def test_every_part_is_changed_and_comes_back(engine: Engine) -> None:
    instance = wat.instance(PARTS, engine=engine)
    before = state_of(instance)
    snapshot = Snapshot(instance)
    for _ in range(3):
        instance.invoke("f")
        changed = state_of(instance)
        for name in ("memories", "globals", "tables", "elements", "datas", "booked"):
            assert changed[name] != before[name], name
        snapshot.restore()
        assert state_of(instance) == before


OBJECTS = """(type $node (struct (field (mut i32)) (field (mut (ref null $node)))))
    (type $fixed (struct (field i32)))
    (type $row (array (mut i64)))
    (global $head (mut (ref null $node))
        (struct.new $node (i32.const 1) (struct.new $node (i32.const 2) (ref.null $node))))
    (global $row (ref $row) (array.new $row (i64.const 3) (i32.const 4)))
    (global $fixed (ref $fixed) (struct.new $fixed (i32.const 1)))
    (table 1 anyref)
    (func (export "f") (local $new (ref null $node))
        (struct.set $node 0 (struct.get $node 1 (global.get $head)) (i32.const 9))
        (array.set $row (global.get $row) (i32.const 2) (i64.const 9))
        (local.set $new (struct.new $node (i32.const 7) (ref.null $node)))
        (struct.set $node 1 (local.get $new) (local.get $new))
        (struct.set $node 1 (global.get $head) (local.get $new))
        (table.set (i32.const 0) (local.get $new))
        (global.set $head (local.get $new)))
    (func (export "many") (local $i i32)
        (loop $l
            (global.set $head (struct.new $node (i32.const 1) (global.get $head)))
            (br_if $l (i32.lt_u
                (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9000)))))"""


@engines
def test_objects_keep_their_identity_and_get_their_fields_back(engine: Engine) -> None:
    instance = wat.instance(OBJECTS, engine=engine)
    before, used = state_of(instance), instance.store.heap.used
    head = instance.globals[0].raw
    snapshot = Snapshot(instance)
    for export in ("f", "many", "f"):
        instance.invoke(export)
        assert state_of(instance) != before
        snapshot.restore()
        assert state_of(instance) == before
        assert instance.globals[0].raw is head
    gc.collect()
    assert instance.store.heap.used == used


def test_a_table_that_nothing_writes_is_left_alone() -> None:
    instance = wat.instance("""(table 1 funcref) (elem (i32.const 0) func $f) (type $v (func))
        (func $f) (func (export "f") (call_indirect (type $v) (i32.const 0)))""")
    snapshot = Snapshot(instance)
    instance.invoke("f")
    instance.invoke("f")
    snapshot.restore()
    assert not instance.tables[0].written


def test_the_meter_goes_on() -> None:
    instance = wat.instance('(func (export "f"))', limits=wasm_vm.Limits(fuel=10))
    snapshot = Snapshot(instance)
    instance.invoke("f")
    snapshot.restore()
    assert instance.fuel.used == 1
