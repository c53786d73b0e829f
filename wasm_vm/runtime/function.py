"""Functions (spec 4.2.6) and the one calling convention: raw arguments in, raw results out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import call
from typing import TYPE_CHECKING, Any

from wasm_vm.runtime.values import (
    arguments_to_raw,
    from_bits,
    public_converter,
    raw_converter,
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

    defined: its type, canonical; what indirect calls and casts look at. entry: what generated code
    calls, with raw arguments and the free slots of the call stack; entry_type: `defined` where
    that may be called as it is.
    """

    __slots__ = ("_from_raw", "_to_raw", "defined", "entry", "entry_type", "name", "type")

    def __init__(self, kind: FunctionType, defined: DefinedType, name: str) -> None:
        self.type = kind
        self.defined = defined
        self.name = name
        self.entry: Callable[..., Any] | None = None
        self.entry_type: DefinedType | None = None
        self._to_raw: tuple[Callable[[Any], Any], ...] | None = None
        self._from_raw: tuple[Callable[[Any], Any], ...] = ()

    def invoke_raw(self, arguments: list[Any]) -> Sequence[Any]:
        """Call with raw values; raises Trap, OutOfFuel, or what a host function raises."""
        raise NotImplementedError

    def __call__(self, *arguments: Any) -> Any:
        """Call with public values; one result as a value, several as a tuple, none as None.

        Raises BadCall where the arguments do not fit, Trap, OutOfFuel, or what a host function
        raises.
        """
        if self._to_raw is None:
            self._to_raw = tuple(map(raw_converter, self.type.parameters))
            self._from_raw = tuple(map(public_converter, self.type.results))
        try:
            if len(arguments) != len(self._to_raw):
                raise TypeError
            raw = list(map(call, self._to_raw, arguments))
        except (TypeError, ValueError):  # the slow way says which argument is wrong
            raw = arguments_to_raw(self.name, self.type.parameters, arguments, to_raw)
        results = self.invoke_raw(raw)
        if len(results) == 1:
            return self._from_raw[0](results[0])
        return tuple(map(call, self._from_raw, results)) or None

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

    code: takes the caller and raw arguments, gives raw results. leaf: for a function that never
    calls into a guest and has at most one result, what generated code may call in place of `code`:
    made for a caller, it takes the raw arguments each by itself, and behind them a number that
    it ignores, and gives None or the raw result. Such a function weighs nothing on the call stack.
    """

    __slots__ = ("code", "leaf", "python")

    def __init__(
        self,
        kind: FunctionType,
        name: str,
        code: Callable[[Caller | None, list[Any]], Sequence[Any]],
        python: Callable[..., Any],
        leaf: Callable[[Caller], Callable[..., Any]] | None = None,
    ) -> None:
        super().__init__(kind, define_function(kind), name)
        self.code = code
        self.python = python
        self.leaf = leaf

    def invoke_raw(self, arguments: list[Any]) -> Sequence[Any]:
        """Call it from the embedder itself, without a guest in between."""
        return self.code(None, arguments)

    def call_from(self, caller: Instance, arguments: list[Any]) -> Sequence[Any]:
        """Call it from a guest: counted on the call stack where it may call back."""
        if self.leaf is not None:
            return self.code(caller.caller, arguments)
        store = caller.store
        store.enter_host()
        try:
            return self.code(caller.caller, arguments)
        finally:
            store.leave_host()
