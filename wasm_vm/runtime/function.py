"""Functions (spec 4.2.6) and the one calling convention: raw arguments in, raw results out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from wasm_vm.runtime.values import (
    arguments_to_raw,
    from_bits,
    from_raw,
    results_as,
    to_bits,
    to_raw,
)
from wasm_vm.types import DefinedType, FunctionType, define_function
from wasm_vm.validation import FunctionPlan

if TYPE_CHECKING:
    from wasm_vm.runtime.instance import Instance


class Function:
    """A function that a table can hold, a module can import and an embedder can call.

    defined: its type, canonical; what indirect calls and casts look at.
    """

    __slots__ = ("defined", "name", "type")

    def __init__(self, kind: FunctionType, defined: DefinedType, name: str) -> None:
        self.type = kind
        self.defined = defined
        self.name = name

    def invoke_raw(self, arguments: list[Any]) -> Sequence[Any]:
        """Call with raw values; raises Trap, OutOfFuel, or what a host function raises."""
        raise NotImplementedError

    def __call__(self, *arguments: Any) -> Any:
        """Call with public values; one result as a value, several as a tuple, none as None.

        Raises BadCall where the arguments do not fit, Trap, OutOfFuel, or what a host function
        raises.
        """
        raw = arguments_to_raw(self.name, self.type.parameters, arguments, to_raw)
        results = results_as(self.type.results, self.invoke_raw(raw), from_raw)
        if len(results) == 1:
            return results[0]
        return results or None

    def invoke_bits(self, *arguments: Any) -> tuple[Any, ...]:
        """Call with unsigned bit patterns and get them, so that a NaN keeps every bit."""
        raw = arguments_to_raw(self.name, self.type.parameters, arguments, from_bits)
        return results_as(self.type.results, self.invoke_raw(raw), to_bits)


class GuestFunction(Function):
    """A function of an instance.

    program: what the reference engine made of the plan; made at the first call.
    """

    __slots__ = ("instance", "plan", "program")

    def __init__(self, plan: FunctionPlan, instance: Instance) -> None:
        super().__init__(plan.type, plan.defined, plan.name or f"function {plan.index}")
        self.plan = plan
        self.instance = instance
        self.program: Any = None

    def invoke_raw(self, arguments: list[Any]) -> Sequence[Any]:
        """Run it in the instance's engine."""
        return self.instance.engine.invoke(self, arguments)


class Caller:
    """What a host function may ask of the instance that called it."""

    __slots__ = ("instance",)

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    @property
    def memory(self) -> Any:
        """The caller's memory; raises BadCall where it has none."""
        return self.instance.memory

    @property
    def fuel(self) -> Any:
        """The caller's meter."""
        return self.instance.store.meter


class HostFunction(Function):
    """A function of the embedder.

    code: takes the caller and raw arguments, gives raw results.
    """

    __slots__ = ("code", "python")

    def __init__(
        self,
        kind: FunctionType,
        name: str,
        code: Callable[[Caller | None, list[Any]], Sequence[Any]],
        python: Callable[..., Any],
    ) -> None:
        super().__init__(kind, define_function(kind), name)
        self.code = code
        self.python = python

    def invoke_raw(self, arguments: list[Any]) -> Sequence[Any]:
        """Call it from the embedder itself, without a guest in between."""
        return self.code(None, arguments)

    def call_from(self, caller: Instance, arguments: list[Any]) -> Sequence[Any]:
        """Call it from a guest: counted on the call stack, because it may call back."""
        store = caller.store
        store.enter_host()
        try:
            return self.code(caller.caller, arguments)
        finally:
            store.leave_host()
