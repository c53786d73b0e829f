"""WASI preview 1 over wasm_vm: every call exists, none is permitted by default, all are audited."""

from __future__ import annotations

from wasi.abi import MODULE, Errno, ProcessExit, WasiError
from wasi.door import CALLS, Event, SystemCall
from wasi.policy import GROUPS, Decision, Policy, UnknownRestriction, check_restrictions
from wasi.system import Wasi

__all__ = [
    "CALLS",
    "GROUPS",
    "MODULE",
    "Decision",
    "Errno",
    "Event",
    "Policy",
    "ProcessExit",
    "SystemCall",
    "UnknownRestriction",
    "Wasi",
    "WasiError",
    "check_restrictions",
]
