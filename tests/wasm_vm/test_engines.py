from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import PREAMBLE, one_function
from wasm_vm.engines import Engine, instantiate, load


def test_load_decodes_and_validates() -> None:
    assert load(PREAMBLE).module.size == 8
    with pytest.raises(wasm_vm.Malformed):
        load(b"\0asm")
    with pytest.raises(wasm_vm.Invalid):
        load(one_function(b"\x6a"))
    with pytest.raises(wasm_vm.LimitExceeded):
        load(PREAMBLE, limits=wasm_vm.Limits(module_bytes=7))


def test_load_takes_the_level() -> None:
    two_memories = wat.assemble("(memory 1) (memory 1)")
    load(two_memories)
    with pytest.raises(wasm_vm.Invalid, match="multiple memories"):
        load(two_memories, features=wasm_vm.Features.V2)


@pytest.mark.parametrize("engine", Engine)
def test_instantiate_with_each_engine(engine: Engine) -> None:
    module = wat.load('(func (export "f") (result i32) i32.const 7)')
    assert instantiate(module, engine=engine).invoke("f") == 7
    assert instantiate(module, {}, engine=engine).engine is engine.executor


def test_limits_of_the_instance_or_else_of_the_module() -> None:
    binary = wat.assemble("(memory 1)")
    module = load(binary, limits=wasm_vm.Limits(fuel=5))
    assert instantiate(module).fuel.limit == 5
    assert instantiate(module, limits=wasm_vm.Limits(fuel=9)).fuel.limit == 9
    assert instantiate(module, store=wasm_vm.Store(wasm_vm.Limits(fuel=11))).fuel.limit == 11


def test_instances_of_one_store_share_its_fuel() -> None:
    store = wasm_vm.Store(wasm_vm.Limits(fuel=10))
    module = wat.load('(func (export "f"))')
    first, second = instantiate(module, store=store), instantiate(module, store=store)
    for _ in range(5):
        first.invoke("f")
        second.invoke("f")
    with pytest.raises(wasm_vm.OutOfFuel):
        second.invoke("f")
    assert first.fuel is second.fuel
    assert first.fuel.used == 10


def test_a_memory_provider_makes_the_memories() -> None:
    made = []

    def provide(kind: wasm_vm.MemoryType, limits: wasm_vm.Limits, budget: object) -> wasm_vm.Memory:
        made.append(kind)
        return wasm_vm.Memory(kind, limits)

    instance = instantiate(wat.load("(memory 1 2)"), memory=provide)
    assert made == [wasm_vm.MemoryType(wasm_vm.Bounds(1, 2))]
    assert instance.memory.size == wasm_vm.PAGE_SIZE


def test_everything_public_is_there() -> None:
    assert len(set(wasm_vm.__all__)) == len(wasm_vm.__all__)
    assert all(hasattr(wasm_vm, name) for name in wasm_vm.__all__)
    assert wasm_vm.COST_MODEL == 1
