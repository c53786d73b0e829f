"""Types in the binary format (spec 5.3)."""

from __future__ import annotations

from wasm_vm.binary.reader import Reader
from wasm_vm.limits import Limits
from wasm_vm.types import (
    BY_CODE,
    FUNCREF,
    V128,
    Bounds,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    ReferenceType,
    TableType,
    ValueType,
)

_THREADS = 0x02
_ADDRESS_64 = 0x04


def value_type(reader: Reader, features: Features) -> ValueType:
    """A value type (spec 5.3.5)."""
    start = reader.position
    kind = BY_CODE.get(reader.byte())
    if kind is None or (features is Features.V1 and (not kind.is_number or kind is V128)):
        raise reader.fail("malformed value type", start)
    return kind


def reference_type(reader: Reader, features: Features) -> ReferenceType:
    """A reference type (spec 5.3.4)."""
    start = reader.position
    kind = BY_CODE.get(reader.byte())
    if not isinstance(kind, ReferenceType) or (features is Features.V1 and kind is not FUNCREF):
        raise reader.fail("malformed reference type", start)
    return kind


def function_type(reader: Reader, features: Features, limits: Limits) -> FunctionType:
    """A function type (spec 5.3.6)."""
    if reader.byte() != 0x60:
        raise reader.fail("malformed function type", reader.position - 1)

    def item() -> ValueType:
        return value_type(reader, features)

    parameters = reader.vector(item, "parameters", limits.parameters)
    return FunctionType(parameters, reader.vector(item, "results", limits.results))


def bounds(reader: Reader, features: Features) -> Bounds:
    """The limits of a memory or table (spec 5.3.9).

    From 3.0 on they are 64 bits wide, so that an overlong integer is well-formed there.
    """
    start = reader.position
    flags = reader.byte()
    if flags & _THREADS and flags < _ADDRESS_64:
        raise reader.fail("malformed limits flags: shared memory is the threads proposal", start)
    if flags > 1:
        raise reader.fail("malformed limits flags", start)
    width = 64 if features >= Features.V3 else 32
    minimum = reader.unsigned(width)
    return Bounds(minimum, reader.unsigned(width) if flags & 1 else None)


def memory_type(reader: Reader, features: Features) -> MemoryType:
    """The type of a memory (spec 5.3.10)."""
    return MemoryType(bounds(reader, features))


def table_type(reader: Reader, features: Features) -> TableType:
    """The type of a table (spec 5.3.11)."""
    element = reference_type(reader, features)
    return TableType(element, bounds(reader, features))


def global_type(reader: Reader, features: Features) -> GlobalType:
    """The type of a global (spec 5.3.12)."""
    value = value_type(reader, features)
    mutability = reader.byte()
    if mutability > 1:
        raise reader.fail("malformed mutability", reader.position - 1)
    return GlobalType(value, mutability == 1)
