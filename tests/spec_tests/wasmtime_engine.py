"""wasmtime under the runner's Engine protocol: the oracle that proves the runner itself.

Values pass through the C API as raw bits, because the Python API turns f32 into double and back.
wasmtime tells "malformed" and "invalid" not apart and gives some table traps one text, so the
tests that use it allow for exactly that.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import wasmtime
from engine import Phase, Refusal
from values import REFERENCE, WIDTHS, GuestReference, HostReference, Value
from wasmtime import _ffi as ffi

from tests.support.wasmtime_oracle import raw_call

SPECTEST = """(module
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (memory (export "memory") 1 2)
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64)))"""

_KINDS = {"i32": 0, "i64": 1, "f32": 2, "f64": 3, "v128": 4, "funcref": 5, "externref": 6}
_TRAP_TEXTS = {
    wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS: "out of bounds memory access",
    wasmtime.TrapCode.TABLE_OUT_OF_BOUNDS: "out of bounds table access",
    wasmtime.TrapCode.INDIRECT_CALL_TO_NULL: "uninitialized element",
    wasmtime.TrapCode.BAD_SIGNATURE: "indirect call type mismatch",
    wasmtime.TrapCode.INTEGER_OVERFLOW: "integer overflow",
    wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO: "integer divide by zero",
    wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER: "invalid conversion to integer",
    wasmtime.TrapCode.UNREACHABLE: "unreachable",
}
_FEATURES_OF_3 = (
    "wasm_multi_memory",
    "wasm_memory64",
    "wasm_tail_call",
    "wasm_relaxed_simd",
    "wasm_gc",
    "wasm_function_references",
    "wasm_exceptions",
    "wasm_threads",
)


def make_engine(level: str) -> wasmtime.Engine:
    """Return an engine for a level; wasmtime has no 1.0, so 1.0 runs as 2.0."""
    config = wasmtime.Config()
    for feature in _FEATURES_OF_3:
        setattr(config, feature, level == "3.0" and feature != "wasm_threads")
    return wasmtime.Engine(config)


class WasmtimeEngine:
    """The protocol's five methods over one store."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        self._engine = engine
        self._store = wasmtime.Store(engine)
        self._spectest = self._new_instance(wasmtime.Module(engine, SPECTEST), [])

    def load(self, binary: bytes) -> wasmtime.Module:
        try:
            return wasmtime.Module(self._engine, binary)
        except wasmtime.WasmtimeError as error:
            raise Refusal(Phase.INVALID, str(error)) from error

    def imported_modules(self, module: wasmtime.Module) -> Iterable[str]:
        return [item.module for item in module.imports]

    def instantiate(self, module: wasmtime.Module, registered: Mapping[str, Any]) -> Any:
        instances = {"spectest": self._spectest, **registered}
        imports = []
        for item in module.imports:
            try:
                imports.append(instances[item.module].exports(self._store)[item.name or ""])
            except KeyError as error:
                raise Refusal(Phase.UNLINKABLE, "unknown import") from error
        return self._new_instance(module, imports)

    def invoke(self, instance: Any, name: str, arguments: Sequence[Value]) -> tuple[Value, ...]:
        function = instance.exports(self._store)[name]
        given = (ffi.wasmtime_val_t * len(arguments))()
        type_ = function.type(self._store)
        for index, value in enumerate(arguments):
            # Only here are the types read: the Python API cannot name v128.
            external = (
                value.type == REFERENCE and type_.params[index] == wasmtime.ValType.externref()
            )
            self._write(given[index], value, external)
        results = (ffi.wasmtime_val_t * ffi.wasm_functype_results(type_.ptr()).contents.size)()
        try:
            raw_call(self._store, function, given, results)
        except wasmtime.Trap as error:
            raise _refusal(error) from error
        return tuple(self._read(slot) for slot in results)

    def get(self, instance: Any, name: str) -> Value:
        raw = ffi.wasmtime_val_t()
        variable = instance.exports(self._store)[name]
        ffi.wasmtime_global_get(
            self._store._context(), ctypes.byref(variable._global), ctypes.byref(raw)
        )
        return self._read(raw)

    def _new_instance(self, module: wasmtime.Module, imports: list[Any]) -> wasmtime.Instance:
        try:
            return wasmtime.Instance(self._store, module, imports)
        except wasmtime.Trap as error:
            raise _refusal(error) from error
        except wasmtime.WasmtimeError as error:
            raise Refusal(Phase.UNLINKABLE, str(error)) from error

    def _write(self, slot: Any, value: Value, external: bool) -> None:
        if value.type != REFERENCE:
            slot.kind = _KINDS[value.type]
            assert isinstance(value.raw, int)
            data = value.raw.to_bytes(WIDTHS[value.type] // 8, "little")
            ctypes.memmove(ctypes.byref(slot.of), data, len(data))
            return
        # A script can give no function but null.
        reference = wasmtime.Val.externref(value.raw) if external else wasmtime.Val.funcref(None)
        made = reference._new_raw(self._store)
        ctypes.memmove(ctypes.byref(slot), ctypes.byref(made), ctypes.sizeof(made))

    def _read(self, slot: Any) -> Value:
        type_ = next(name for name, kind in _KINDS.items() if kind == slot.kind)
        if type_ in WIDTHS:
            data = ctypes.string_at(ctypes.byref(slot.of), WIDTHS[type_] // 8)
            return Value(type_, int.from_bytes(data, "little"))
        value = wasmtime.Val._from_raw(self._store, slot).value
        if value is None or isinstance(value, HostReference):
            return Value(REFERENCE, value)
        return Value(REFERENCE, GuestReference(type_.removesuffix("ref")))


def _refusal(trap: wasmtime.Trap) -> Refusal:
    code = trap.trap_code
    if code is wasmtime.TrapCode.STACK_OVERFLOW:
        return Refusal(Phase.EXHAUSTION, "call stack exhausted")
    return Refusal(Phase.TRAP, _TRAP_TEXTS.get(code, trap.message) if code else trap.message)
