"""Every budget from nothing to enough: exactly what the units pay for has happened.

The expectation comes from an account kept step by step without a limit (tests/support/stepping);
for calls back from the host, from the same program without the host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.stepping import End, account, activations, begin, run, world

PROGRAMS = Path(__file__).parent / "programs"

RUNS: list[tuple[str, str, list[Any]]] = [
    ("recursion", "fibonacci", [5]),
    ("recursion", "ackermann", [1, 2]),
    ("recursion", "even", [3]),
    ("loops", "sum", [4]),
    ("loops", "collatz", [6]),
    ("loops", "triangle", [4]),
    ("memory_walk", "widths", [3]),
    ("memory_walk", "reverse", [64, 74]),
    ("memory_walk", "checksum", [65_530, 65_540]),
    ("sieve", "primes", [14]),
    ("dispatch", "apply", [4, 3, 2]),
    ("dispatch", "fold", [3]),
    ("floats32", "harmonic", [4]),
    ("floats64", "mandelbrot", [1.0, 1.0]),
    ("switch", "run", [1, 7]),
    ("switch", "carried", [1]),
    ("bulk_memory", "fill", [65_530, 7, 30]),
    ("bulk_memory", "fill", [131_070, 7, 3]),
    ("bulk_memory", "copy", [500, 10, 16]),
    ("bulk_memory", "drop", [5]),
    ("bulk_table", "init", [6, 1, 3]),
    ("bulk_table", "fill", [3, 4]),
    ("bulk_table", "copy", [3, 2, 5]),
    ("bulk_table", "copy", [6, 2, 5]),
    ("bulk_table", "grow", [3]),
    ("bulk_table", "grow", [30]),
    ("globals", "draw", [2]),
    ("multi_value", "euclid", [12, 18]),
    ("multi_value", "pair", [1, 5]),
    ("hash", "fnv", [0, 3]),
    ("hash", "divide", [1 << 63, 0xFFFF_FFFF_FFFF_FFFF]),
    ("choice", "grade", [80]),
    ("choice", "nothing", [1]),
    ("grow", "touch", [3]),
    ("grow", "grow", [5]),
    ("grow", "grow", [12]),
    ("conversions", "truncate", [3e9]),
    ("quicksort", "sorted", [3, 5]),
    ("failures", "indirect", [0]),
    ("failures", "indirect", [2]),
    ("failures", "fall", [2]),
    ("references", "choose", [0, 3]),
]


def name_of(case: tuple[str, str, list[Any]]) -> str:
    program, function, arguments = case
    return f"{program}.{function}({','.join(map(str, arguments))})"


@pytest.mark.parametrize("case", RUNS, ids=name_of)
def test_every_budget(case: tuple[str, str, list[Any]]) -> None:
    program, function, arguments = case
    module = wat.load((PROGRAMS / f"{program}.wat").read_text())
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
        assert instance.fuel.remaining == budget - used
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


@pytest.mark.parametrize("case", RUNS[::4], ids=name_of)
def test_unit_by_unit(case: tuple[str, str, list[Any]]) -> None:
    """A run that gets only what the next operator needs ends like one that never waited."""
    program, function, arguments = case
    module = wat.load((PROGRAMS / f"{program}.wat").read_text())
    book = account(wasm_vm.instantiate(module), function, arguments)
    instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=0))
    machine = begin(instance, function, arguments)
    end = run(machine)
    while end.exhausted is not None:
        instance.fuel.refill(end.exhausted[1])
        end = run(machine)
    assert (end, instance.fuel.used, world(instance)) == (book.end, book.total, book.state)


@pytest.mark.parametrize("case", RUNS[::3], ids=name_of)
def test_the_public_entry_agrees_and_leaves_the_store_clean(
    case: tuple[str, str, list[Any]],
) -> None:
    program, function, arguments = case
    module = wat.load((PROGRAMS / f"{program}.wat").read_text())
    book = account(wasm_vm.instantiate(module), function, arguments)
    for budget in {0, 1, book.total // 2, book.total - 1, book.total}:
        instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=budget))
        end, used, _ = book.expected(budget)
        kinds = {wasm_vm.OutOfFuel: end.exhausted, wasm_vm.Trap: end.trap}
        expected = next((kind for kind, value in kinds.items() if value is not None), None)
        if expected is None:
            instance.function(function).invoke_raw(list(arguments))
        else:
            with pytest.raises(expected):
                instance.function(function).invoke_raw(list(arguments))
        assert instance.fuel.used == used
        assert instance.store.slots == instance.store.limits.call_stack
        assert instance.store.reentries == 0


INNER = """
(memory (export "memory") 1)
(global $g (mut i32) (i32.const 0))
(func $inner (export "inner")
  (i32.store (i32.const 8) (i32.const 5))
  (memory.fill (i32.const 100) (i32.const 1) (i32.const 6))
  (global.set $g (i32.add (global.get $g) (i32.const 1))))
