from __future__ import annotations

import gc
from collections import deque
from random import Random
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import OutOfFuel, Trap, TrapKind
from wasm_vm.runtime import heap_budget
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.runtime.heap_budget import STEP, HeapBudget


class Collector:
    """Stands for Python's own: frees what a test says is garbage, and counts."""

    def __init__(self) -> None:
        self.runs = 0
        self.garbage = 0
        self.budget: HeapBudget | None = None

    def collect(self) -> int:
        self.runs += 1
        if self.budget is not None:
            self.budget.give_back(self.garbage)
            self.garbage = 0
        return 0


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Collector:
    stand_in = Collector()
    monkeypatch.setattr(heap_budget, "gc", stand_in)
    return stand_in


def made(limit: int, collector: Collector | None = None) -> HeapBudget:
    budget = HeapBudget(ByteBudget(limit))
    if collector is not None:
        collector.budget = budget
    return budget


def test_the_first_object_books_a_step_and_needs_no_collector(collector: Collector) -> None:
    shared = ByteBudget(10 * STEP)
    budget = HeapBudget(shared)
    budget.reserve(100)
    assert collector.runs == 0
    assert (budget.used, budget.capacity, shared.used) == (100, STEP, STEP)
    budget.give_back(100)
    assert (budget.used, shared.used) == (0, STEP)


def test_living_objects_make_it_grow_by_as_much_again() -> None:
    budget = made(100 * STEP)
    for _ in range(1000):
        budget.reserve(STEP // 100)
    assert budget.used == 1000 * (STEP // 100)
    assert budget.capacity == 16 * STEP
    assert budget.used <= budget.capacity * 3 // 4 + budget.capacity // 4


def test_three_quarters_of_the_bytes_are_for_living_objects() -> None:
    budget = made(1_000_000)
    for _ in range(750):
        budget.reserve(1000)
    with pytest.raises(Trap) as caught:
        deque(map(budget.reserve, [1000] * 251))
    assert caught.value.kind is TrapKind.ALLOCATION
    assert budget.used <= 1_000_000
    assert "1000 bytes for an object" in str(caught.value)


@pytest.mark.parametrize("size", [1 << 20, 1 << 50])
def test_an_object_that_can_never_fit_traps_without_a_collection(
    size: int, collector: Collector
) -> None:
    with pytest.raises(Trap):
        made((1 << 20) - 1, collector).reserve(size)
    assert collector.runs == 0


def test_the_trap_does_not_tell_when_python_has_collected(collector: Collector) -> None:
    texts = set()
    for freed in (0, 1000):
        budget = made(1_000_000)
        budget.reserve(1000)
        budget.give_back(freed)
        with pytest.raises(Trap) as caught:
            budget.reserve(1_000_001)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_garbage_in_cycles_never_makes_a_guest_trap(collector: Collector) -> None:
    budget = made(1_000_000, collector)
    for _ in range(100_000):
        budget.reserve(1000)
        collector.garbage += 1000
        assert budget.used <= 1_000_000


@pytest.mark.parametrize("living", [0, 500_000, 740_000])
def test_the_collector_runs_once_in_a_quarter_of_the_capacity(
    living: int, collector: Collector
) -> None:
    budget = made(1_000_000, collector)
    if living:
        budget.reserve(living)
    before, objects = collector.runs, 20_000
    for _ in range(objects):
        budget.reserve(100)
        collector.garbage += 100
    assert 1 <= collector.runs - before <= objects * 100 // (1_000_000 // 4) + 1


def test_objects_that_go_at_once_need_no_collector(collector: Collector) -> None:
    budget = made(1_000_000, collector)
    for _ in range(100_000):
        budget.reserve(1000)
        budget.give_back(1000)
    assert collector.runs <= 1


def test_when_python_collects_makes_no_difference() -> None:
    """Growth and traps are the same whether garbage is freed at once, late, or when asked."""

    def run(seed: int, eager: float) -> tuple[list[int], int | None]:
        chance, timing = Random(seed), Random(eager)
        collector = Collector()
        budget = made(1_000_000, collector)
        original, heap_budget.gc = heap_budget.gc, collector  # type: ignore[attr-defined]
        capacities, living = [], []
        try:
            for number in range(4000):
                size = chance.choice((100, 1000, 20_000))
                try:
                    budget.reserve(size)
                except Trap:
                    return capacities, number
                capacities.append(budget.capacity)
                living.append(size)
                if len(living) > chance.randint(20, 40 + 4 * seed):
                    collector.garbage += living.pop(chance.randrange(len(living)))
                if timing.random() < eager:
                    collector.collect()
        finally:
            heap_budget.gc = original  # type: ignore[attr-defined]
        return capacities, None

    ends = set()
    for seed in range(30):
        first = run(seed, 0.0)
        assert run(seed, 1.0) == first
        assert run(seed, 0.3) == first
        ends.add(first[1] is None)
    assert ends == {True, False}


def test_an_object_that_was_not_made_leaves_no_trace() -> None:
    tried, never = made(100_000), made(100_000)
    for budget in (tried, never):
        budget.reserve(500)
    tried.reserve(3000)
    tried.cancel(3000)
    for budget in (tried, never):
        for _ in range(20):
            budget.reserve(3000)
    assert (tried.used, tried.capacity) == (never.used, never.capacity)


def test_memories_and_objects_share_the_bytes_of_a_store() -> None:
    instance = wat.instance(
        """(memory 1 100) (type $a (array i8)) (global $g (mut (ref null $a)) (ref.null $a))
           (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
           (func (export "hold") (param i32)
             (global.set $g (array.new_default $a (local.get 0))))""",
        limits=wasm_vm.Limits(total_bytes=20 * 65_536),
    )
    assert instance.invoke("grow", 9) == 1
    instance.invoke("hold", 1000)
    assert instance.store.budget.used == 20 * 65_536, "the heap has booked all that was left"
    assert instance.invoke("grow", 1) == -1
    instance.invoke("hold", 30_000)
    with pytest.raises(Trap) as caught:
        instance.invoke("hold", 60_000)
    assert caught.value.kind is TrapKind.ALLOCATION


def test_running_dry_and_going_on_books_an_array_once() -> None:
    from wasm_vm.interpreter import Machine

    instance = wat.instance(
        """(type $a (array i64)) (global $g (mut (ref null $a)) (ref.null $a))
           (func (export "f") (global.set $g (array.new_default $a (i32.const 1000))))""",
        limits=wasm_vm.Limits(fuel=10),
    )
    machine = Machine(instance.store)
    function: Any = instance.function("f")
    machine.enter(function, [])
    for _ in range(5):
        with pytest.raises(OutOfFuel):
            machine.run()
        assert instance.store.heap.used == 0
    instance.fuel.refill(2000)
    machine.run()
    held: Any = instance.globals[0].raw
    assert instance.store.heap.used == held._size
    gc.collect()
    assert instance.store.heap.used == held._size


def test_what_was_saved_comes_back() -> None:
    shared = ByteBudget(1 << 30)
    budget = HeapBudget(shared)
    restore = budget.save()
    for _ in range(2):
        budget.reserve(5 * STEP)
        budget.give_back(5 * STEP)
        restore()
        assert (budget.capacity, budget.used, shared.used) == (0, 0, 0)
