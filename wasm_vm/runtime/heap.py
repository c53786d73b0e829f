"""Objects of the garbage-collected heap (spec 4.2.14): structs, arrays, i31, exceptions.

Python's own collector frees them, cycles included; each object gives its bytes back to the store's
budget when it goes. Where the budget is exhausted, a collection is tried before the guest traps, so
that garbage in cycles never counts against it for good.

A host object that a guest sees as anyref is itself; an i31 is an I31, never a plain int, so that
the two cannot be confused.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

from wasm_vm.errors import Trap, TrapKind
from wasm_vm.matching import heap_matches
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.types import (
    ANY,
    EXN,
    EXTERN,
    F32,
    I8,
    I16,
    I31,
    I32,
    NOEXTERN,
    V128,
    ArrayType,
    DefinedType,
    FieldType,
    HeapType,
    ReferenceType,
    StructType,
    TagType,
)

OBJECT_BYTES = 16
_STORAGE_BYTES = {I8: 1, I16: 2, I32: 4, F32: 4, V128: 16}
_OTHER_BYTES = 8


def storage_bytes(field: FieldType) -> int:
    """Bytes that a field counts for in the budget, and takes in a data segment."""
    return _STORAGE_BYTES.get(field.storage, _OTHER_BYTES)


class I31Reference(int):
    """An i31 reference: 31 bits, unsigned."""

    __slots__ = ()


class HeapObject:
    """A struct or an array; `values` are raw, packed ones cut to their width."""

    __slots__ = ("_budget", "_size", "type", "values")

    def __init__(self, kind: DefinedType, values: list[Any], budget: ByteBudget, size: int) -> None:
        """An object whose bytes are booked already."""
        self.type = kind
        self.values = values
        self._budget = budget
        self._size = size

    def __del__(self) -> None:
        self._budget.give_back(self._size)


class Struct(HeapObject):
    """A struct."""

    __slots__ = ()


class Array(HeapObject):
    """An array."""

    __slots__ = ()


class Tag:
    """A tag instance: exceptions are caught by its identity (spec 4.2.10)."""

    __slots__ = ("type",)

    def __init__(self, kind: TagType) -> None:
        self.type = kind


class ExceptionInstance:
    """An exception (spec 4.2.13)."""

    __slots__ = ("tag", "values")

    def __init__(self, tag: Tag, values: list[Any]) -> None:
        self.tag = tag
        self.values = values


def reserve(budget: ByteBudget, size: int) -> None:
    """Book bytes for an object; raises Trap (ALLOCATION) where even a collection does not help."""
    if budget.take(size):
        return
    if size <= budget.limit:
        gc.collect()
        if budget.take(size):
            return
    raise Trap(TrapKind.ALLOCATION, f"{size} bytes; {budget.used} of {budget.limit} are in use")


def packed(field: FieldType, value: Any) -> Any:
    """A value as a field stores it."""
    if field.storage is I8:
        return value & 0xFF
    if field.storage is I16:
        return value & 0xFFFF
    return value


def struct_size(kind: DefinedType) -> int:
    """Bytes of a struct."""
    composite = kind.composite
    assert isinstance(composite, StructType)  # validated
    return OBJECT_BYTES + sum(storage_bytes(field) for field in composite.fields)


def new_struct(kind: DefinedType, values: Sequence[Any], budget: ByteBudget) -> Struct:
    """A struct of raw values; raises Trap (ALLOCATION)."""
    composite = kind.composite
    assert isinstance(composite, StructType)  # validated
    size = struct_size(kind)
    reserve(budget, size)
    return Struct(kind, list(map(packed, composite.fields, values)), budget, size)


def element_type(kind: DefinedType) -> FieldType:
    """What an array type consists of."""
    composite = kind.composite
    assert isinstance(composite, ArrayType)  # validated
    return composite.element


def array_size(kind: DefinedType, count: int) -> int:
    """Bytes of an array."""
    return OBJECT_BYTES + count * storage_bytes(element_type(kind))


def default_value(field: FieldType) -> Any:
    """Zero or null."""
    return field.value.zero


def value_type(value: Any) -> HeapType:
    """The most precise heap type of a reference that is not null."""
    if isinstance(value, HeapObject):
        return value.type
    if isinstance(value, I31Reference):
        return I31
    if isinstance(value, ExceptionInstance):
        return EXN
    defined: HeapType | None = getattr(value, "defined", None)
    return defined if isinstance(defined, DefinedType) else ANY


def is_of_type(value: Any, kind: ReferenceType) -> bool:
    """True when a reference is a value of a type (ref.test)."""
    if value is None:
        return kind.nullable
    if kind.heap is EXTERN or kind.heap is NOEXTERN:
        return kind.heap is EXTERN
    return heap_matches(value_type(value), kind.heap)


def same(first: Any, second: Any) -> bool:
    """True when two references are equal (ref.eq)."""
    if first is second:
        return True
    return isinstance(first, I31Reference) and isinstance(second, I31Reference) and first == second
