"""A module as data (spec 2.5): what decoding yields and validation reads. Everything is frozen.

Index spaces are implicit: imports come first, definitions after them (spec 2.5.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from wasm_vm.instructions import Instruction
from wasm_vm.limits import Limits
from wasm_vm.types import (
    DefinedType,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    ReferenceType,
    TableType,
    TagType,
    ValueType,
)

Step: TypeAlias = tuple[Instruction, Any, int]
"""One instruction of a body: its row, its immediate, its offset in the binary. A plain tuple,
because a module may have a million of them. `wasm_vm.binary.immediates` says what an immediate
of each kind looks like."""

Expression: TypeAlias = tuple[Step, ...]
"""Instructions up to and with their `end`."""


Locals: TypeAlias = tuple[tuple[int, ValueType], ...]
"""Declared locals as runs of (count, type): few bytes declare many, so they are never spelt out
for longer than one function is looked at."""


class MemoryArgument(NamedTuple):
    """The immediate of a load or store: alignment (a power of two's exponent), offset in bytes,
    memory index.
    """

    align: int
    offset: int
    memory: int


class ExternKind(Enum):
    """What an import or export is; the value is its code in the binary format."""

    FUNCTION = 0
    TABLE = 1
    MEMORY = 2
    GLOBAL = 3
    TAG = 4


class SegmentMode(Enum):
    """What becomes of a segment at instantiation (spec 2.5.7, 2.5.8)."""

    ACTIVE = "active"
    PASSIVE = "passive"
    DECLARATIVE = "declarative"


class Cast(NamedTuple):
    """The immediate of br_on_cast: a label, the type before, the type that decides."""

    label: int
    source: ReferenceType
    target: ReferenceType


class CatchKind(Enum):
    """What a clause of try_table catches; the value is its code (spec 5.4.2)."""

    TAG = 0
    TAG_REF = 1
    ALL = 2
    ALL_REF = 3


class Catch(NamedTuple):
    """A clause of try_table; the tag is None where it catches all."""

    kind: CatchKind
    tag: int | None
    label: int


@dataclass(frozen=True, slots=True)
class Import:
    """An import; a function's description is its type index, anything else's is its type.

    A tag whose index names no function type keeps the index; validation refuses it.
    """

    module: str
    name: str
    kind: ExternKind
    description: int | TableType | MemoryType | GlobalType | TagType
    offset: int


@dataclass(frozen=True, slots=True)
class Export:
    """An export: a name for an index of one index space."""

    name: str
    kind: ExternKind
    index: int
    offset: int


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table that the module defines; without an initialiser its elements are null."""

    type: TableType
    initialiser: Expression
    offset: int


@dataclass(frozen=True, slots=True)
class GlobalDefinition:
    """A global that the module defines, with its constant initialiser."""

    type: GlobalType
    initialiser: Expression
    offset: int


@dataclass(frozen=True, slots=True)
class ElementSegment:
    """A vector of references; each item is a constant expression."""

    type: ReferenceType
    items: tuple[Expression, ...]
    mode: SegmentMode
    table: int
    position: Expression
    offset: int


@dataclass(frozen=True, slots=True)
class DataSegment:
    """A vector of bytes."""

    data: bytes
    mode: SegmentMode
    memory: int
    position: Expression
    offset: int


@dataclass(frozen=True)
class Code:
    """The body of a function: its declared locals and its instructions.

    read: gives the instructions. They are decoded with the module, unless it is known to be valid:
    then when they are asked for.
    """

    locals: Locals
    read: Callable[[], Expression] = field(repr=False, compare=False)
    offset: int
    size: int

    @cached_property
    def body(self) -> Expression:
        """The instructions."""
        return self.read()


@dataclass(frozen=True, slots=True)
class CustomSection:
    """A custom section; its meaning is not WebAssembly's."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Module:
    """A decoded module: well-formed, and not validated yet.

    unknown_types: type indices that name nothing, with their offsets. size, digest: of the binary,
    the digest by SHA-256.
    """

    features: Features
    limits: Limits
    types: tuple[DefinedType, ...]
    imports: tuple[Import, ...]
    functions: tuple[int, ...]
    tables: tuple[TableDefinition, ...]
    memories: tuple[MemoryType, ...]
    tags: tuple[TagType | int, ...]
    globals: tuple[GlobalDefinition, ...]
    exports: tuple[Export, ...]
    start: int | None
    elements: tuple[ElementSegment, ...]
    data_count: int | None
    codes: tuple[Code, ...]
    datas: tuple[DataSegment, ...]
    customs: tuple[CustomSection, ...]
    unknown_types: tuple[tuple[int, int], ...]
    function_names: dict[int, str]
    size: int
    digest: str

    def imported(self, kind: ExternKind) -> list[Import]:
        """The imports of one index space, in order."""
        return [entry for entry in self.imports if entry.kind is kind]

    def function_type(self, index: int) -> FunctionType:
        """The function type at a type index of a valid module; raises TypeError for another."""
        composite = self.types[index].composite
        if not isinstance(composite, FunctionType):
            raise TypeError(f"type {index} is no function type")
        return composite

    def custom(self, name: str) -> bytes | None:
        """The content of the first custom section of that name."""
        return next((entry.data for entry in self.customs if entry.name == name), None)
