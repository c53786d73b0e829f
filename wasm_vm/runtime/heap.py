"""Objects of the garbage-collected heap (spec 4.2.14): structs, arrays, i31, exceptions.

Python's own collector frees them, cycles included; each object gives its bytes back when it goes
(see heap_budget). An object counts for what it takes in this process, boxed numbers included: a
limit that counted the guest's view would hold a tenth of it.

A host object that a guest sees as anyref is itself; an i31 is an I31, never a plain int, so that
the two cannot be confused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wasm_vm.matching import heap_matches
from wasm_vm.runtime.heap_budget import HeapBudget
from wasm_vm.types import (
    ANY,
    EQ,
    EXN,
    EXTERN,
    F32,
    F64,
    I8,
    I16,
    I31,
    I32,
    I64,
    NOEXTERN,
    V128,
    ArrayType,
    DefinedType,
    FieldType,
    HeapType,
    PackedType,
    ReferenceType,
    StructType,
    TagType,
    ValueType,
)

_DATA_BYTES = {I8: 1, I16: 2, I32: 4, F32: 4, I64: 8, F64: 8, V128: 16}

OBJECT_BYTES = 136
"""Bytes of an object without what it holds: itself, its list, and what the allocator rounds up."""

_SLOT_BYTES = 8
_BOX_BYTES = {I8: 0, I16: 32, I32: 32, F32: 24, I64: 40, F64: 24, V128: 64}
_I31_BYTES = 48
_MAY_BE_I31 = frozenset({ANY, EQ, I31, EXTERN})


def data_bytes(field: FieldType) -> int:
    """Bytes of a number in a data segment."""
    return _DATA_BYTES[field.storage]


def item_bytes(storage: ValueType | PackedType) -> int:
    """Bytes that a value counts for in an object: its slot, and its box if it may have one."""
    if isinstance(storage, ReferenceType):
        return _SLOT_BYTES + (_I31_BYTES if storage.heap in _MAY_BE_I31 else 0)
    return _SLOT_BYTES + _BOX_BYTES[storage]


class I31Reference(int):
    """An i31 reference: 31 bits, unsigned."""

    __slots__ = ()


class Counted:
    """Something whose bytes are booked already, and given back when it goes."""

    __slots__ = ("_budget", "_size")

    def __init__(self, budget: HeapBudget, size: int) -> None:
        self._budget = budget
        self._size = size

    def __del__(self) -> None:
        self._budget.give_back(self._size)


class HeapObject(Counted):
    """A struct or an array; `values` are raw, packed ones cut to their width."""

    __slots__ = ("type", "values")

    def __init__(self, kind: DefinedType, values: list[Any], budget: HeapBudget, size: int) -> None:
        super().__init__(budget, size)
        self.type = kind
        self.values = values


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


class ExceptionInstance(Counted):
    """An exception (spec 4.2.13); `values` are raw."""

    __slots__ = ("tag", "values")

    def __init__(self, tag: Tag, values: list[Any], budget: HeapBudget, size: int) -> None:
        super().__init__(budget, size)
        self.tag = tag
        self.values = values


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
    return OBJECT_BYTES + sum(item_bytes(field.storage) for field in composite.fields)


def new_struct(kind: DefinedType, values: Sequence[Any], budget: HeapBudget) -> Struct:
    """A struct of raw values; raises Trap (ALLOCATION)."""
    composite = kind.composite
    assert isinstance(composite, StructType)  # validated
    size = struct_size(kind)
    budget.reserve(size)
    stored = list(map(packed, composite.fields, values))
    return Struct(kind, stored[:], budget, size)  # a copy keeps no room to grow


def new_exception(tag: Tag, values: list[Any], budget: HeapBudget) -> ExceptionInstance:
    """An exception of raw values; raises Trap (ALLOCATION)."""
    size = OBJECT_BYTES + sum(map(item_bytes, tag.type.parameters))
    budget.reserve(size)
    return ExceptionInstance(tag, values, budget, size)


def element_type(kind: DefinedType) -> FieldType:
    """What an array type consists of."""
    composite = kind.composite
    assert isinstance(composite, ArrayType)  # validated
    return composite.element


def array_size(kind: DefinedType, count: int) -> int:
    """Bytes of an array."""
    return OBJECT_BYTES + count * item_bytes(element_type(kind).storage)


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
