"""WASI preview 1 over wasm_vm: every call exists, none is permitted by default, all are audited."""

from __future__ import annotations

from wasi.abi import MODULE, Errno, ProcessExit, WasiError
from wasi.audit import AuditFile, Event
from wasi.directory import Dir
from wasi.door import CALLS, SystemCall
from wasi.policy import (
    GROUPS,
    Decision,
    Policy,
    UnknownRestriction,
    check_restrictions,
    parse_rule,
)
from wasi.seeded import SeededStream
from wasi.system import Wasi

__all__ = [
    "CALLS",
    "GROUPS",
    "MODULE",
    "AuditFile",
    "Decision",
    "Dir",
    "Errno",
    "Event",
    "Policy",
    "ProcessExit",
    "SeededStream",
    "SystemCall",
    "UnknownRestriction",
    "Wasi",
    "WasiError",
    "check_restrictions",
    "parse_rule",
]
