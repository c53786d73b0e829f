"""Chapter 4.2 and 4.5 of the specification: what exists while modules run, and how it is made."""

from __future__ import annotations

from wasm_vm.runtime.engine import Executor
from wasm_vm.runtime.fuel import Meter
from wasm_vm.runtime.function import Caller, Function, GuestFunction, HostFunction
from wasm_vm.runtime.globals import Global
from wasm_vm.runtime.heap import Array, ExceptionInstance, I31Reference, Struct, Tag
from wasm_vm.runtime.instance import Extern, Instance
from wasm_vm.runtime.linking import Imports, MemoryProvider, link
from wasm_vm.runtime.memory import Memory
from wasm_vm.runtime.snapshot import Snapshot
from wasm_vm.runtime.state import InstanceState, capture
from wasm_vm.runtime.store import Store
from wasm_vm.runtime.table import Table

__all__ = [
    "Array",
    "Caller",
    "ExceptionInstance",
    "Executor",
    "Extern",
    "Function",
    "Global",
    "GuestFunction",
    "HostFunction",
    "I31Reference",
    "Imports",
    "Instance",
    "InstanceState",
    "Memory",
    "MemoryProvider",
    "Meter",
    "Snapshot",
    "Store",
    "Struct",
    "Table",
    "Tag",
    "capture",
    "link",
]
