"""The fast engine: a function body becomes the source of a Python function, exact to the unit.

Rule: whatever cannot be compiled, and whatever runs while fuel may run out, is run by the reference
engine, from the same instruction on; so both agree on every outcome and every unit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

from wasm_vm.compiler.function import CompiledCode
from wasm_vm.compiler.library import Library
from wasm_vm.compiler.room import call_with_room
from wasm_vm.compiler.unit import Unit
from wasm_vm.compiler.views import SUPPORTED
from wasm_vm.limits import ACTIVATION_SLOTS, MIXED_RUNS
from wasm_vm.runtime import GuestFunction, Instance
from wasm_vm.runtime.engine import Entry, Executor, Progress, Statistics
from wasm_vm.validation import FunctionPlan, ValidModule

__all__ = ["CompiledEngine"]

_PYTHON_FRAMES = 20_000
"""Frames for the embedder and for what a guest's activations call."""


class CompiledEngine:
    """Runs guest functions as Python functions.

    A function without a loop is compiled at its second call, as its first one is over before it
    would be compiled; one with a loop at its first, as that might be the only one.
    """

    def __init__(self, reference: Executor) -> None:
        self.reference = reference
        self.library = Library()
        self._called: WeakSet[FunctionPlan] = WeakSet()

    def invoke(self, function: GuestFunction, arguments: list[Any]) -> Sequence[Any]:
        """See `wasm_vm.runtime.Executor`."""
        store = function.instance.store
        entry = function.entry
        if entry is None:
            if not SUPPORTED or store.observer is not None:
                return self.reference.invoke(function, arguments)
            entry = self.unit(function.instance).entry(function)
        free = store.slots
        try:
            if store.roomy:
                answer = call_with_room(store, entry, arguments, free)
            else:
                answer = entry(*arguments, free)
        finally:
            store.slots = free
        count = len(function.type.results)
        if count == 1:
            return (answer,)
        return answer if count else ()

    def resume(
        self,
        function: GuestFunction,
        at: int,
        values: list[Any],
        operands: list[Any],
        mixed: bool = False,
    ) -> Sequence[Any]:
        """See `wasm_vm.runtime.Executor`."""
        return self.reference.resume(function, at, values, operands, mixed)

    def entry(self, function: GuestFunction, /) -> Entry | None:
        """See `wasm_vm.runtime.Executor`."""
        if function.entry_type is None:
            if self._is_cold(function):
                return None
            self.unit(function.instance).link(function)
        return function.entry

    def _is_cold(self, function: GuestFunction) -> bool:
        """True where a call should not wait for the compiler; for each function only once."""
        plan = function.plan
        if plan in self._called or self.library.has(function.instance.module, plan):
            return False
        self._called.add(plan)
        return not plan.loops and function.instance.store.mixed < MIXED_RUNS

    def operator(self, function: GuestFunction, at: int) -> Any:
        """See `wasm_vm.runtime.Executor`."""
        return self.reference.operator(function, at)

    def unit(self, instance: Instance) -> Unit:
        """The generated code of an instance."""
        if instance.unit is None:
            frames = instance.store.limits.call_stack // ACTIVATION_SLOTS + _PYTHON_FRAMES
            if sys.getrecursionlimit() < frames:
                sys.setrecursionlimit(frames)
            instance.unit = Unit(instance, self._code, self.reference)
        unit: Unit = instance.unit
        return unit

    def prepare(self, module: ValidModule, progress: Progress | None) -> None:
        """See `wasm_vm.runtime.Executor`."""
        plans = module.plans
        for done, plan in enumerate(plans, 1):
            self.library.code(module, plan)
            if progress is not None:
                progress(done, len(plans))
        self.library.flush()

    def statistics(self, instance: Instance) -> Statistics:
        """See `wasm_vm.runtime.Executor`."""
        plans = instance.module.plans
        compiled = sum(plan in self.library for plan in plans)
        reasons = self.library.left_out
        left_out = {plan.index: reasons[plan] for plan in plans if plan in reasons}
        return Statistics(compiled, left_out, len(plans) - compiled - len(left_out))

    def _code(self, function: GuestFunction) -> CompiledCode | None:
        return self.library.code(function.instance.module, function.plan)
