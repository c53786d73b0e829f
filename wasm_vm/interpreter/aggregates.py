"""Handlers of structs, arrays, i31 and casts (spec 4.4.2).

Order of the cost model: fixed cost (the machine has taken it), traps, allocation limits included,
then the variable cost, then the effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.errors import Trap, TrapKind
from wasm_vm.interpreter.bulk import CHUNK_ELEMENTS, FIXED, chunks
from wasm_vm.interpreter.handlers import handles
from wasm_vm.numeric import MASK32
from wasm_vm.runtime import heap
from wasm_vm.runtime.heap import Array, I31Reference, Struct
from wasm_vm.runtime.memory import out_of_bounds as memory_bounds
from wasm_vm.runtime.table import out_of_bounds as table_bounds
from wasm_vm.runtime.values import from_bits
from wasm_vm.types import DefinedType, FieldType, PackedType, ReferenceType, StructType

if TYPE_CHECKING:
    from wasm_vm.interpreter.machine import Frame

_I31_MASK = 0x7FFF_FFFF
_I31_SIGN = 0x4000_0000


def _struct(value: Any) -> Struct:
    if value is None:
        raise Trap(TrapKind.NULL_STRUCT)
    assert isinstance(value, Struct)  # validated
    return value


def _array(value: Any) -> Array:
    if value is None:
        raise Trap(TrapKind.NULL_ARRAY)
    assert isinstance(value, Array)  # validated
    return value


def _sign_extended(value: int, field: FieldType) -> int:
    assert isinstance(field.storage, PackedType)  # validated
    sign = 1 << field.storage.bits - 1
    return (value ^ sign) - sign & MASK32


# --- structs ------------------------------------------------------------------------------------


@handles("struct.new")
def struct_new(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """A struct of the operands."""
    composite = kind.composite
    assert isinstance(composite, StructType)  # validated
    first = len(stack) - len(composite.fields)
    stack[first:] = [heap.new_struct(kind, stack[first:], frame.instance.store.heap)]


@handles("struct.new_default")
def struct_new_default(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """A struct of zeros and nulls."""
    composite = kind.composite
    assert isinstance(composite, StructType)  # validated
    values = [heap.default_value(field) for field in composite.fields]
    stack.append(heap.new_struct(kind, values, frame.instance.store.heap))


@handles("struct.get", "struct.get_u")
def struct_get(stack: list[Any], immediate: tuple[FieldType, int], frame: Frame) -> None:
    """A field."""
    stack[-1] = _struct(stack[-1]).values[immediate[1]]


@handles("struct.get_s")
def struct_get_s(stack: list[Any], immediate: tuple[FieldType, int], frame: Frame) -> None:
    """A packed field with its sign."""
    field, position = immediate
    stack[-1] = _sign_extended(_struct(stack[-1]).values[position], field)


@handles("struct.set")
def struct_set(stack: list[Any], immediate: tuple[FieldType, int], frame: Frame) -> None:
    """Assign a field."""
    field, position = immediate
    value = stack.pop()
    _struct(stack.pop()).values[position] = heap.packed(field, value)


# --- arrays -------------------------------------------------------------------------------------


def _check(array: Array, start: int, count: int) -> None:
    if start + count > len(array.values):
        raise Trap(TrapKind.ARRAY_BOUNDS, f"{count} elements at {start} of {len(array.values)}")


def _paid(frame: Frame, kind: DefinedType, count: int) -> int:
    """Book the bytes and pay the elements of a new array; its bytes."""
    budget, size = frame.instance.store.heap, heap.array_size(kind, count)
    budget.reserve(size)
    try:
        frame.machine.meter.surcharge(count, FIXED)
    except BaseException:
        budget.cancel(size)
        raise
    return size


def _new(frame: Frame, kind: DefinedType, values: list[Any], size: int) -> Array:
    return Array(kind, values, frame.instance.store.heap, size)


@handles("array.new")
def array_new(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """An array of one value."""
    value, count = stack[-2:]
    size = _paid(frame, kind, count)
    stored = heap.packed(heap.element_type(kind), value)
    stack[-2:] = [_new(frame, kind, [stored] * count, size)]


@handles("array.new_default")
def array_new_default(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """An array of zeros or nulls."""
    count = stack[-1]
    size = _paid(frame, kind, count)
    stack[-1] = _new(frame, kind, [heap.default_value(heap.element_type(kind))] * count, size)


@handles("array.new_fixed")
def array_new_fixed(stack: list[Any], immediate: tuple[DefinedType, int], frame: Frame) -> None:
    """An array of the operands; its length is static and costs nothing more."""
    kind, count = immediate
    size = heap.array_size(kind, count)
    frame.instance.store.heap.reserve(size)
    first = len(stack) - count
    field = heap.element_type(kind)
    stack[first:] = [_new(frame, kind, [heap.packed(field, v) for v in stack[first:]], size)]


def _data_values(frame: Frame, field: FieldType, segment: int, start: int, count: int) -> list[Any]:
    """Numbers of a data segment; raises Trap (MEMORY_BOUNDS)."""
    data, width = frame.instance.datas[segment], heap.data_bytes(field)
    if start + count * width > len(data):
        raise memory_bounds(start, count * width, len(data))
    words = (
        int.from_bytes(data[at : at + width], "little")
        for at in range(start, start + count * width, width)
    )
    if field.packed:
        return list(words)
    return [from_bits(field.value, word) for word in words]


def _segment_items(frame: Frame, segment: int, start: int, count: int) -> list[Any]:
    """References of an element segment; raises Trap (TABLE_BOUNDS)."""
    items = frame.instance.elements[segment]
    if start + count > len(items):
        raise table_bounds(start, count, len(items))
    return items[start : start + count]


@handles("array.new_data")
def array_new_data(stack: list[Any], immediate: tuple[DefinedType, int], frame: Frame) -> None:
    """An array of a data segment's numbers."""
    kind, segment = immediate
    start, count = stack[-2:]
    values = _data_values(frame, heap.element_type(kind), segment, start, count)
    stack[-2:] = [_new(frame, kind, values, _paid(frame, kind, count))]


