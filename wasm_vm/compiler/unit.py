"""A unit: the generated functions of one instance and the names that they use.

Functions are compiled when they are first called; until then a stub of the same arity stands in
their place. All arities are fixed, because a call with *arguments would use the C stack.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import sqrt
from types import CellType, CodeType, FunctionType
from typing import Any, NoReturn

from wasm_vm.compiler import room
from wasm_vm.compiler.function import CompiledCode
from wasm_vm.compiler.views import STRUCTS, Namespace, views_of
from wasm_vm.errors import Traced, Trap, TrapKind, UncaughtException
from wasm_vm.instructions.meaning import NAMESPACE
from wasm_vm.limits import HOST_CALL_SLOTS
from wasm_vm.matching import heap_matches
from wasm_vm.numeric import CANONICAL_NAN
from wasm_vm.runtime import ExceptionInstance, Function, GuestFunction, HostFunction, Instance, Tag
from wasm_vm.runtime.engine import Entry, packed
from wasm_vm.runtime.heap import is_of_type, new_exception
from wasm_vm.types import DefinedType


class TailCall:
    """What a function with tail calls answers: call this in my place."""

    __slots__ = ("thunk",)

    def __init__(self, thunk: Callable[[], Any]) -> None:
        self.thunk = thunk


_makers: dict[tuple[str, int], Callable[..., Entry]] = {}

_HOST = (
    "def make(code, caller, store, most, slots, exhausted):\n def host({{p}}d):\n"
    "  if d < slots or store.reentries >= most: exhausted()\n"
    "  store.slots = d - slots\n  store.reentries += 1\n"
    "  try: {result}code(caller, [{{p}}]){first}\n"
    "  finally:\n   store.slots = d\n   store.reentries -= 1\n return host"
)
"""What HostFunction.call_from does, in one step."""

_TEMPLATES = {
    "host_none": _HOST.format(result="", first=""),
    "host_one": _HOST.format(result="return ", first="[0]"),
    "host": _HOST.format(result="return tuple(", first=")"),
    "stub": "def make(LINK, who):\n def stub({p}d):\n  return LINK(who)({p}d)\n return stub",
    "reference": "def make(RUN, who):\n def run({p}d):\n  return RUN(who, [{p}], d)\n return run",
    "trampoline": (
        "def make(body, TailCall):\n def entry({p}d):\n  result = body({p}d)\n"
        "  while result.__class__ is TailCall: result = result.thunk()\n"
        "  return result\n return entry"
    ),
    "jump": (
        "def make(TailCall, _):\n def jump(callee, {p}d):\n"
        "  return TailCall(lambda: callee({p}d))\n return jump"
    ),
    "less": (
        "def make(callee, slots):\n def less({p}d):\n  return callee({p}d - slots)\n return less"
    ),
}


def fixed(template: str, arity: int, *arguments: Any) -> Entry:
    """A function of fixed arity made from one of the templates; no text comes from a guest."""
    make = _makers.get((template, arity))
    if make is None:
        parameters = "".join(f"l{index}, " for index in range(arity))
        scope: dict[str, Any] = {}
        exec(_TEMPLATES[template].format(p=parameters), scope)
        make = _makers[template, arity] = scope["make"]
    return make(*arguments)


def _unreachable() -> NoReturn:
    raise Trap(TrapKind.UNREACHABLE)


def _exhausted() -> NoReturn:
    raise Trap(TrapKind.CALL_STACK)


def _throw_again(exception: ExceptionInstance | None) -> NoReturn:
    if exception is None:
        raise Trap(TrapKind.NULL_EXCEPTION)
    raise UncaughtException(exception)


_COMMON: dict[str, Any] = {
    **NAMESPACE,
    **STRUCTS,
    "sqrt": sqrt,
    "NAN": CANONICAL_NAN,
    "BYTES": tuple(bytes((value,)) for value in range(256)),
    "UNREACHABLE": _unreachable,
    "EXHAUSTED": _exhausted,
    "DEEP": room.note,
    "THROW_AGAIN": _throw_again,
    "UNCAUGHT": UncaughtException,
    "IS_OF_TYPE": is_of_type,
    "TRAPS": (
        Traced,
        IndexError,
        struct.error,
        AttributeError,
        ZeroDivisionError,
        OverflowError,
    ),
}


class Unit:
    """The generated code of an instance.

    code: gives the compiled code of a function, or None where the reference tier runs it.
    """

    def __init__(
        self,
        instance: Instance,
        code: Callable[[GuestFunction], CompiledCode | None],
        reference: Any,
    ) -> None:
        self.instance = instance
        self.store = instance.store
        self.meter = instance.store.meter
        self.code_of = code
        self.reference = reference
        self.codes: dict[int, CompiledCode] = {}
        self.bodies: dict[int, Entry] = {}
        self.operators: dict[tuple[int, int], Any] = {}
        self.namespace = Namespace()
        self.cells: tuple[CellType, CellType] = (self.meter.fuel, self.store.shallow)
        room.watch(self.store)
        self.namespace.names.update(_COMMON)
        self.namespace.names.update(
            R=memoryview(bytearray(4)).cast("f"),
            REFILL=self.refill,
            DEOPT=self.deoptimise,
            STORE=self.store,
            FAULT=self.fault,
            STEP=self.step,
            THROW=self.throw,
            RESOLVE=self.resolve,
            TAIL=self.tail,
        )

    def throw(self, tag: Tag, values: list[Any]) -> NoReturn:
        """Throw an exception of raw values; raises Trap where its bytes do not fit."""
        raise UncaughtException(new_exception(tag, values, self.store.heap))

    # --- linking ----------------------------------------------------------------------------

    def entry(self, function: Function) -> Entry:
        """What generated code of this instance calls for a function of any kind."""
        if isinstance(function, GuestFunction) and function.instance.engine is self.instance.engine:
            if function.entry is None:
                arity = len(function.type.parameters)
                function.entry = fixed("stub", arity, _unit_of(function).start, function)
            return function.entry
        return self.foreign(function)

    def foreign(self, function: Function) -> Entry:
        """An entry for a function of the host or of another engine."""
        arity = len(function.type.parameters)
        if isinstance(function, HostFunction):
            if function.leaf is not None:
                return function.leaf(self.instance.caller)
            results = len(function.type.results)
            template = {0: "host_none", 1: "host_one"}.get(results, "host")
            store = self.store
            reentries = store.limits.host_reentries
            caller = self.instance.caller
            return fixed(
                template,
                arity,
                function.code,
                caller,
                store,
                reentries,
                HOST_CALL_SLOTS,
                _exhausted,
            )
        return fixed("reference", arity, self.call_foreign, function)

    def call_foreign(self, function: Function, arguments: list[Any], free: int) -> Any:
        """Call a function of another engine."""
        self.store.slots = free
        return packed(function.invoke_raw(arguments))

    def start(self, function: GuestFunction) -> Entry:
        """What a call through a stub runs: the compiled function, unless it is cold."""
        entry = self.instance.engine.entry(function)
        return entry or fixed("reference", len(function.type.parameters), self.run, function)

    def link(self, function: GuestFunction) -> Entry:
        """Compile a function of this instance and put it in the place of its stub."""
        index = function.plan.index
        body = self.body(function)
        compiled = self.codes.get(index)
        entry = body
        if compiled is not None and compiled.tail:
            entry = fixed("trampoline", len(function.type.parameters), body, TailCall)
        function.entry = entry
        function.entry_type = function.defined
        names = self.namespace.names
        if f"fn{index}" in names:
            names[f"fn{index}"] = entry
        return entry

    def body(self, function: GuestFunction) -> Entry:
        """The function itself, which may answer with a tail call."""
        index = function.plan.index
        body = self.bodies.get(index)
        if body is None:
            compiled = self.code_of(function)
            if compiled is None:
                body = fixed("reference", len(function.type.parameters), self.run, function)
            else:
                self.codes[index] = compiled
                self.bind(compiled, function)
                name = function.name
                body = self.function(compiled.code, name)
            self.bodies[index] = body
            if f"bn{index}" in self.namespace.names:
                self.namespace.names[f"bn{index}"] = body
        return body

    def function(self, code: CodeType, name: str) -> Entry:
        """A Python function over this instance's names and the store's cells."""
        return FunctionType(code, self.namespace.names, name, None, self.cells)

    def bind(self, compiled: CompiledCode, function: GuestFunction) -> None:
        """Bind the names that code uses."""
        names = self.namespace.names
        for kind, index in compiled.links:
            if f"{kind}{index}" not in names:
                names[f"{kind}{index}"] = self.linked(kind, index, function)

    def linked(self, kind: str, index: int, function: GuestFunction) -> Any:
        """What a link stands for."""
        instance = self.instance
        match kind[0]:
            case "f":
                return self.direct(instance.functions[index])
            case "b":
                return self.body_stub(instance.functions[index])
            case "H":
                return instance.functions[index]
            case "G":
                return instance.globals[index]
            case "T":
                return instance.tables[index].elements
            case "W":
                instance.tables[index].written = True
                return instance.tables[index].elements
            case "X":
                return instance.tags[index]
            case "K":
                return instance.module.module.types[index]
            case "J":
                return fixed("jump", index, TailCall, None)
            case "C":
                return function.plan.body[index][1]
            case "Y":
                return function.plan.body[index][1].target
        views_of(instance.memories[index]).add(self.namespace, index)
        return self.namespace.names[f"{kind}{index}"]

    def direct(self, function: Function) -> Entry:
        """The callee of a direct call: of another instance it is compiled now, as no stub there
        would be replaced here.
        """
        if (
            isinstance(function, GuestFunction)
            and function.instance is not self.instance
            and function.instance.engine is self.instance.engine
            and function.entry_type is None
        ):
            return _unit_of(function).link(function)
        return self.entry(function)

    def body_stub(self, function: Function) -> Entry:
        """The callee of a tail call within the instance."""
        if not isinstance(function, GuestFunction):
            return self.entry(function)
        index = function.plan.index
        known = self.bodies.get(index)
        return known or fixed("stub", len(function.type.parameters), self.body, function)

    # --- what generated code calls ----------------------------------------------------------

    def refill(self, units: int) -> bool:
        """Bring units into the cell; True where the limit does not allow it."""
        return not self.meter.top_up(units)

    def deoptimise(
        self, index: int, at: int, names: dict[str, Any], operands: tuple[Any, ...], free: int
    ) -> Any:
        """Go on in the reference tier from an instruction to the end of the activation.

        at: -1 before the entry is paid. names: the Python locals; a local without a name is zero.
        """
        function = self.instance.functions[index]
        assert isinstance(function, GuestFunction)
        kinds = function.type.parameters + function.plan.local_types
        values = [names.get(f"l{number}", kind.zero) for number, kind in enumerate(kinds)]
        for number in self.codes[index].dirty:
            if values[number] != values[number]:
                values[number] = CANONICAL_NAN
        self.store.slots = free
        return packed(self.reference.resume(function, at, values, list(operands)))

    def run(self, function: GuestFunction, arguments: list[Any], free: int) -> Any:
        """Run a function that is not compiled."""
        self.store.slots = free
        if free < function.plan.slots:
            raise Trap(TrapKind.CALL_STACK)
        values = arguments + function.plan.zeros
        return packed(self.reference.resume(function, -1, values, [], mixed=True))

    def step(self, index: int, at: int, operands: list[Any]) -> list[Any]:
        """One instruction by the reference tier's handler; the operands become the results."""
        operator = self.operators.get((index, at))
        if operator is None:
            function = self.instance.functions[index]
            operator = self.operators[index, at] = self.reference.operator(function, at)
        handler, immediate, frame = operator
        handler(operands, immediate, frame)
        return operands

    def resolve(self, function: Function, kind: DefinedType) -> Function:
        """The function of an indirect call, if its type fits, with an entry of this instance."""
        defined = function.defined
        if defined is not kind and not heap_matches(defined, kind):
            detail = f"expected {kind.composite}, found {function.type}"
            raise Trap(TrapKind.INDIRECT_CALL_TYPE, detail)
        return _Callee(self.entry(function), function)  # type: ignore[return-value]

    def tail(self, function: Any, own_slots: int) -> Entry:
        """The callee of a tail call whose function is known only now."""
        if isinstance(function, _Callee):
            function = function.function
        if not isinstance(function, GuestFunction):
            arity = len(function.type.parameters)
            return fixed("less", arity, self.entry(function), own_slots)
        if function.instance.engine is self.instance.engine:
            return _unit_of(function).body(function)
        return self.entry(function)

    def fault(self, error: BaseException, index: int) -> None:
        """Settle the fuel of an activation that an exception leaves.

        A Python exception of the activation's own line becomes the trap that the reference tier
        raises for the same operands; an error of the guest gets this activation as a line of its
        backtrace; all else passes.
        """
        traceback = error.__traceback__
        site = self.codes[index].sites.get(traceback.tb_lineno if traceback else 0)
        if site is None or traceback is None:
            return
        found = error
        if not isinstance(error, Traced):
            if traceback.tb_next is not None or not site.operands:
                return
            # The text is the compiler's own; no part of it comes from a guest.
            names = traceback.tb_frame.f_locals
            try:
                self.step(index, site.at, eval(site.operands, self.namespace.names, names))
            except Trap as trap:
                found = trap
        if not isinstance(found, Traced):
            return
        self.meter.cell += site.refund
        function = self.instance.functions[index]
        assert isinstance(function, GuestFunction)
        found.trace(function.plan.frame(site.at))
        if found is not error:
            raise found from None


class _Callee:
    """A function with an entry of the calling instance."""

    __slots__ = ("entry", "function")

    def __init__(self, entry: Entry, function: Function) -> None:
        self.entry = entry
        self.function = function


def _unit_of(function: GuestFunction) -> Unit:
    engine: Any = function.instance.engine
    unit: Unit = engine.unit(function.instance)
    return unit
