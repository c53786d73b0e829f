"""Matching (spec 3.3): when a value of one type may stand where another type is expected."""

from __future__ import annotations

from collections.abc import Sequence

from wasm_vm.types import (
    BOTTOM,
    AbstractHeapType,
    ArrayType,
    CompositeType,
    DefinedType,
    FieldType,
    FunctionType,
    HeapType,
    ReferenceType,
    StructType,
    ValueType,
)


def heap_matches(actual: HeapType, expected: HeapType) -> bool:
    """True when one heap type is a subtype of the other, or the same."""
    if actual is expected or actual is BOTTOM:
        return True
    if isinstance(actual, DefinedType):
        if isinstance(expected, AbstractHeapType):
            return expected in actual.abstract.above
        return any(heap_matches(heap, expected) for heap in actual.supertypes)
    if isinstance(expected, DefinedType):
        return actual is expected.bottom
    if isinstance(actual, AbstractHeapType) and isinstance(expected, AbstractHeapType):
        return expected in actual.above
    return actual == expected


def matches(actual: ValueType, expected: ValueType) -> bool:
    """True when a value of one type may stand where the other is expected."""
    if actual is expected:
        return True
    if not isinstance(actual, ReferenceType) or not isinstance(expected, ReferenceType):
        return False
    if actual.nullable and not expected.nullable:
        return False
    return heap_matches(actual.heap, expected.heap)


def all_match(actual: Sequence[ValueType], expected: Sequence[ValueType]) -> bool:
    """True when the types match one by one."""
    return len(actual) == len(expected) and all(map(matches, actual, expected))


def field_matches(actual: FieldType, expected: FieldType) -> bool:
    """True when a field may stand in for another: mutable ones must be the same (spec 3.3.8)."""
    if actual.mutable != expected.mutable:
        return False
    if not isinstance(actual.storage, ValueType) or not isinstance(expected.storage, ValueType):
        return actual.storage == expected.storage
    if actual.mutable:
        return actual.storage == expected.storage
    return matches(actual.storage, expected.storage)


def composite_matches(actual: CompositeType, expected: CompositeType) -> bool:
    """True when a composite type may be declared a subtype of the other (spec 3.3.9)."""
    match actual, expected:
        case FunctionType(), FunctionType():
            return all_match(expected.parameters, actual.parameters) and all_match(
                actual.results, expected.results
            )
        case StructType(), StructType():
            return len(actual.fields) >= len(expected.fields) and all(
                map(field_matches, actual.fields, expected.fields)
            )
        case ArrayType(), ArrayType():
            return field_matches(actual.element, expected.element)
    return False
