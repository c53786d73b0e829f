"""Memory instructions (spec 4.4.7): loads, stores, size and grow, bulk memory."""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import Access, row
from wasm_vm.types import Features

memory = partial(row, section="4.4.7")
load = partial(memory, immediates="memarg", traps=True)
store = partial(memory, immediates="memarg", traps=True)
bulk = partial(memory, since=Features.V2, variable="bytes", traps=True)

ROWS = (
    load(0x28, "i32.load", "i32 -> i32", access=Access(4)),
    load(0x29, "i64.load", "i32 -> i64", access=Access(8)),
    load(0x2A, "f32.load", "i32 -> f32", access=Access(4)),
    load(0x2B, "f64.load", "i32 -> f64", access=Access(8)),
    load(0x2C, "i32.load8_s", "i32 -> i32", access=Access(1, signed=True)),
    load(0x2D, "i32.load8_u", "i32 -> i32", access=Access(1)),
    load(0x2E, "i32.load16_s", "i32 -> i32", access=Access(2, signed=True)),
    load(0x2F, "i32.load16_u", "i32 -> i32", access=Access(2)),
    load(0x30, "i64.load8_s", "i32 -> i64", access=Access(1, signed=True)),
    load(0x31, "i64.load8_u", "i32 -> i64", access=Access(1)),
    load(0x32, "i64.load16_s", "i32 -> i64", access=Access(2, signed=True)),
    load(0x33, "i64.load16_u", "i32 -> i64", access=Access(2)),
    load(0x34, "i64.load32_s", "i32 -> i64", access=Access(4, signed=True)),
    load(0x35, "i64.load32_u", "i32 -> i64", access=Access(4)),
    store(0x36, "i32.store", "i32 i32 ->", access=Access(4)),
    store(0x37, "i64.store", "i32 i64 ->", access=Access(8)),
    store(0x38, "f32.store", "i32 f32 ->", access=Access(4)),
    store(0x39, "f64.store", "i32 f64 ->", access=Access(8)),
    store(0x3A, "i32.store8", "i32 i32 ->", access=Access(1)),
    store(0x3B, "i32.store16", "i32 i32 ->", access=Access(2)),
    store(0x3C, "i64.store8", "i32 i64 ->", access=Access(1)),
    store(0x3D, "i64.store16", "i32 i64 ->", access=Access(2)),
    store(0x3E, "i64.store32", "i32 i64 ->", access=Access(4)),
    memory(0x3F, "memory.size", "-> i32", immediates="memory"),
    memory(0x40, "memory.grow", "i32 -> i32", immediates="memory", variable="granted"),
    bulk(0xFC_0008, "memory.init", "i32 i32 i32 ->", immediates="data memory"),
    memory(0xFC_0009, "data.drop", "->", immediates="data", since=Features.V2),
    bulk(0xFC_000A, "memory.copy", "i32 i32 i32 ->", immediates="memory memory"),
    bulk(0xFC_000B, "memory.fill", "i32 i32 i32 ->", immediates="memory"),
)
