"""wasmtime as the oracle of results and fuel: raw bits in, raw bits and consumed units out.

Values pass as bits, because wasmtime's Python classes turn an f32 into a double and back, which
quiets signalling NaNs.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.support.require import require

FUEL = 1 << 40
_WIDTHS = {0: 4, 1: 8, 2: 4, 3: 8}
_CODES = {"i32": 0, "i64": 1, "f32": 2, "f64": 3}
_PROPOSALS_OF_3 = (
    "wasm_multi_memory",
    "wasm_memory64",
    "wasm_tail_call",
    "wasm_relaxed_simd",
    "wasm_gc",
    "wasm_function_references",
    "wasm_exceptions",
)
_PROPOSALS_AFTER_3 = (
    "wasm_threads",
    "wasm_wide_arithmetic",
    "wasm_custom_page_sizes",
    "wasm_stack_switching",
)


@cache
def make_engine(level: str = "2.0") -> Any:
    """A wasmtime engine that counts fuel and makes NaNs canonical."""
    require("wasmtime")
    import wasmtime
    from wasmtime import _bindings as bindings

    config = wasmtime.Config()
    config.consume_fuel = True
    config.cranelift_opt_level = "none"
    for proposal in _PROPOSALS_AFTER_3:
        setattr(config, proposal, False)
    for proposal in _PROPOSALS_OF_3:
        setattr(config, proposal, level == "3.0")
    bindings.wasmtime_config_cranelift_nan_canonicalization_set(config.ptr(), True)
    return wasmtime.Engine(config)


def refusal(binary: bytes, level: str = "2.0") -> str | None:
    """Why wasmtime does not take a module; None where it is valid."""
    engine = make_engine(level)
    import wasmtime

    try:
        wasmtime.Module.validate(engine, binary)
    except wasmtime.WasmtimeError as error:
        return str(error)
    return None


def accepts(binary: bytes, level: str = "2.0") -> bool:
    """True when wasmtime finds the module valid."""
    return refusal(binary, level) is None


def raw_call(store: Any, function: Any, given: Any, results: Any) -> None:
    """Call a function on an array of raw values, into another. Raises what wasmtime raises."""
    import wasmtime
    from wasmtime import _ffi as ffi
    from wasmtime._func import enter_wasm

    with enter_wasm(store) as trap:
        error = ffi.wasmtime_func_call(
            store._context(),
            ctypes.byref(function._func),
            given,
            len(given),
            results,
            len(results),
            trap,
        )
        if error:
            raise wasmtime.WasmtimeError._from_ptr(error)


@dataclass(frozen=True)
class Outcome:
    """Result bits, or the trap's text; and the fuel that the call consumed."""

    results: tuple[int, ...] | None
    trap: str | None
    fuel: int


class Oracle:
    """An instance in wasmtime."""

    def __init__(self, binary: bytes, engine: Any = None) -> None:
        import wasmtime

        self._engine = engine or make_engine()
        self.store = wasmtime.Store(self._engine)
        self.store.set_fuel(FUEL)
        module = wasmtime.Module(self._engine, binary)
        self._exports = wasmtime.Instance(self.store, module, []).exports(self.store)

    def invoke(self, name: str, *bits: int) -> Outcome:
        import wasmtime
        from wasmtime import _ffi as ffi

        function = self._exports[name]
        kinds = function.type(self.store)
        given = (ffi.wasmtime_val_t * len(bits))()
        for slot, kind, value in zip(given, kinds.params, bits, strict=True):
            slot.kind = _CODES[str(kind)]
            data = value.to_bytes(_WIDTHS[slot.kind], "little")
            ctypes.memmove(ctypes.byref(slot.of), data, len(data))
        results = (ffi.wasmtime_val_t * len(kinds.results))()
        before = self.store.get_fuel()
        try:
            raw_call(self.store, function, given, results)
        except wasmtime.Trap as error:
            return Outcome(None, str(error), before - self.store.get_fuel())
        found = tuple(
            int.from_bytes(ctypes.string_at(ctypes.byref(slot.of), _WIDTHS[slot.kind]), "little")
            for slot in results
        )
        return Outcome(found, None, before - self.store.get_fuel())

    def memory(self, name: str = "memory") -> bytes:
        memory = self._exports[name]
        return bytes(memory.read(self.store, 0, memory.data_len(self.store)))

    def global_(self, name: str) -> Any:
        return self._exports[name].value(self.store)

    def __contains__(self, name: str) -> bool:
        return name in self._exports
