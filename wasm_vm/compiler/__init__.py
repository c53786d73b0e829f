"""The fast engine: a function body becomes the source of a Python function, exact to the unit.

Rule: whatever cannot be compiled, and whatever runs while fuel may run out, is run by the reference
engine, from the same instruction on; so both agree on every outcome and every unit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from wasm_vm.compiler.function import CompiledCode, compile_function
from wasm_vm.compiler.unit import Unit
from wasm_vm.compiler.views import SUPPORTED
from wasm_vm.compiler.writer import Unsupported
from wasm_vm.limits import ACTIVATION_SLOTS
from wasm_vm.runtime import GuestFunction, Instance
from wasm_vm.runtime.engine import Executor, Statistics
from wasm_vm.validation import FunctionPlan, ValidModule

__all__ = ["CompiledEngine"]

_PYTHON_FRAMES = 20_000
"""Frames for the embedder and for what a guest's activations call."""


class CompiledEngine:
    """Runs guest functions as Python functions.

    left_out: functions that the reference engine runs, with the reason.
    """

    def __init__(self, reference: Executor) -> None:
        self.reference = reference
        self.left_out: WeakKeyDictionary[FunctionPlan, str] = WeakKeyDictionary()
        self._codes: WeakKeyDictionary[FunctionPlan, CompiledCode] = WeakKeyDictionary()

    def invoke(self, function: GuestFunction, arguments: list[Any]) -> Sequence[Any]:
        """See `wasm_vm.runtime.Executor`."""
        if not SUPPORTED:
            return self.reference.invoke(function, arguments)
        store = function.instance.store
        free = store.slots
        entry = function.entry or self.unit(function.instance).entry(function)
        try:
            answer = entry(*arguments, free)
        finally:
            store.slots = free
        results = function.type.results
        if len(results) == 1:
            return (answer,)
        return answer if results else ()

    def resume(
        self, function: GuestFunction, at: int, values: list[Any], operands: list[Any]
    ) -> Sequence[Any]:
        """See `wasm_vm.runtime.Executor`."""
        return self.reference.resume(function, at, values, operands)

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

    def prepare(self, instance: Instance, progress: Callable[[int, int], None] | None) -> None:
        """See `wasm_vm.runtime.Executor`."""
        plans = instance.module.plans
        for done, plan in enumerate(plans, 1):
            self._code_of(instance.module, plan)
            if progress is not None:
                progress(done, len(plans))

    def statistics(self, instance: Instance) -> Statistics:
        """See `wasm_vm.runtime.Executor`."""
        plans = instance.module.plans
        compiled = sum(plan in self._codes for plan in plans)
        left_out = {plan.index: self.left_out[plan] for plan in plans if plan in self.left_out}
        return Statistics(compiled, left_out, len(plans) - compiled - len(left_out))

    def _code(self, function: GuestFunction) -> CompiledCode | None:
        return self._code_of(function.instance.module, function.plan)

    def _code_of(self, module: ValidModule, plan: FunctionPlan) -> CompiledCode | None:
        """The code of a function, made once; None where the reference engine runs it."""
        code = self._codes.get(plan)
        if code is None and plan not in self.left_out:
            try:
                code = compile_function(module, plan)
                self._codes[plan] = code
            except Unsupported as error:
                self.left_out[plan] = str(error)
        return code
