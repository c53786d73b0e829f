"""Constant expressions (spec 3.4.13), evaluated at instantiation, where nothing costs fuel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wasm_vm.instructions.meaning import function as meaning
from wasm_vm.module import Expression
from wasm_vm.runtime import heap
from wasm_vm.types import DefinedType, StructType

if TYPE_CHECKING:
    from wasm_vm.runtime.instance import Instance

_I31_MASK = 0x7FFF_FFFF
_UNCHANGED = frozenset({"any.convert_extern", "extern.convert_any"})


def evaluate(expression: Expression, instance: Instance) -> Any:
    """The raw value of a validated constant expression."""
    stack: list[Any] = []
    types = instance.module.module.types
    for row, immediate, _ in expression[:-1]:
        match row.name:
            case "global.get":
                stack.append(instance.globals[immediate].raw)
            case "ref.func":
                stack.append(instance.functions[immediate])
            case "ref.null":
                stack.append(None)
            case "ref.i31":
                stack[-1] = heap.I31Reference(stack[-1] & _I31_MASK)
            case "struct.new" | "struct.new_default":
                _new_struct(types[immediate], row.name == "struct.new_default", stack, instance)
            case "array.new" | "array.new_default":
                _new_array(types[immediate], row.name == "array.new_default", stack, instance)
            case "array.new_fixed":
                index, count = immediate
                first = len(stack) - count
                stack[first:] = [_array(types[index], stack[first:], instance)]
            case name if name in _UNCHANGED:
                pass
            case _ if row.operands is None:
                stack.append(immediate)
            case _:
                arity = len(row.operands)
                stack[-arity:] = [meaning(row)(*stack[-arity:])]
    return stack[-1]


def _new_struct(kind: DefinedType, default: bool, stack: list[Any], instance: Instance) -> None:
    composite = kind.composite
    assert isinstance(composite, StructType)  # validated
    if default:
        stack.extend(heap.default_value(field) for field in composite.fields)
    first = len(stack) - len(composite.fields)
    stack[first:] = [heap.new_struct(kind, stack[first:], instance.store.heap)]


def _new_array(kind: DefinedType, default: bool, stack: list[Any], instance: Instance) -> None:
    count = stack.pop()
    field = heap.element_type(kind)
    value = heap.default_value(field) if default else stack.pop()
    instance.store.heap.reserve(heap.array_size(kind, count))
    values = [heap.packed(field, value)] * count
    size = heap.array_size(kind, count)
    stack.append(heap.Array(kind, values, instance.store.heap, size))


def _array(kind: DefinedType, values: list[Any], instance: Instance) -> heap.Array:
    size = heap.array_size(kind, len(values))
    instance.store.heap.reserve(size)
    field = heap.element_type(kind)
    stored = [heap.packed(field, value) for value in values]
    return heap.Array(kind, stored, instance.store.heap, size)
