"""Every budget over the operator groups of SIMD and 3.0: what the units pay for has happened.

As test_budget_sweep: the expectation comes from an account kept step by step without a limit. And
what must hold of these groups at any budget: tail calls take no stack, failed calls free theirs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.stepping import account, activations, begin, run, world

PROGRAMS = Path(__file__).parent / "programs_3_0"

RUNS: list[tuple[str, str, list[Any]]] = [
    ("simd", "dot", [33]),
    ("simd", "shapes", [1.5]),
    ("simd", "lanes", [8]),
    ("simd", "lanes", [65_534]),
    ("simd", "relaxed", [3.0]),
    ("tail_calls", "sum", [4, 0]),
    ("tail_calls", "even", [4, 0]),
    ("tail_calls", "even", [3, 0]),
    ("tail_calls", "twice", [2]),
    ("tail_calls", "outside", [2]),
    ("exceptions", "catch", [0, 0]),
    ("exceptions", "catch", [3, 1]),
    ("exceptions", "catch", [1, 2]),
    ("exceptions", "catch", [2, 3]),
    ("exceptions", "again", [0]),
    ("exceptions", "again", [1]),
    ("exceptions", "again", [5]),
    ("exceptions", "uncaught", [0]),
    ("exceptions", "uncaught", [1]),
    ("exceptions", "uncaught", [2]),
    ("function_references", "apply", [0, 7]),
    ("function_references", "apply", [2, 7]),
    ("function_references", "last", [7]),
    ("function_references", "null", [7]),
    ("gc", "trees", [5]),
    ("gc", "arrays", [7]),
    *(("gc", "casts", [which]) for which in range(6)),
    *(("gc", "fail", [which]) for which in range(3)),
    ("memory64", "walk", [0, 24]),
    ("memory64", "walk", [65_520, 65_560]),
    ("memory64", "bulk", [65_510, 1]),
    ("memory64", "bulk", [100, 3]),
    ("memory64", "bulk", [100, (1 << 64) - 1]),
    ("memory64", "table", [1]),
    ("memory64", "table", [9]),
    ("multi_memory", "move", [40, 12]),
    ("multi_memory", "move", [65_530, 12]),
    ("multi_memory", "grow", [2]),
    ("multi_memory", "grow", [9]),
]


def name_of(case: tuple[str, str, list[Any]]) -> str:
    program, function, arguments = case
    return f"{program}.{function}({','.join(map(str, arguments))})"


def module_of(program: str) -> wasm_vm.ValidModule:
    return wat.load((PROGRAMS / f"{program}.wat").read_text())


@pytest.mark.parametrize("case", RUNS, ids=name_of)
def test_every_budget(case: tuple[str, str, list[Any]]) -> None:
    program, function, arguments = case
    module = module_of(program)
    book = account(wasm_vm.instantiate(module), function, arguments)
    assert 0 < book.total < 1000
    for budget in range(book.total + 2):
        limits = wasm_vm.Limits(fuel=budget, slice=(1, 7, 16_384)[budget % 3])
        store = wasm_vm.Store(limits, checkpoint=lambda: None)
        instance = wasm_vm.instantiate(module, store=store)
        machine = begin(instance, function, arguments)
        end, used, state = book.expected(budget)
        assert run(machine) == end, budget
        assert instance.fuel.used == used, budget
        if end.exhausted is None:
            assert world(instance) == state
            assert budget >= book.total
            continue
        assert (world(instance), activations(machine)) == state, budget
        # A machine that ran dry goes on as if nothing had happened.
        instance.fuel.refill(book.total - used)
        assert run(machine) == book.end, budget
        assert instance.fuel.used == book.total
        assert world(instance) == book.state


@pytest.mark.parametrize("case", RUNS[::3], ids=name_of)
def test_unit_by_unit(case: tuple[str, str, list[Any]]) -> None:
    """A run that gets only what the next operator needs ends like one that never waited."""
    program, function, arguments = case
    module = module_of(program)
    book = account(wasm_vm.instantiate(module), function, arguments)
    instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=0))
    machine = begin(instance, function, arguments)
    end = run(machine)
    while end.exhausted is not None:
        instance.fuel.refill(end.exhausted[1])
        end = run(machine)
    assert (end, instance.fuel.used, world(instance)) == (book.end, book.total, book.state)


@pytest.mark.parametrize("case", RUNS[::2], ids=name_of)
def test_the_public_entry_leaves_the_store_clean(case: tuple[str, str, list[Any]]) -> None:
    program, function, arguments = case
    module = module_of(program)
    book = account(wasm_vm.instantiate(module), function, arguments)
    for budget in {0, 1, book.total // 2, book.total - 1, book.total}:
        instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=budget))
        end, used, _ = book.expected(budget)
        kinds = {
            wasm_vm.OutOfFuel: end.exhausted,
            wasm_vm.Trap: end.trap,
            wasm_vm.UncaughtException: end.thrown,
        }
        expected = next((kind for kind, value in kinds.items() if value is not None), None)
        if expected is None:
            instance.function(function).invoke_raw(list(arguments))
        else:
            with pytest.raises(expected) as caught:
                instance.function(function).invoke_raw(list(arguments))
            assert caught.value.backtrace
        assert instance.fuel.used == used
        assert instance.store.slots == instance.store.limits.call_stack
        assert instance.store.reentries == 0


# --- tail calls ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("sum", (1_000_000, 0), 1_000_000 * 1_000_001 // 2 % (1 << 32)),
        ("even", (100_000, 0), 500_000),
    ],
)
def test_tail_calls_take_no_stack(name: str, arguments: tuple[int, ...], result: int) -> None:
    """By name, by table and by reference; there is room for two activations."""
    module = module_of("tail_calls")
    slots = max(plan.slots for plan in module.plans)
    lowest = []

    def note(frame: Any, at: int) -> None:
        if at == 0 and len(lowest) < 2000:
            lowest.append(len(frame.machine.frames))

    store = wasm_vm.Store(wasm_vm.Limits(call_stack=2 * slots), observer=note)
    instance = wasm_vm.instantiate(module, store=store)
    found = instance.invoke(name, *arguments)
    assert found % (1 << 32) == result
    assert set(lowest) == {1}
    assert store.slots == 2 * slots


def test_other_calls_take_it() -> None:
    instance = wat.instance(
        '(func $f (export "f") (call $f) (nop))', limits=wasm_vm.Limits(call_stack=1000)
    )
    with pytest.raises(wasm_vm.Trap) as caught:
        instance.invoke("f")
    assert caught.value.kind is wasm_vm.TrapKind.CALL_STACK
