"""wasm_vm under the runner's Engine protocol.

Rule: only WasmError becomes a Refusal, each kind with its own phase. Everything else passes, and
the runner reports it as a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from engine import Phase, Refusal
from spectest import spectest
from values import REFERENCE, WIDTHS, GuestReference, HostReference, Value

import wasm_vm

FEATURES = {
    "1.0": wasm_vm.Features.V1,
    "2.0": wasm_vm.Features.V2,
    "3.0": wasm_vm.Features.V3,
}


REFERENCE_KINDS: tuple[tuple[type, str], ...] = (
    (wasm_vm.Function, "func"),
    (wasm_vm.I31Reference, "i31"),
    (wasm_vm.Struct, "struct"),
    (wasm_vm.Array, "array"),
    (wasm_vm.ExceptionInstance, "exn"),
)


def engines() -> list[str]:
    """Return the names of the VM's engines, the default one first."""
    return [wasm_vm.Engine.COMPILED.value, wasm_vm.Engine.REFERENCE.value]


class VirtualMachine:
    """One store, with the suite's host module, for one script."""

    def __init__(self, level: str, engine: str) -> None:
        self._features = FEATURES[level]
        self._engine = wasm_vm.Engine(engine)
        self._store = wasm_vm.Store()
        self._spectest = spectest()

    def load(self, binary: bytes) -> wasm_vm.ValidModule:
        """Decode and validate at the script's level."""
        with _refusals():
            return wasm_vm.load(binary, features=self._features)

    def imported_modules(self, module: wasm_vm.ValidModule) -> Iterable[str]:
        """Return the first names of the imports."""
        return {entry.module for entry in module.module.imports}

    def instantiate(
        self, module: wasm_vm.ValidModule, registered: Mapping[str, wasm_vm.Instance]
    ) -> wasm_vm.Instance:
        """Link to the registered instances and to spectest."""
        imports: dict[str, Mapping[str, wasm_vm.Extern]] = {"spectest": self._spectest}
        imports.update((name, instance.exports) for name, instance in registered.items())
        with _refusals():
            found = wasm_vm.instantiate(module, imports, store=self._store, engine=self._engine)
        found.prepare()  # a function that is called once is to run in this engine too
        return found

    def invoke(
        self, instance: wasm_vm.Instance, name: str, arguments: Sequence[Value]
    ) -> tuple[Value, ...]:
        """Call an exported function with bit patterns."""
        with _refusals():
            function = instance.function(name)
            results = function.invoke_bits(*(value.raw for value in arguments))
        types = function.type.results
        return tuple(_value(type_, raw) for type_, raw in zip(types, results, strict=True))

    def get(self, instance: wasm_vm.Instance, name: str) -> Value:
        """Read an exported global."""
        with _refusals():
            variable = instance.exports[name]
        if not isinstance(variable, wasm_vm.Global):
            raise TypeError(f"the export {name} is no global")
        return _value(variable.type.value, variable.bits)


def _value(type_: wasm_vm.ValueType, raw: Any) -> Value:
    if type_.name in WIDTHS:
        return Value(type_.name, raw)
    if raw is None or isinstance(raw, HostReference):
        return Value(REFERENCE, raw)
    for class_, kind in REFERENCE_KINDS:
        if isinstance(raw, class_):
            return Value(REFERENCE, GuestReference(kind))
    return Value(REFERENCE, GuestReference(type(raw).__name__))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except wasm_vm.WasmError as error:
        raise _refusal(error) from error


def _refusal(error: wasm_vm.WasmError) -> Refusal:
    match error:
        case wasm_vm.Malformed():
            return Refusal(Phase.MALFORMED, str(error))
        case wasm_vm.Invalid():
            return Refusal(Phase.INVALID, str(error))
        case wasm_vm.Unlinkable():
            return Refusal(Phase.UNLINKABLE, str(error))
        case wasm_vm.UncaughtException():
            return Refusal(Phase.EXCEPTION, str(error))
        case wasm_vm.Trap(kind=wasm_vm.TrapKind.CALL_STACK):
            return Refusal(Phase.EXHAUSTION, error.kind.value)
        case wasm_vm.Trap():
            return Refusal(Phase.TRAP, error.kind.value)
        case _:
            return Refusal(Phase.OTHER, f"{type(error).__name__}: {error}")
