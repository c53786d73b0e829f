"""One reader per kind of immediate that the instruction table names (spec 5.4).

What an immediate looks like after decoding:
  ""               None
  i32 i64 f32 f64  the value, as numeric.py holds it; v128 its 16 bytes
  block            () or (value type,), or the index of a function type
  label, local, global, function, table, memory, data, element, type, tag, field     an index
  labels           (indices, default)
  types            value types
  heap             a heap type; reference and reference null: a reference type to cast to
  cast             Cast: label, source and target of br_on_cast
  catches          catch clauses
  memarg           MemoryArgument; memarg lane: (MemoryArgument, lane)
  lane, lanes      a lane index, or sixteen of them
  two words        both indices, in the order of the binary format
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import TypeReader
from wasm_vm.module import Cast, Catch, CatchKind, MemoryArgument
from wasm_vm.numeric import MASK32, MASK64, f32_from_bits, f64_from_bits
from wasm_vm.types import NUMBERS, REFERENCES, Features, ReferenceType, ValueType

ImmediateReader = Callable[[Reader, TypeReader], Any]

_EMPTY_BLOCK = 0x40
_REFERENCE_FORMS = (0x63, 0x64)


def index(reader: Reader, _: TypeReader) -> int:
    """An index."""
    return reader.u32()


def _two_indices(reader: Reader, _: TypeReader) -> tuple[int, int]:
    return reader.u32(), reader.u32()


def _memory(reader: Reader, types: TypeReader) -> int:
    return reader.u32() if types.features >= Features.V3 else _zero(reader)


def _zero(reader: Reader) -> int:
    if reader.byte() != 0:
        raise reader.fail("zero byte expected", reader.position - 1)
    return 0


def _type_table(reader: Reader, types: TypeReader) -> tuple[int, int]:
    kind = reader.u32()
    return kind, reader.u32() if types.features >= Features.V2 else _zero(reader)


def no_data(reader: Reader, _: TypeReader) -> int:
    """A data segment where the module has no data count section (spec 5.5.16)."""
    raise reader.fail("data count section required")


def _block_type(reader: Reader, types: TypeReader) -> tuple[ValueType, ...] | int:
    start = reader.position
    code = reader.byte()
    if code == _EMPTY_BLOCK:
        return ()
    reader.position = start
    if code in NUMBERS or code in REFERENCES or code in _REFERENCE_FORMS:
        return (types.value_type(reader),)
    if types.features is Features.V1:
        raise reader.fail("malformed block type", start)
    number = reader.signed(33)
    if number < 0:
        raise reader.fail("malformed block type", start)
    return number


def _labels(reader: Reader, types: TypeReader) -> tuple[tuple[int, ...], int]:
    labels = reader.vector(reader.u32, "branch_table", types.limits.branch_table)
    return labels, reader.u32()


def _types(reader: Reader, types: TypeReader) -> tuple[ValueType, ...]:
    return reader.vector(lambda: types.value_type(reader), "results", types.limits.results)


def _null(reader: Reader, types: TypeReader) -> ReferenceType:
    """The type of ref.null; before 3.0 its immediate is a reference type."""
    if types.features >= Features.V3:
        return ReferenceType(True, types.heap_type(reader))
    return types.reference_type(reader)


def _cast(reader: Reader, types: TypeReader) -> Cast:
    start = reader.position
    flags = reader.byte()
    if flags > 3:
        raise reader.fail("malformed br_on_cast flags", start)
    label = reader.u32()
    source = ReferenceType(bool(flags & 1), types.heap_type(reader))
    return Cast(label, source, ReferenceType(bool(flags & 2), types.heap_type(reader)))


def _catches(reader: Reader, types: TypeReader) -> tuple[tuple[ValueType, ...] | int, Any]:
    """The block type and the clauses of try_table."""
    block = _block_type(reader, types)

    def item() -> Catch:
        start = reader.position
        code = reader.byte()
        if code > CatchKind.ALL_REF.value:
            raise reader.fail("malformed catch clause", start)
        kind = CatchKind(code)
        tag = reader.u32() if kind in (CatchKind.TAG, CatchKind.TAG_REF) else None
        return Catch(kind, tag, reader.u32())

    return block, reader.vector(item, "branch_table", types.limits.branch_table)


def _memory_argument(reader: Reader, types: TypeReader) -> MemoryArgument:
    """Alignment and offset.

    From 3.0 on bit 6 of the alignment announces a memory index, and offsets have 64 bits.
    """
    start = reader.position
    align = reader.u32()
    if types.features < Features.V3:
        if align >= 32:
            raise reader.fail("malformed memop flags", start)
        return MemoryArgument(align, reader.u32(), 0)
    if align >= 0x80:
        raise reader.fail("malformed memop flags", start)
    memory = reader.u32() if align & 0x40 else 0
    return MemoryArgument(align & 0x3F, reader.u64(), memory)


def _memory_argument_lane(reader: Reader, types: TypeReader) -> tuple[MemoryArgument, int]:
    return _memory_argument(reader, types), reader.byte()


READERS: dict[str, ImmediateReader] = {
    **dict.fromkeys(
        (
            *("label", "function", "local", "global", "table", "data", "element"),
            *("type", "tag"),
        ),
        index,
    ),
    **dict.fromkeys(
        ("element table", "table table", "type field", "type data", "type element", "type type"),
        _two_indices,
    ),
    "type count": _two_indices,
    "memory": _memory,
    "block": _block_type,
    "labels": _labels,
    "type table": _type_table,
    "types": _types,
    "heap": _null,
    "reference": lambda reader, types: ReferenceType(False, types.heap_type(reader)),
    "reference null": lambda reader, types: ReferenceType(True, types.heap_type(reader)),
    "cast": _cast,
    "catches": _catches,
    "memarg": _memory_argument,
    "memarg lane": _memory_argument_lane,
    "data memory": lambda reader, types: (reader.u32(), _memory(reader, types)),
    "memory memory": lambda reader, types: (_memory(reader, types), _memory(reader, types)),
    "lane": lambda reader, _: reader.byte(),
    "lanes": lambda reader, _: tuple(reader.take(16)),
    "v128": lambda reader, _: reader.take(16),
    "i32": lambda reader, _: reader.signed(32) & MASK32,
    "i64": lambda reader, _: reader.signed(64) & MASK64,
    "f32": lambda reader, _: f32_from_bits(int.from_bytes(reader.take(4), "little")),
    "f64": lambda reader, _: f64_from_bits(int.from_bytes(reader.take(8), "little")),
}
"""The reader of each kind."""

DATA_KINDS = frozenset({"data", "data memory", "type data"})
"""Kinds that name a data segment."""
