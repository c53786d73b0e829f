"""Tables (spec 3.4.5). Indices have the table's address type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasm_vm.matching import matches
from wasm_vm.types import I32, I64, ValueType
from wasm_vm.validation.rules.declare import rule
from wasm_vm.validation.stacks import Mismatch

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator


@rule("table.get")
def table_get(v: FunctionValidator, at: int, index: int) -> None:
    """[at] -> [t]."""
    kind = v.context.table(index)
    v.stacks.pop(kind.address)
    v.stacks.push(kind.element)


@rule("table.set")
def table_set(v: FunctionValidator, at: int, index: int) -> None:
    """[at t] -> []."""
    kind = v.context.table(index)
    v.stacks.pop(kind.element)
    v.stacks.pop(kind.address)


@rule("table.size")
def table_size(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> [at]."""
    v.stacks.push(v.context.table(index).address)


@rule("table.grow")
def table_grow(v: FunctionValidator, at: int, index: int) -> None:
    """[t at] -> [at]."""
    kind = v.context.table(index)
    v.stacks.pop(kind.address)
    v.stacks.pop(kind.element)
    v.stacks.push(kind.address)


@rule("table.fill")
def table_fill(v: FunctionValidator, at: int, index: int) -> None:
    """[at t at] -> []."""
    kind = v.context.table(index)
    v.stacks.pop(kind.address)
    v.stacks.pop(kind.element)
    v.stacks.pop(kind.address)


def narrower(first: ValueType, second: ValueType) -> ValueType:
    """The address type of a length between two spaces."""
    return I64 if first is I64 and second is I64 else I32


@rule("table.copy")
def table_copy(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[at1 at2 at] -> [] between tables of matching types."""
    target, source = (v.context.table(index) for index in immediate)
    if not matches(source.element, target.element):
        raise Mismatch(f"type mismatch: {source.element} copied to a table of {target.element}")
    v.stacks.pop(narrower(target.address, source.address))
    v.stacks.pop(source.address)
    v.stacks.pop(target.address)


@rule("table.init")
def table_init(v: FunctionValidator, at: int, immediate: tuple[int, int]) -> None:
    """[at i32 i32] -> [] from a segment of a matching type."""
    segment, table = immediate
    kind = v.context.table(table)
    if not matches(v.context.element(segment), kind.element):
        raise Mismatch("type mismatch: the segment and the table differ in type")
    v.stacks.pop_all((kind.address, I32, I32))


@rule("elem.drop")
def elem_drop(v: FunctionValidator, at: int, index: int) -> None:
    """[] -> []."""
    v.context.element(index)
