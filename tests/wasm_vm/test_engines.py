from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import wasm_vm
from tests.support import wat
from tests.support.binaries import PREAMBLE, one_function
from wasm_vm.engines import Engine, instantiate, load
from wasm_vm.validation import function


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


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[None]:
    wasm_vm.use_code_cache(wasm_vm.CodeCache(tmp_path))
    yield
    wasm_vm.use_code_cache(None)


SAMPLE = """(func (export "f") (param i32) (result i32) (local i64)
    (block (br_if 0 (local.get 0)) (return (i32.const 3)))
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))"""


@pytest.mark.usefixtures("cache")
def test_a_known_module_is_looked_at_later_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    binary = wat.assemble(SAMPLE)
    first = load(binary)
    checked = []
    check = function._check
    monkeypatch.setattr(function, "_check", lambda *given: checked.append(1) or check(*given))
    second = load(binary)
    assert not checked
    assert second.plans[0].findings == first.plans[0].findings
    assert second.plans[0].local_count == 1
    assert checked == [1]
    assert second.module.codes == first.module.codes
    assert [instantiate(load(binary)).invoke("f", number) for number in (0, 1)] == [3, 1]


@pytest.mark.usefixtures("cache")
def test_an_invalid_module_is_never_known() -> None:
    for _ in range(2):
        with pytest.raises(wasm_vm.Invalid):
            load(one_function(b"\x6a"))


def test_prepare_takes_a_module() -> None:
    module = wat.load(SAMPLE)
    seen: list[tuple[int, int]] = []
    wasm_vm.prepare(module, progress=lambda *numbers: seen.append(numbers))
    assert seen == [(1, 1)]
    assert instantiate(module).statistics().compiled == 1
    wasm_vm.prepare(module, engine=Engine.REFERENCE)
