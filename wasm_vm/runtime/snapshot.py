"""Snapshot: everything that running an instance can change, kept to be put back.

Rule: afterwards the instance cannot be told from a new one of the same history. That is the bytes
and the size of its memories, its mutable globals, the elements and sizes of its tables, which
segments were dropped, the fields of heap objects that it can reach, and what its store has booked
for them. The meter goes on, as fuel that was used stays used.

Putting back takes the time of what a memory provider needs, and else of what can have changed: a
table that no instruction writes and an object without mutable fields cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wasm_vm.runtime.heap import ExceptionInstance, HeapObject
from wasm_vm.runtime.instance import Instance
from wasm_vm.types import StructType


class Snapshot:
    """The state of an instance that is not running, as it was when this was made.

    What it shares with other instances is included.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._parts = [memory.save() for memory in instance.memories]
        self._parts += [table.save() for table in instance.tables]
        self._parts.append(instance.store.heap.save())
        self._globals = [(each, each.raw) for each in instance.globals if each.type.mutable]
        self._objects = [(each, each.values[:]) for each in _changeable_objects(instance)]
        self._elements = instance.elements[:]
        self._datas = instance.datas[:]

    def restore(self) -> None:
        """Put everything back; to be called while the instance is not running."""
        instance = self._instance
        for variable, raw in self._globals:
            variable.raw = raw
        for found, values in self._objects:
            found.values[:] = values
        instance.elements[:] = self._elements
        instance.datas[:] = self._datas
        for restore in self._parts:
            restore()


def _changeable_objects(instance: Instance) -> Iterator[HeapObject]:
    """Objects within reach that have a mutable field, each once."""
    pending: list[Any] = [variable.raw for variable in instance.globals]
    for held in (*(table.elements for table in instance.tables), *instance.elements):
        pending += held
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if not isinstance(value, HeapObject | ExceptionInstance) or id(value) in seen:
            continue
        seen.add(id(value))
        pending += value.values
        if isinstance(value, HeapObject) and _is_changeable(value):
            yield value


def _is_changeable(found: HeapObject) -> bool:
    composite: Any = found.type.composite
    if isinstance(composite, StructType):
        return any(field.mutable for field in composite.fields)
    mutable: bool = composite.element.mutable
    return mutable
