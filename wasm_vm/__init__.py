"""A WebAssembly virtual machine in pure Python: exact fuel, hard limits, readable end to end.

It knows nothing of WASI or of any server. The names below are the whole public interface.
"""

from __future__ import annotations

from wasm_vm.binary import decode
from wasm_vm.engines import Engine, instantiate, load
from wasm_vm.errors import (
    BacktraceFrame,
    BadCall,
    Invalid,
    LimitExceeded,
    Malformed,
    OutOfFuel,
    Trap,
    TrapKind,
    Unlinkable,
    WasmError,
)
from wasm_vm.host import externref, f32, f64, funcref, host_function, i32, i64, u32, u64, v128
from wasm_vm.instructions import COST_MODEL
from wasm_vm.limits import PAGE_SIZE, Limits
from wasm_vm.module import ExternKind, Module
from wasm_vm.runtime import (
    Caller,
    Extern,
    Function,
    Global,
    HostFunction,
    Instance,
    Memory,
    Meter,
    Store,
    Table,
)
from wasm_vm.types import (
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    V128,
    Bounds,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    TableType,
    ValueType,
)
from wasm_vm.validation import ValidModule, validate

__all__ = [
    "COST_MODEL",
    "EXTERNREF",
    "F32",
    "F64",
    "FUNCREF",
    "I32",
    "I64",
    "PAGE_SIZE",
    "V128",
    "BacktraceFrame",
    "BadCall",
    "Bounds",
    "Caller",
    "Engine",
    "Extern",
    "ExternKind",
    "Features",
    "Function",
    "FunctionType",
    "Global",
    "GlobalType",
    "HostFunction",
    "Instance",
    "Invalid",
    "LimitExceeded",
    "Limits",
    "Malformed",
    "Memory",
    "MemoryType",
    "Meter",
    "Module",
    "OutOfFuel",
    "Store",
    "Table",
    "TableType",
    "Trap",
    "TrapKind",
    "Unlinkable",
    "ValidModule",
    "ValueType",
    "WasmError",
    "decode",
    "externref",
    "f32",
    "f64",
    "funcref",
    "host_function",
    "i32",
    "i64",
    "instantiate",
    "load",
    "u32",
    "u64",
    "v128",
    "validate",
]
