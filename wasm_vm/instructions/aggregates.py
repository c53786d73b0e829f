"""Structs, arrays, i31 and casts (spec 4.4.2)."""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import row
from wasm_vm.types import Features

aggregate = partial(row, section="4.4.2", since=Features.V3, traps=True)
cast = partial(row, section="4.4.2", since=Features.V3)

ROWS = (
    aggregate(0xFB_0000, "struct.new", immediates="type"),
    aggregate(0xFB_0001, "struct.new_default", immediates="type"),
    aggregate(0xFB_0002, "struct.get", immediates="type field"),
    aggregate(0xFB_0003, "struct.get_s", immediates="type field"),
    aggregate(0xFB_0004, "struct.get_u", immediates="type field"),
    aggregate(0xFB_0005, "struct.set", immediates="type field"),
    aggregate(0xFB_0006, "array.new", immediates="type", variable="elements"),
    aggregate(0xFB_0007, "array.new_default", immediates="type", variable="elements"),
    aggregate(0xFB_0008, "array.new_fixed", immediates="type count"),
    aggregate(0xFB_0009, "array.new_data", immediates="type data", variable="elements"),
    aggregate(0xFB_000A, "array.new_elem", immediates="type element", variable="elements"),
    aggregate(0xFB_000B, "array.get", immediates="type"),
    aggregate(0xFB_000C, "array.get_s", immediates="type"),
    aggregate(0xFB_000D, "array.get_u", immediates="type"),
    aggregate(0xFB_000E, "array.set", immediates="type"),
    aggregate(0xFB_000F, "array.len"),
    aggregate(0xFB_0010, "array.fill", immediates="type", variable="elements"),
    aggregate(0xFB_0011, "array.copy", immediates="type type", variable="elements"),
    aggregate(0xFB_0012, "array.init_data", immediates="type data", variable="elements"),
    aggregate(0xFB_0013, "array.init_elem", immediates="type element", variable="elements"),
    cast(0xFB_0014, "ref.test", immediates="reference"),
    cast(0xFB_0015, "ref.test null", immediates="reference null"),
    cast(0xFB_0016, "ref.cast", immediates="reference", traps=True),
    cast(0xFB_0017, "ref.cast null", immediates="reference null", traps=True),
    cast(0xFB_001A, "any.convert_extern"),
    cast(0xFB_001B, "extern.convert_any"),
    cast(0xFB_001C, "ref.i31"),
    cast(0xFB_001D, "i31.get_s", traps=True),
    cast(0xFB_001E, "i31.get_u", traps=True),
)
