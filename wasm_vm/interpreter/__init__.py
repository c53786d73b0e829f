"""The reference engine: chapter 4 of the specification in Python, one handler per instruction.

Its speed matters less than its clarity; every other engine must agree with it to the unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wasm_vm.interpreter.machine import Frame, Machine, prepared
from wasm_vm.interpreter.program import program_of
from wasm_vm.limits import MIXED_RUNS
from wasm_vm.runtime import GuestFunction, Instance
from wasm_vm.runtime.engine import Entry, Progress, Statistics
from wasm_vm.validation import ValidModule

__all__ = ["REFERENCE", "Frame", "Machine", "ReferenceEngine"]


class ReferenceEngine:
    """Runs guest functions one instruction at a time."""

    def invoke(self, function: GuestFunction, arguments: list[Any]) -> Sequence[Any]:
        """See `wasm_vm.runtime.Executor`."""
        machine = Machine(function.instance.store)
        try:
            machine.enter(function, arguments)
            return machine.run()
        finally:
            machine.unwind()

    def resume(
        self,
        function: GuestFunction,
        at: int,
        values: list[Any],
        operands: list[Any],
        mixed: bool = False,
    ) -> Sequence[Any]:
        """See `wasm_vm.runtime.Executor`."""
        store = function.instance.store
        mixed = mixed and store.mixed < MIXED_RUNS
        machine = Machine(store, mixed)
        store.mixed += mixed
        try:
            machine.push(function, at, values, operands)
            return machine.run()
        finally:
            machine.unwind()
            store.mixed -= mixed

    def entry(self, _: GuestFunction, /) -> Entry | None:
        """See `wasm_vm.runtime.Executor`."""
        return None

    def operator(self, function: GuestFunction, at: int) -> tuple[Any, Any, Any]:
        """See `wasm_vm.runtime.Executor`."""
        program = prepared(function)
        handler, _, immediate = program.steps[at]
        frame = Frame(Machine(function.instance.store), function, program, [])
        return handler, immediate, frame

    def prepare(self, module: ValidModule, progress: Progress | None) -> None:
        """See `wasm_vm.runtime.Executor`."""
        plans = module.plans
        for done, plan in enumerate(plans, 1):
            program_of(plan, module.module)
            if progress is not None:
                progress(done, len(plans))

    def statistics(self, instance: Instance) -> Statistics:
        """See `wasm_vm.runtime.Executor`."""
        return Statistics(0, {}, len(instance.module.plans))


REFERENCE = ReferenceEngine()
