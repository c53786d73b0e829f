"""The context that rules are checked against (spec 3.1.6): the module's index spaces by type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from wasm_vm.limits import Limits
from wasm_vm.module import ElementSegment, Expression, ExternKind, Module
from wasm_vm.types import (
    DefinedType,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    ReferenceType,
    TableType,
    TagType,
)
from wasm_vm.validation.plan import IndexSpaces
from wasm_vm.validation.stacks import Mismatch

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Context:
    """Types of all that an instruction can name, and the functions that may be referenced.

    globals_known: how many globals exist yet, for a constant expression that makes one of them.
    """

    features: Features
    limits: Limits
    types: tuple[DefinedType, ...]
    spaces: IndexSpaces
    globals_known: int
    elements: tuple[ReferenceType, ...]
    data_count: int
    declared: frozenset[int]

    def type(self, index: int) -> DefinedType:
        """A type of the module."""
        return _at(self.types, index, "type")

    def function_type(self, index: int) -> FunctionType:
        """A function type of the module."""
        return _function_type(self.types, index)

    def function(self, index: int) -> DefinedType:
        """The type of a function."""
        return _at(self.spaces.functions, index, "function")

    def signature(self, index: int) -> FunctionType:
        """The parameters and results of a function."""
        composite = self.function(index).composite
        assert isinstance(composite, FunctionType)  # build_context has seen to it
        return composite

    def table(self, index: int) -> TableType:
        """The type of a table."""
        return _at(self.spaces.tables, index, "table")

    def memory(self, index: int) -> MemoryType:
        """The type of a memory."""
        return _at(self.spaces.memories, index, "memory")

    def global_(self, index: int) -> GlobalType:
        """The type of a global."""
        if index >= self.globals_known:
            raise Mismatch(f"unknown global {index}")
        return self.spaces.globals[index]

    def tag(self, index: int) -> TagType:
        """The type of a tag."""
        return _at(self.spaces.tags, index, "tag")

    def element(self, index: int) -> ReferenceType:
        """The type of an element segment."""
        return _at(self.elements, index, "elem segment")

    def data(self, index: int) -> None:
        """Check that a data segment exists."""
        if index >= self.data_count:
            raise Mismatch(f"unknown data segment {index}")

    def with_globals(self, count: int) -> Context:
        """The same context where only the first globals are known yet."""
        return replace(self, globals_known=count)


def _at(space: Sequence[Item], index: int, name: str) -> Item:
    if index >= len(space):
        raise Mismatch(f"unknown {name} {index}")
    return space[index]


def _function_type(types: Sequence[DefinedType], index: int) -> FunctionType:
    composite = _at(types, index, "type").composite
    if not isinstance(composite, FunctionType):
        raise Mismatch(f"type mismatch: type {index} is no function type")
    return composite


def build_context(module: Module) -> Context:
    """The context of a module; raises Mismatch where a function's or tag's type does not exist."""
    functions = (*_described(module, ExternKind.FUNCTION, int), *module.functions)
    for index in functions:
        _function_type(module.types, index)
    tags = (
        *_described(module, ExternKind.TAG, (TagType, int)),
        *module.tags,
    )
    spaces = IndexSpaces(
        functions=tuple(module.types[index] for index in functions),
        tables=(
            *_described(module, ExternKind.TABLE, TableType),
            *(definition.type for definition in module.tables),
        ),
        memories=(*_described(module, ExternKind.MEMORY, MemoryType), *module.memories),
        globals=(
            *_described(module, ExternKind.GLOBAL, GlobalType),
            *(definition.type for definition in module.globals),
        ),
        tags=tuple(_tag(module, tag) for tag in tags),
    )
    return Context(
        features=module.features,
        limits=module.limits,
        types=module.types,
        spaces=spaces,
        globals_known=len(spaces.globals),
        elements=tuple(segment.type for segment in module.elements),
        data_count=len(module.datas),
        declared=frozenset(_declared(module)),
    )


def _tag(module: Module, tag: TagType | int) -> TagType:
    if isinstance(tag, int):
        _function_type(module.types, tag)
        raise Mismatch(f"unknown type {tag}")
    composite = tag.type.composite
    if isinstance(composite, FunctionType) and composite.results:
        raise Mismatch("non-empty tag result type")
    return tag


def _described(module: Module, kind: ExternKind, expected: Any) -> list[Any]:
    """Descriptions of the imports of one index space."""
    return [
        entry.description
        for entry in module.imported(kind)
        if isinstance(entry.description, expected)
    ]


def _declared(module: Module) -> set[int]:
    """Functions that occur outside of function bodies and the start function (spec 3.5.15)."""
    indices = {entry.index for entry in module.exports if entry.kind is ExternKind.FUNCTION}
    for definition in module.globals:
        indices.update(_referenced(definition.initialiser))
    for table in module.tables:
        indices.update(_referenced(table.initialiser))
    for segment in module.elements:
        indices.update(_segment_references(segment))
    return indices


def _segment_references(segment: ElementSegment) -> set[int]:
    indices = _referenced(segment.position)
    for item in segment.items:
        indices |= _referenced(item)
    return indices


def _referenced(expression: Expression) -> set[int]:
    return {immediate for row, immediate, _ in expression if row.name == "ref.func"}
