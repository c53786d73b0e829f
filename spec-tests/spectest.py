"""The host module "spectest" that the suite's scripts import from (interpreter/README.md, "Spectest
host module", of the WebAssembly specification; `table64` is missing there and is in spectest.ml).

The print functions are silent: no assertion looks at what they print.
"""

from __future__ import annotations

from wasm_vm import (
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    Bounds,
    Extern,
    Global,
    GlobalType,
    Memory,
    MemoryType,
    Table,
    TableType,
    f32,
    f64,
    host_function,
    i32,
    i64,
)


@host_function(name="print")
def print_nothing() -> None:
    """(func)."""


@host_function
def print_i32(value: i32) -> None:
    """(func (param i32))."""


@host_function
def print_i64(value: i64) -> None:
    """(func (param i64))."""


@host_function
def print_f32(value: f32) -> None:
    """(func (param f32))."""


@host_function
def print_f64(value: f64) -> None:
    """(func (param f64))."""


@host_function
def print_i32_f32(first: i32, second: f32) -> None:
    """(func (param i32 f32))."""


@host_function
def print_f64_f64(first: f64, second: f64) -> None:
    """(func (param f64 f64))."""


def spectest() -> dict[str, Extern]:
    """Make the host module with fresh state: one for each script."""
    return {
        "global_i32": Global(GlobalType(I32), 666),
        "global_i64": Global(GlobalType(I64), 666),
        "global_f32": Global(GlobalType(F32), 666.6),
        "global_f64": Global(GlobalType(F64), 666.6),
        "table": Table(TableType(FUNCREF, Bounds(10, 20))),
        "table64": Table(TableType(FUNCREF, Bounds(10, 20), I64)),
        "memory": Memory(MemoryType(Bounds(1, 2))),
        "print": print_nothing,
        "print_i32": print_i32,
        "print_i64": print_i64,
        "print_f32": print_f32,
        "print_f64": print_f64,
        "print_i32_f32": print_i32_f32,
        "print_f64_f64": print_f64_f64,
    }
