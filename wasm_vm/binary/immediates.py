"""One reader per kind of immediate that the instruction table names (spec 5.4).

What an immediate looks like after decoding:
  ""               None
  i32 i64 f32 f64  the value, as numeric.py holds it
  block            () or (value type,), or the index of a function type
  label, local, global, function, table, memory, data, element     an index
  labels           (indices, default)
  types            value types
  reference        a reference type
  memarg           MemoryArgument
  two words        both indices, in the order of the binary format
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import reference_type, value_type
from wasm_vm.limits import Limits
from wasm_vm.module import MemoryArgument
from wasm_vm.numeric import MASK32, MASK64, f32_from_bits, f64_from_bits
from wasm_vm.types import BY_CODE, Features, ValueType

ImmediateReader = Callable[[Reader], Any]

_EMPTY_BLOCK = 0x40


def readers(features: Features, limits: Limits, data_count: bool) -> dict[str, ImmediateReader]:
    """The reader of each kind of immediate at a level of the specification.

    data_count: False where the module has no data count section, without which a body may not
    name a data segment (spec 5.5.16).
    """

    def data(reader: Reader) -> int:
        if not data_count:
            raise reader.fail("data count section required")
        return reader.u32()

    def memory(reader: Reader) -> int:
        return reader.u32() if features >= Features.V3 else _zero(reader)

    def table(reader: Reader) -> int:
        return reader.u32() if features >= Features.V2 else _zero(reader)

    def label_table(reader: Reader) -> tuple[tuple[int, ...], int]:
        labels = reader.vector(reader.u32, "branch_table", limits.branch_table)
        return labels, reader.u32()

    def types(reader: Reader) -> tuple[ValueType, ...]:
        return reader.vector(lambda: value_type(reader, features), "results", limits.results)

    index = Reader.u32
    return {
        "block": lambda reader: _block_type(reader, features),
        "label": index,
        "labels": label_table,
        "function": index,
        "local": index,
        "global": index,
        "table": index,
        "data": data,
        "element": index,
        "memory": memory,
        "type table": lambda reader: (reader.u32(), table(reader)),
        "types": types,
        "reference": lambda reader: reference_type(reader, features),
        "memarg": _memory_argument if features >= Features.V3 else _old_memory_argument,
        "element table": lambda reader: (reader.u32(), reader.u32()),
        "table table": lambda reader: (reader.u32(), reader.u32()),
        "data memory": lambda reader: (data(reader), memory(reader)),
        "memory memory": lambda reader: (memory(reader), memory(reader)),
        "i32": lambda reader: reader.signed(32) & MASK32,
        "i64": lambda reader: reader.signed(64) & MASK64,
        "f32": lambda reader: f32_from_bits(int.from_bytes(reader.take(4), "little")),
        "f64": lambda reader: f64_from_bits(int.from_bytes(reader.take(8), "little")),
    }


def _zero(reader: Reader) -> int:
    if reader.byte() != 0:
        raise reader.fail("zero byte expected", reader.position - 1)
    return 0


def _block_type(reader: Reader, features: Features) -> tuple[ValueType, ...] | int:
    start = reader.position
    code = reader.byte()
    if code == _EMPTY_BLOCK:
        return ()
    if code in BY_CODE:
        reader.position = start
        return (value_type(reader, features),)
    if features is Features.V1:
        raise reader.fail("malformed block type", start)
    reader.position = start
    index = reader.signed(33)
    if index < 0:
        raise reader.fail("malformed block type", start)
    return index


def _old_memory_argument(reader: Reader) -> MemoryArgument:
    start = reader.position
    align = reader.u32()
    if align >= 32:
        raise reader.fail("malformed memop flags", start)
    return MemoryArgument(align, reader.u32(), 0)


def _memory_argument(reader: Reader) -> MemoryArgument:
    """From 3.0 on bit 6 of the alignment announces a memory index, and offsets have 64 bits."""
    start = reader.position
    align = reader.u32()
    if align >= 0x80:
        raise reader.fail("malformed memop flags", start)
    memory = reader.u32() if align & 0x40 else 0
    return MemoryArgument(align & 0x3F, reader.u64(), memory)