@handles("array.new_elem")
def array_new_elem(stack: list[Any], immediate: tuple[DefinedType, int], frame: Frame) -> None:
    """An array of an element segment's references."""
    kind, segment = immediate
    start, count = stack[-2:]
    values = _segment_items(frame, segment, start, count)
    stack[-2:] = [_new(frame, kind, values, _paid(frame, kind, count))]


@handles("array.get", "array.get_u")
def array_get(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """An element."""
    index = stack.pop()
    array = _array(stack[-1])
    _check(array, index, 1)
    stack[-1] = array.values[index]


@handles("array.get_s")
def array_get_s(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """A packed element with its sign."""
    array_get(stack, kind, frame)
    stack[-1] = _sign_extended(stack[-1], heap.element_type(kind))


@handles("array.set")
def array_set(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """Assign an element."""
    value, index = stack.pop(), stack.pop()
    array = _array(stack.pop())
    _check(array, index, 1)
    array.values[index] = heap.packed(heap.element_type(kind), value)


@handles("array.len")
def array_len(stack: list[Any], immediate: None, frame: Frame) -> None:
    """The number of elements."""
    stack[-1] = len(_array(stack[-1]).values)


@handles("array.fill")
def array_fill(stack: list[Any], kind: DefinedType, frame: Frame) -> None:
    """Set elements to one value."""
    value, count = stack[-2:]
    array, start = _array(stack[-4]), stack[-3]
    _check(array, start, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    stored = heap.packed(heap.element_type(kind), value)
    for part in chunks(meter, count, CHUNK_ELEMENTS):
        size = part.stop - part.start
        array.values[start + part.start : start + part.stop] = [stored] * size
    del stack[-4:]


@handles("array.copy")
def array_copy(stack: list[Any], immediate: Any, frame: Frame) -> None:
    """Copy elements; the ranges may overlap."""
    target, to = _array(stack[-5]), stack[-4]
    source, origin, count = _array(stack[-3]), stack[-2], stack[-1]
    _check(target, to, count)
    _check(source, origin, count)
    meter = frame.machine.meter
    meter.surcharge(count, FIXED)
    for part in chunks(meter, count, CHUNK_ELEMENTS, backwards=to > origin):
        block = source.values[origin + part.start : origin + part.stop]
        target.values[to + part.start : to + part.stop] = block
    del stack[-5:]


@handles("array.init_data")
def array_init_data(stack: list[Any], immediate: tuple[DefinedType, int], frame: Frame) -> None:
    """Copy numbers of a data segment."""
    kind, segment = immediate
    array, (to, start, count) = _array(stack[-4]), stack[-3:]
    _check(array, to, count)
    values = _data_values(frame, heap.element_type(kind), segment, start, count)
    frame.machine.meter.surcharge(count, FIXED)
    array.values[to : to + count] = values
    del stack[-4:]


@handles("array.init_elem")
def array_init_elem(stack: list[Any], immediate: tuple[DefinedType, int], frame: Frame) -> None:
    """Copy references of an element segment."""
    _, segment = immediate
    array, (to, start, count) = _array(stack[-4]), stack[-3:]
    _check(array, to, count)
    values = _segment_items(frame, segment, start, count)
    frame.machine.meter.surcharge(count, FIXED)
    array.values[to : to + count] = values
    del stack[-4:]


# --- i31 and casts ------------------------------------------------------------------------------


@handles("ref.i31")
def ref_i31(stack: list[Any], immediate: None, frame: Frame) -> None:
    """The lowest 31 bits as a reference."""
    stack[-1] = I31Reference(stack[-1] & _I31_MASK)


@handles("i31.get_u")
def i31_get_u(stack: list[Any], immediate: None, frame: Frame) -> None:
    """The number of an i31 reference."""
    if stack[-1] is None:
        raise Trap(TrapKind.NULL_I31)
    stack[-1] = int(stack[-1])


@handles("i31.get_s")
def i31_get_s(stack: list[Any], immediate: None, frame: Frame) -> None:
    """The number of an i31 reference with its sign."""
    i31_get_u(stack, immediate, frame)
    stack[-1] = (stack[-1] ^ _I31_SIGN) - _I31_SIGN & MASK32


@handles("any.convert_extern", "extern.convert_any")
def convert(stack: list[Any], immediate: None, frame: Frame) -> None:
    """The same reference, seen from the other side."""


@handles("ref.eq")
def ref_eq(stack: list[Any], immediate: None, frame: Frame) -> None:
    """1 for the same reference, else 0."""
    second = stack.pop()
    stack[-1] = int(heap.same(stack[-1], second))


@handles("ref.as_non_null")
def ref_as_non_null(stack: list[Any], immediate: None, frame: Frame) -> None:
    """Trap on null."""
    if stack[-1] is None:
        raise Trap(TrapKind.NULL_REFERENCE)


@handles("ref.test", "ref.test null")
def ref_test(stack: list[Any], kind: ReferenceType, frame: Frame) -> None:
    """1 for a value of the type, else 0."""
    stack[-1] = int(heap.is_of_type(stack[-1], kind))


@handles("ref.cast", "ref.cast null")
def ref_cast(stack: list[Any], kind: ReferenceType, frame: Frame) -> None:
    """Trap unless the reference is a value of the type."""
    if not heap.is_of_type(stack[-1], kind):
        raise Trap(TrapKind.CAST, f"to {kind}")
