"""Structs, arrays and i31 (spec 3.4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.matching import matches
from wasm_vm.types import (
    ANY,
    ARRAYREF,
    EXTERN,
    I31,
    I31REF,
    I32,
    ArrayType,
    FieldType,
    ReferenceType,
    StructType,
    ValueType,
)
from wasm_vm.validation.rules.declare import rule
from wasm_vm.validation.stacks import Mismatch

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


def _struct(v: FunctionValidator, index: int) -> StructType:
    composite = v.context.type(index).composite
    if not isinstance(composite, StructType):
        raise Mismatch(f"type mismatch: type {index} is no struct type")
    return composite


def _array(v: FunctionValidator, index: int) -> FieldType:
    composite = v.context.type(index).composite
    if not isinstance(composite, ArrayType):
        raise Mismatch(f"type mismatch: type {index} is no array type")
    return composite.element


def _push(v: FunctionValidator, index: int) -> None:
    v.stacks.push(ReferenceType(False, v.context.type(index)))


def _pop(v: FunctionValidator, index: int) -> None:
    v.stacks.pop(ReferenceType(True, v.context.type(index)))


def _need_default(field: FieldType) -> None:
    if not field.value.has_default:
        raise Mismatch(f"type mismatch: {field.value} has no default value")


def _need_mutable(field: FieldType, what: str) -> None:
    if not field.mutable:
        raise Mismatch(f"immutable {what}")


def _need_packing(field: FieldType, row: str) -> None:
    if field.packed != row.endswith(("_s", "_u")):
        raise Mismatch(f"type mismatch: {row} of a field of type {field.storage!r}")


@rule("struct.new")
def struct_new(v: FunctionValidator, at: int, index: int) -> None:
    """[t*] -> [(ref x)]."""
    v.stacks.pop_all(tuple(field.value for field in _struct(v, index).fields))
    _push(v, index)


@rule("struct.new_default")
def struct_new_default(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [(ref x)]."""
    for field in _struct(v, index).fields:
        _need_default(field)
    _push(v, index)


def _field(v: FunctionValidator, immediate: tuple[int, int]) -> FieldType:
    index, position = immediate
    fields = _struct(v, index).fields
    if position >= len(fields):
        raise Mismatch(f"unknown field {position}")
    return fields[position]


