from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.interpreter import Frame, Machine
from wasm_vm.interpreter.program import program_of

MODULE = """
(memory 1)
(func $g (param i32) (result i32) (local.get 0))
(func (export "f") (result i32)
  (memory.fill (i32.const 0) (i32.const 1) (i32.const 10))
  (i32.add (call $g (i32.const 4)) (i32.const 1)))
"""


class Notes:
    """What an observer was shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int, str, list[Any], list[Any], int]] = []

    def __call__(self, frame: Frame, at: int) -> None:
        plan = frame.function.plan
        row = plan.body[at][0]
        fuel = frame.machine.meter.used
        assert frame.pc == at
        self.seen.append((plan.index, at, row.name, list(frame.locals), list(frame.stack), fuel))


def observed(text: str, observer: Any, **limits: Any) -> wasm_vm.Instance:
    store = wasm_vm.Store(wasm_vm.Limits(**limits), observer=observer)
    return wasm_vm.instantiate(wat.load(text), store=store)


def test_every_instruction_is_shown_before_it_happens_with_its_fixed_cost_paid() -> None:
    notes = Notes()
    assert observed(MODULE, notes).invoke("f") == 5
    assert notes.seen == [
        (1, 0, "i32.const", [], [], 2),
        (1, 1, "i32.const", [], [0], 3),
        (1, 2, "i32.const", [], [0, 1], 4),
        (1, 3, "memory.fill", [], [0, 1, 10], 5),
        (1, 4, "i32.const", [], [], 16),
        (1, 5, "call", [], [4], 17),
        (0, 0, "local.get", [4], [], 19),
        (0, 1, "end", [4], [4], 19),
        (1, 6, "i32.const", [], [4], 20),
        (1, 7, "i32.add", [], [4, 1], 21),
        (1, 8, "end", [], [5], 21),
    ]


def test_observation_changes_neither_results_nor_fuel() -> None:
    plain, shown = wat.instance(MODULE), observed(MODULE, lambda frame, at: None)
    assert plain.invoke("f") == shown.invoke("f")
    assert plain.fuel.used == shown.fuel.used


def test_who_does_not_observe_runs_the_plan_s_own_program() -> None:
    module = wat.load(MODULE)
    plain = wasm_vm.instantiate(module)
    shown = wasm_vm.instantiate(module, store=wasm_vm.Store(observer=lambda frame, at: None))
    for instance in (plain, shown):
        instance.invoke("f")
    own = program_of(module.plans[0], module.module)
    assert plain.functions[0].program is own  # type: ignore[attr-defined]
    assert shown.functions[0].program is not own  # type: ignore[attr-defined]


def test_the_start_function_is_observed() -> None:
    notes = Notes()
    observed("(func $s (nop)) (start $s)", notes)
    assert [name for _, _, name, *_ in notes.seen] == ["nop", "end"]


def test_what_an_observer_raises_ends_the_run_and_frees_the_stack() -> None:
    class Stop(Exception):
        pass

    def stop(frame: Frame, at: int) -> None:
        if frame.function.plan.index == 0:
            raise Stop

    instance = observed(MODULE, stop)
    with pytest.raises(Stop):
        instance.invoke("f")
    assert instance.store.slots == instance.store.limits.call_stack


def test_an_instruction_that_cannot_pay_the_rest_is_shown_and_has_not_happened() -> None:
    notes = Notes()
    instance = observed(MODULE, notes, fuel=10)
    with pytest.raises(wasm_vm.OutOfFuel) as caught:
        instance.invoke("f")
    assert notes.seen[-1][2] == "memory.fill"
    assert (caught.value.used, instance.fuel.used) == (4, 4)
    assert instance.memory.read(0, 10) == bytes(10)


def test_the_machine_knows_where_an_observed_instruction_stands() -> None:
    traces = []

    def note(frame: Frame, at: int) -> None:
        machine: Machine = frame.machine
        traces.append([each.offset for each in machine.backtrace()])

    instance = observed(MODULE, note)
    instance.invoke("f")
    bodies = [code.body for code in instance.module.module.codes]
    assert traces[6] == [bodies[0][0][2], bodies[1][5][2]]