(func (export "outer")
  (i32.store (i32.const 0) (i32.const 1))
  (call $step)
  (i32.store (i32.const 4) (i32.const 2))
  (call $step))
"""


def test_calls_back_from_the_host_cost_what_the_direct_call_costs() -> None:
    @wasm_vm.host_function
    def step(caller: wasm_vm.Caller) -> None:
        caller.instance.invoke("inner")

    imported = f'(import "env" "step" (func $step)) {INNER}'
    module, direct = wat.load(imported), wat.load(INNER.replace("call $step", "call $inner"))
    book = account(wasm_vm.instantiate(direct), "outer", [])
    for budget in range(book.total + 1):
        instance = wasm_vm.instantiate(
            module, {"env": {"step": step}}, limits=wasm_vm.Limits(fuel=budget)
        )
        end, used, state = book.expected(budget)
        assert run(begin(instance, "outer", [])) == end, budget
        assert instance.fuel.used == used
        assert world(instance) == (state if end.exhausted is None else state[0])
        assert instance.store.reentries == 0


def test_a_host_function_that_raises() -> None:
    class Broken(Exception):
        pass

    @wasm_vm.host_function
    def step(caller: wasm_vm.Caller) -> None:
        seen.append(caller.fuel.used)
        caller.fuel.charge(3)
        raise Broken

    module = wat.load(f'(import "env" "step" (func $step)) {INNER}')
    for budget in range(12):
        seen: list[int] = []
        instance = wasm_vm.instantiate(
            module, {"env": {"step": step}}, limits=wasm_vm.Limits(fuel=budget)
        )
        # Entry, two constants, the store and the call are paid; then the host's own three units.
        expected = Broken if budget >= 8 else wasm_vm.OutOfFuel
        with pytest.raises(expected):
            instance.invoke("outer")
        assert instance.fuel.used == (8 if budget >= 8 else min(budget, 5))
        assert seen == ([5] if budget >= 5 else [])
        assert instance.memory.read(0, 1) == (b"\1" if budget >= 4 else b"\0")
        assert instance.store.slots == instance.store.limits.call_stack


def test_the_start_function_is_billed_under_the_budget() -> None:
    module = wat.load(
        """(memory (export "memory") 1) (data (i32.const 0) "a") (global i32 (i32.const 1))
        (start $s) (func $s (i32.store8 (i32.const 1) (i32.const 66)))"""
    )
    for budget in range(4):
        with pytest.raises(wasm_vm.OutOfFuel) as caught:
            wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=budget))
        assert caught.value.used == budget
        assert caught.value.needed == 1
    instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=4))
    assert instance.fuel.used == 4
    assert instance.memory.read(0, 2) == b"aB"


def test_limits_decide_before_fuel_whether_memory_grows() -> None:
    module = wat.load(
        """(memory 1 4) (func (export "f") (param i32) (result i32)
        (memory.grow (local.get 0)))"""
    )
    for budget, pages, end in (
        (3, 9, End(results=("4294967295",))),
        (3, 1, End(exhausted=(2, 2))),
        (4, 1, End(results=("1",))),
        (2, 9, End(exhausted=(2, 1))),
        (5, 3, End(exhausted=(2, 4))),
    ):
        instance = wasm_vm.instantiate(module, limits=wasm_vm.Limits(fuel=budget))
        assert run(begin(instance, "f", [pages])) == end
        assert instance.memory.pages == (2 if end == End(results=("1",)) else 1)