@rule("struct.get", "struct.get_s", "struct.get_u")
def struct_get(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[(ref null x)] -> [t]."""
    field = _field(v, immediate)
    _need_packing(field, v.body[at][0].name)
    _pop(v, immediate[0])
    v.stacks.push(field.value)


@rule("struct.set")
def struct_set(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[(ref null x) t] -> [] for a mutable field."""
    field = _field(v, immediate)
    _need_mutable(field, "field")
    v.stacks.pop(field.value)
    _pop(v, immediate[0])


@rule("array.new")
def array_new(v: FunctionValidator, at: int, index: int) -> None:
    """[t i32] -> [(ref x)]."""
    v.stacks.pop_all((_array(v, index).value, I32))
    _push(v, index)


@rule("array.new_default")
def array_new_default(v: FunctionValidator, at: int, index: int) -> None:
    """[i32] -> [(ref x)]."""
    _need_default(_array(v, index))
    v.stacks.pop(I32)
    _push(v, index)


@rule("array.new_fixed")
def array_new_fixed(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[t^n] -> [(ref x)]."""
    index, count = immediate
    kind = _array(v, index).value
    for _ in range(count):
        v.stacks.pop(kind)
        if v.stacks.is_bottomless():
            break
    _push(v, index)


def _need_bytes(field: FieldType) -> None:
    if isinstance(field.storage, ValueType) and not field.storage.is_number:
        raise Mismatch("array type is not numeric or vector")


def _need_segment(v: FunctionValidator, field: FieldType, segment: int) -> None:
    kind = v.context.element(segment)
    if not isinstance(field.storage, ValueType) or not matches(kind, field.storage):
        raise Mismatch(f"type mismatch: a segment of {kind} for an array of {field.storage!r}")


@rule("array.new_data")
def array_new_data(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[i32 i32] -> [(ref x)] for an array of numbers."""
    index, segment = immediate
    _need_bytes(_array(v, index))
    v.context.data(segment)
    v.stacks.pop_all((I32, I32))
    _push(v, index)


@rule("array.new_elem")
def array_new_elem(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[i32 i32] -> [(ref x)] for an array of references."""
    index, segment = immediate
    _need_segment(v, _array(v, index), segment)
    v.stacks.pop_all((I32, I32))
    _push(v, index)


@rule("array.get", "array.get_s", "array.get_u")
def array_get(v: FunctionValidator, at: int, index: int) -> None:
    """[(ref null x) i32] -> [t]."""
    field = _array(v, index)
    _need_packing(field, v.body[at][0].name)
    v.stacks.pop(I32)
    _pop(v, index)
    v.stacks.push(field.value)


@rule("array.set")
def array_set(v: FunctionValidator, at: int, index: int) -> None:
    """[(ref null x) i32 t] -> [] for a mutable array."""
    field = _array(v, index)
    _need_mutable(field, "array")
    v.stacks.pop(field.value)
    v.stacks.pop(I32)
    _pop(v, index)


@rule("array.len")
def array_len(v: FunctionValidator, at: int, _: None) -> None:
    """[arrayref] -> [i32]."""
    v.stacks.pop(ARRAYREF)
    v.stacks.push(I32)


@rule("array.fill")
def array_fill(v: FunctionValidator, at: int, index: int) -> None:
    """[(ref null x) i32 t i32] -> []."""
    field = _array(v, index)
    _need_mutable(field, "array")
    v.stacks.pop_all((I32, field.value, I32))
    _pop(v, index)


@rule("array.copy")
def array_copy(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[(ref null x) i32 (ref null y) i32 i32] -> []."""
    target, source = (_array(v, index) for index in immediate)
    _need_mutable(target, "array")
    if isinstance(target.storage, ValueType) and isinstance(source.storage, ValueType):
        fits = matches(source.storage, target.storage)
    else:
        fits = source.storage == target.storage
    if not fits:
        raise Mismatch("array types do not match")
    v.stacks.pop_all((I32, I32))
    _pop(v, immediate[1])
    v.stacks.pop(I32)
    _pop(v, immediate[0])


@rule("array.init_data")
def array_init_data(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[(ref null x) i32 i32 i32] -> [] for a mutable array of numbers."""
    index, segment = immediate
    field = _array(v, index)
    _need_mutable(field, "array")
    _need_bytes(field)
    v.context.data(segment)
    v.stacks.pop_all((I32, I32, I32))
    _pop(v, index)


@rule("array.init_elem")
def array_init_elem(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[(ref null x) i32 i32 i32] -> [] for a mutable array of references."""
    index, segment = immediate
    field = _array(v, index)
    _need_mutable(field, "array")
    _need_segment(v, field, segment)
    v.stacks.pop_all((I32, I32, I32))
    _pop(v, index)


@rule("ref.i31")
def ref_i31(v: FunctionValidator, at: int, _: None) -> None:
    """[i32] -> [(ref i31)]."""
    v.stacks.pop(I32)
    v.stacks.push(ReferenceType(False, I31))


@rule("i31.get_s", "i31.get_u")
def i31_get(v: FunctionValidator, at: int, _: None) -> None:
    """[i31ref] -> [i32]."""
    v.stacks.pop(I31REF)
    v.stacks.push(I32)


def _converted(v: FunctionValidator, source: Any, target: Any) -> None:
    kind = v.stacks.pop_reference()
    if not matches(ReferenceType(True, kind.heap), ReferenceType(True, source)):
        raise Mismatch(f"type mismatch: expected {source}, found {kind}")
    v.stacks.push(ReferenceType(kind.nullable, target))


@rule("any.convert_extern")
def any_convert_extern(v: FunctionValidator, at: int, _: None) -> None:
    """[(ref null? extern)] -> [(ref null? any)]."""
    _converted(v, EXTERN, ANY)


@rule("extern.convert_any")
def extern_convert_any(v: FunctionValidator, at: int, _: None) -> None:
    """[(ref null? any)] -> [(ref null? extern)]."""
    _converted(v, ANY, EXTERN)
