"""All of an instance's state as plain values that compare: for telling whether two are alike."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import wasm_vm
from tests.fuzz.compare import IMPORTS
from tests.fuzz.generate import Case
from wasm_vm import Engine, Snapshot
from wasm_vm.runtime.function import GuestFunction
from wasm_vm.runtime.heap import ExceptionInstance, HeapObject

ENOUGH = 2_000_000
engines = pytest.mark.parametrize("engine", list(Engine), ids=lambda engine: engine.value)


def state_of(instance: wasm_vm.Instance) -> dict[str, Any]:
    """Everything that a guest could see, and what its store has booked for it."""
    numbers: dict[int, int] = {}

    def plain(value: Any) -> Any:
        """Objects by the order in which they are met, so that identities and cycles compare."""
        if isinstance(value, GuestFunction):
            return "function", value.plan.index
        if not isinstance(value, HeapObject | ExceptionInstance):
            return repr(value)
        if id(value) in numbers:
            return "again", numbers[id(value)]
        numbers[id(value)] = len(numbers)
        return type(value).__name__, [plain(each) for each in value.values]

    store = instance.store
    return {
        "memories": [bytes(memory.data) for memory in instance.memories],
        "globals": [plain(each.raw) for each in instance.globals],
        "tables": [[plain(each) for each in table.elements] for table in instance.tables],
        "elements": [[plain(each) for each in segment] for segment in instance.elements],
        "datas": list(instance.datas),
        "booked": store.budget.used,
        "heap": (store.heap.capacity, store.heap._credit),
        "stack": (store.slots, store.reentries, store.mixed),
    }


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
