"""The state of an instance, as plain values: taken from one instance, put into another.

It holds what the instance defines itself: memories, tables, globals, and which segments are
dropped. A function is named by its index. Objects of the garbage-collected heap, exceptions and
references of the host have no such name, so an instance that holds one has no plain state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wasm_vm.errors import BadCall, LimitExceeded
from wasm_vm.limits import PAGE_SIZE
from wasm_vm.module import ExternKind
from wasm_vm.runtime.function import Function
from wasm_vm.runtime.values import from_bits, to_bits
from wasm_vm.types import ReferenceType

if TYPE_CHECKING:
    from wasm_vm.runtime.instance import Instance

Reference = int | None
"""The index of a function, or None for null."""


@dataclass(frozen=True, slots=True)
class InstanceState:
    """What `capture` has found.

    globals: unsigned bit patterns, references for globals of such a type. data, elements: whether
    each segment is there still.
    """

    memories: tuple[bytes, ...]
    tables: tuple[tuple[Reference, ...], ...]
    globals: tuple[Reference, ...]
    data: tuple[bool, ...]
    elements: tuple[bool, ...]


def capture(instance: Instance) -> InstanceState:
    """The state of an instance while none of its functions runs; raises BadCall where it has no
    plain one, or uses a memory, table or global of others."""
    for kind in (ExternKind.MEMORY, ExternKind.TABLE, ExternKind.GLOBAL):
        if instance.module.module.imported(kind):
            raise BadCall(f"the instance shares a {kind.name.lower()} with others")
    indices = {id(function): index for index, function in enumerate(instance.functions)}

    def reference(value: Any) -> Reference:
        index = indices.get(id(value)) if isinstance(value, Function) else None
        if index is None and value is not None:
            raise BadCall("the instance holds references that only it can hold")
        return index

    return InstanceState(
        tuple(memory.read(0, memory.size) for memory in instance.memories),
        tuple(tuple(map(reference, table.elements)) for table in instance.tables),
        tuple(
            reference(each.raw)
            if isinstance(each.type.value, ReferenceType)
            else to_bits(each.type.value, each.raw)
            for each in instance.globals
        ),
        tuple(map(bool, instance.datas)),
        tuple(map(bool, instance.elements)),
    )


def restore(instance: Instance, state: InstanceState) -> None:
    """Put a state into an instance of the same module whose segments have not run.

    Raises LimitExceeded where it does not fit, BadCall where it is of another module.
    """
    shape = (
        len(instance.memories),
        len(instance.tables),
        len(instance.globals),
        len(instance.datas),
        len(instance.elements),
    )
    given = (state.memories, state.tables, state.globals, state.data, state.elements)
    if shape != tuple(map(len, given)):
        raise BadCall("the state is of another module")
    for memory, content in zip(instance.memories, state.memories, strict=True):
        pages = len(content) // PAGE_SIZE - memory.pages
        if pages < 0 or len(content) % PAGE_SIZE:
            raise BadCall("the state is of another module")
        if pages and memory.grow(pages) < 0:
            raise LimitExceeded("memory_pages", f"a memory of {len(content)} bytes does not fit")
        memory.write(0, content)
    for table, references in zip(instance.tables, state.tables, strict=True):
        more = len(references) - table.size
        if more < 0:
            raise BadCall("the state is of another module")
        if more and table.grow(more) < 0:
            raise LimitExceeded("table_elements", f"a table of {len(references)} does not fit")
        table.elements[:] = [_function(instance, index) for index in references]
    for variable, bits in zip(instance.globals, state.globals, strict=True):
        if isinstance(variable.type.value, ReferenceType):
            variable.raw = _function(instance, bits)
        else:
            variable.raw = _number(variable.type.value, bits)
    for index, (there, whole) in enumerate(zip(state.data, instance.datas, strict=True)):
        instance.datas[index] = whole if there else b""
    for index, (there, items) in enumerate(zip(state.elements, instance.elements, strict=True)):
        instance.elements[index] = items if there else []


def _function(instance: Instance, index: Reference) -> Function | None:
    if index is None:
        return None
    if not 0 <= index < len(instance.functions):
        raise BadCall("the state is of another module")
    return instance.functions[index]


def _number(kind: Any, bits: Reference) -> Any:
    try:
        return from_bits(kind, bits)
    except (TypeError, ValueError) as error:
        raise BadCall(f"the state is of another module: {error}") from None
