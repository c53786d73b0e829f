"""A memory in an arena does as any memory, in both engines, and comes back when it has grown."""

from __future__ import annotations

import errno
from typing import Any

import pytest

import wasm_vm
from tests.fuzz.generate import generate
from tests.support import wat
from tests.support.require import require
from tests.wasm_vm.runtime.test_snapshot import check_random_calls, ending, engines, made
from wasm_vm import PAGE_SIZE, Bounds, Engine, LimitExceeded, Limits, Memory, MemoryType
from wasm_vm.runtime.budget import ByteBudget


def provider() -> type[Memory]:
    require("arena")
    from ferrite.plugins.arena_memory import ArenaMemory

    return ArenaMemory


def memory(minimum: int, maximum: int | None = None, **limits: int) -> Any:
    return provider()(MemoryType(Bounds(minimum, maximum)), Limits(**limits))


def in_arena(module: wasm_vm.ValidModule, engine: Engine) -> wasm_vm.Instance:
    from tests.fuzz.compare import IMPORTS

    limits = Limits(fuel=2_000_000, memory_pages=64)
    return wasm_vm.instantiate(module, IMPORTS, limits=limits, engine=engine, memory=provider())


@engines
@pytest.mark.parametrize("number", range(30))
def test_random_modules_do_as_in_other_memories(number: int, engine: Engine) -> None:
    case = generate(f"arena:{number}")
    module = wasm_vm.load(case.binary)
    ours, other = in_arena(module, engine), made(module, engine)
    wasm_vm.Snapshot(ours)
    for call in case.calls:
        assert ending(ours, call.name, call.arguments) == ending(other, call.name, call.arguments)
        for mine, theirs in zip(ours.memories, other.memories, strict=True):
            assert mine.data == theirs.data


@engines
@pytest.mark.parametrize("number", range(30))
def test_after_random_calls_an_instance_is_as_new(number: int, engine: Engine) -> None:
    check_random_calls(generate(f"arena:{number}"), engine, number, in_arena)


def test_growth_is_bounded_and_comes_back() -> None:
    budget = ByteBudget(4 * PAGE_SIZE)
    found = provider()(MemoryType(Bounds(1, 9)), Limits(memory_pages=3), budget)
    found.write(10, b"kept")
    restore = found.save()
    for _ in range(3):
        assert [found.grow(3), found.grow(1), found.grow(1), found.grow(1)] == [-1, 1, 2, -1]
        assert found.read(PAGE_SIZE, 2 * PAGE_SIZE) == bytes(2 * PAGE_SIZE)
        found.write(3 * PAGE_SIZE - 4, b"last")
        found.write(10, b"gone")
        restore()
        assert (found.pages, budget.used) == (1, PAGE_SIZE)
        assert found.read(0, 20) == bytes(10) + b"kept" + bytes(6)
        with pytest.raises(wasm_vm.Trap):
            found.read(PAGE_SIZE, 1)


def test_a_memory_of_no_pages() -> None:
    found = memory(0, 0)
    restore = found.save()
    assert (found.size, found.grow(0), found.grow(1)) == (0, 0, -1)
    restore()
    assert found.read(0, 0) == b""


GROWING = """(memory (export "memory") 1 4)
    (func (export "f") (result i32)
        (i32.store (i32.const 8) (i32.const 1))
        (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 70000) (i32.const 2))
        (i32.add (memory.size) (i32.load (i32.const 70000))))
    (func (export "behind") (result i32) (i32.load (i32.const 70000)))"""


@engines
def test_compiled_code_sees_the_memory_shrink(engine: Engine) -> None:
    instance = wat.instance(GROWING, engine=engine, memory=provider())
    snapshot = wasm_vm.Snapshot(instance)
    for _ in range(3):
        assert instance.invoke("f") == 4
        assert instance.invoke("behind") == 2
        snapshot.restore()
        with pytest.raises(wasm_vm.Trap, match="out of bounds"):
            instance.invoke("behind")


def test_a_host_without_room_is_a_broken_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    from ferrite.native import arena

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    found = memory(1)
    monkeypatch.setattr(arena.Arena, "__init__", full)
    with pytest.raises(LimitExceeded, match="to save 65536 bytes: No space left"):
        found.save()
