"""wasmtime with all of WebAssembly 3.0 as the oracle of results, state and fuel.

Its modes: NaNs canonical, relaxed SIMD deterministic, fuel counted. Numbers pass as bits through
its C API, because the Python classes know no v128 and turn an f32 into a double and back.
"""

from __future__ import annotations

import ctypes
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.require import require
from tests.support.wasmtime_oracle import raw_call
from wasm_vm import TrapKind

FUEL = 1 << 40
_CODES = {"i32": 0, "i64": 1, "f32": 2, "f64": 3, "v128": 4}
_WIDTHS = {0: 4, 1: 8, 2: 4, 3: 8, 4: 16}
_PROPOSALS = (
    "wasm_multi_memory",
    "wasm_memory64",
    "wasm_tail_call",
    "wasm_relaxed_simd",
    "wasm_relaxed_simd_deterministic",
    "wasm_gc",
    "wasm_function_references",
    "wasm_exceptions",
    "cranelift_nan_canonicalization",
    "consume_fuel",
)

_TABLE = {TrapKind.TABLE_BOUNDS, TrapKind.UNDEFINED_ELEMENT}
_NULL = {
    TrapKind.NULL_FUNCTION,
    TrapKind.NULL_STRUCT,
    TrapKind.NULL_ARRAY,
    TrapKind.NULL_I31,
    TrapKind.NULL_EXCEPTION,
    TrapKind.NULL_REFERENCE,
}
TRAP_KINDS: dict[int, set[TrapKind]] = {
    0: {TrapKind.CALL_STACK},
    1: {TrapKind.MEMORY_BOUNDS},
    3: _TABLE,
    4: {TrapKind.UNINITIALIZED_ELEMENT},
    5: {TrapKind.INDIRECT_CALL_TYPE},
    6: {TrapKind.INTEGER_OVERFLOW},
    7: {TrapKind.DIVIDE_BY_ZERO},
    8: {TrapKind.INVALID_CONVERSION},
    9: {TrapKind.UNREACHABLE},
    13: _NULL,
    14: {TrapKind.ARRAY_BOUNDS, TrapKind.NULL_ARRAY},
    15: {TrapKind.ALLOCATION},
    16: {TrapKind.CAST},
}
"""What each of wasmtime's trap codes stands for; it has fewer kinds than the specification, and its
array.copy looks at the target's bounds before it looks for a null source (spec 4.4.2: null first).
"""

EXACT_FUEL = {
    TrapKind.UNREACHABLE,
    TrapKind.UNDEFINED_ELEMENT,
    TrapKind.UNINITIALIZED_ELEMENT,
    TrapKind.INDIRECT_CALL_TYPE,
    TrapKind.NULL_FUNCTION,
}
"""Traps after which its figure is exact; after others it is that of an earlier instruction."""


def make_engine() -> Any:
    """A wasmtime engine with the features above."""
    require("wasmtime")
    import wasmtime

    config = wasmtime.Config()
    config.cranelift_opt_level = "none"
    for proposal in _PROPOSALS:
        setattr(config, proposal, True)
    return wasmtime.Engine(config)


@dataclass(frozen=True)
class Outcome:
    """How a call ended: result bits, a trap code, or neither for an uncaught exception."""

    results: tuple[int, ...] | None
    trap: int | None
    fuel: int


class Oracle:
    """An instance in wasmtime."""

    def __init__(self, binary: bytes, engine: Any = None, imports: Sequence[Any] = ()) -> None:
        """imports: (parameter types, result types, Python function), in the module's order."""
        import wasmtime

        engine = engine or make_engine()
        self.store = wasmtime.Store(engine)
        self.store.set_fuel(FUEL)
        module = wasmtime.Module(engine, binary)
        functions = [
            wasmtime.Func(self.store, wasmtime.FuncType(_types(before), _types(after)), code)
            for before, after, code in imports
        ]
        self._exports = wasmtime.Instance(self.store, module, functions).exports(self.store)
        self.instantiation = FUEL - self.store.get_fuel()

    def invoke(self, name: str, kinds: Sequence[str], bits: Sequence[int]) -> Outcome:
        """Call an exported function; kinds: of its parameters."""
        import wasmtime
        from wasmtime import _ffi as ffi

        function = self._exports[name]
        given = (ffi.wasmtime_val_t * len(bits))()
        for slot, kind, value in zip(given, kinds, bits, strict=True):
            slot.kind = _CODES[kind]
            data = value.to_bytes(_WIDTHS[slot.kind], "little")
            ctypes.memmove(ctypes.byref(slot.of), data, len(data))
        kind_pointer = ffi.wasmtime_func_type(self.store._context(), ctypes.byref(function._func))
        count = ffi.wasm_functype_results(kind_pointer).contents.size
        ffi.wasm_functype_delete(kind_pointer)
        results = (ffi.wasmtime_val_t * count)()
        self.store.set_fuel(FUEL)
        try:
            raw_call(self.store, function, given, results)
        except wasmtime.Trap as error:
            return Outcome(None, _trap_code(error), self._used())
        found = tuple(
            int.from_bytes(ctypes.string_at(ctypes.byref(slot.of), _WIDTHS[slot.kind]), "little")
            for slot in results
        )
        return Outcome(found, None, self._used())

    def _used(self) -> int:
        return int(FUEL - self.store.get_fuel())

    def memory(self, name: str) -> tuple[int, int]:
        """Size and checksum of an exported memory."""
        memory = self._exports[name]
        size = memory.data_len(self.store)
        return size, zlib.crc32(ctypes.string_at(memory.data_ptr(self.store), size))

    def global_(self, name: str) -> int:
        """The bits of an exported number."""
        from wasmtime import _ffi as ffi

        raw = ffi.wasmtime_val_t()
        variable = self._exports[name]
        ffi.wasmtime_global_get(
            self.store._context(), ctypes.byref(variable._global), ctypes.byref(raw)
        )
        return int.from_bytes(ctypes.string_at(ctypes.byref(raw.of), _WIDTHS[raw.kind]), "little")


def _types(names: Sequence[str]) -> list[Any]:
    import wasmtime

    return [getattr(wasmtime.ValType, name)() for name in names]


def _trap_code(trap: Any) -> int | None:
    from wasmtime import _ffi as ffi

    code = ctypes.c_uint8()
    return code.value if ffi.wasmtime_trap_code(trap.ptr(), ctypes.byref(code)) else None
