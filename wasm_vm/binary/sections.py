"""The sections of a module (spec 5.5): one small function per section, listed in SECTIONS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wasm_vm.binary.code import Grammar, expression, function_body, opcodes
from wasm_vm.binary.reader import Reader
from wasm_vm.binary.types import TypeReader, element_kind
from wasm_vm.errors import LimitExceeded
from wasm_vm.instructions import BY_NAME
from wasm_vm.limits import Limits
from wasm_vm.module import (
    DataSegment,
    ElementSegment,
    Export,
    Expression,
    ExternKind,
    GlobalDefinition,
    Import,
    SegmentMode,
    TableDefinition,
)
from wasm_vm.types import (
    FUNC,
    FUNCREF,
    DefinedType,
    Features,
    GlobalType,
    MemoryType,
    ReferenceType,
    TableType,
    TagType,
)


@dataclass(slots=True)
class Draft:
    """What the sections read so far have said, by field of Module.

    known: the module is known to be well-formed.
    """

    features: Features
    limits: Limits
    types: TypeReader
    known: bool
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def grammar(self) -> Grammar:
        """What constant expressions may be read from."""
        return Grammar(self.types, opcodes(self.features, True))


def type_section(reader: Reader, draft: Draft) -> tuple[DefinedType, ...]:
    """Types (spec 5.5.4)."""
    return draft.types.type_section(reader)


def import_section(reader: Reader, draft: Draft) -> tuple[Import, ...]:
    """Imports (spec 5.5.5)."""

    def item() -> Import:
        start = reader.position
        module = reader.name(draft.limits.name_bytes)
        name = reader.name(draft.limits.name_bytes)
        kind = _extern_kind(reader, draft, "malformed import kind")
        description: int | TableType | MemoryType | GlobalType | TagType
        match kind:
            case ExternKind.FUNCTION:
                description = reader.u32()
            case ExternKind.TABLE:
                description = draft.types.table_type(reader)
            case ExternKind.MEMORY:
                description = draft.types.memory_type(reader)
            case ExternKind.GLOBAL:
                description = draft.types.global_type(reader)
            case ExternKind.TAG:
                description = draft.types.tag_type(reader)
        return Import(module, name, kind, description, start)

    return reader.vector(item, "imports", draft.limits.imports)


def _extern_kind(reader: Reader, draft: Draft, message: str) -> ExternKind:
    code = reader.byte()
    last = ExternKind.TAG if draft.features >= Features.V3 else ExternKind.GLOBAL
    if code > last.value:
        raise reader.fail(message, reader.position - 1)
    return ExternKind(code)


def function_section(reader: Reader, draft: Draft) -> tuple[int, ...]:
    """Type indices of the functions (spec 5.5.6)."""
    return reader.vector(reader.u32, "functions", draft.limits.functions)


_TABLE_WITH_INITIALISER = 0x40


def table_section(reader: Reader, draft: Draft) -> tuple[TableDefinition, ...]:
    """Tables (spec 5.5.7)."""

    def item() -> TableDefinition:
        start = reader.position
        initialised = draft.features >= Features.V3 and reader.byte() == _TABLE_WITH_INITIALISER
        if not initialised:
            reader.position = start
        elif reader.byte() != 0:
            raise reader.fail("zero byte expected", reader.position - 1)
        kind = draft.types.table_type(reader)
        initialiser = expression(reader, draft.grammar) if initialised else ()
        return TableDefinition(kind, initialiser, start)

    return reader.vector(item, "tables", draft.limits.tables)


def memory_section(reader: Reader, draft: Draft) -> tuple[MemoryType, ...]:
    """Memories (spec 5.5.8)."""
    return reader.vector(lambda: draft.types.memory_type(reader), "memories", draft.limits.memories)


def tag_section(reader: Reader, draft: Draft) -> tuple[TagType | int, ...]:
    """Tags (spec 5.5.9)."""
    return reader.vector(lambda: draft.types.tag_type(reader), "tags", draft.limits.tags)


def global_section(reader: Reader, draft: Draft) -> tuple[GlobalDefinition, ...]:
    """Globals (spec 5.5.9)."""
    grammar = draft.grammar

    def item() -> GlobalDefinition:
        start = reader.position
        kind = draft.types.global_type(reader)
        return GlobalDefinition(kind, expression(reader, grammar), start)

    return reader.vector(item, "globals", draft.limits.globals)


def export_section(reader: Reader, draft: Draft) -> tuple[Export, ...]:
    """Exports (spec 5.5.10)."""

    def item() -> Export:
        start = reader.position
        name = reader.name(draft.limits.name_bytes)
        return Export(
            name, _extern_kind(reader, draft, "malformed export kind"), reader.u32(), start
        )

    return reader.vector(item, "exports", draft.limits.exports)


def start_section(reader: Reader, draft: Draft) -> int:
    """The start function (spec 5.5.11)."""
    return reader.u32()


def element_section(reader: Reader, draft: Draft) -> tuple[ElementSegment, ...]:
    """Element segments (spec 5.5.12)."""
    return reader.vector(
        lambda: _element_segment(reader, draft), "element_segments", draft.limits.element_segments
    )


def _element_segment(reader: Reader, draft: Draft) -> ElementSegment:
    """One element segment.

    The flags of the format: bit 0 not active; bit 1 an explicit table index (active) or
    declarative (not active); bit 2 expressions in place of function indices. In 1.0 the flags
    were the table index.
    """
    start = reader.position
    flags = reader.u32()
    features, grammar = draft.features, draft.grammar
    table = 0
    if features is Features.V1:
        table, flags = flags, 0
    elif flags > 7:
        raise reader.fail("malformed elements segment kind", start)
    mode = SegmentMode.ACTIVE
    position: Expression = ()
    if flags & 1:
        mode = SegmentMode.DECLARATIVE if flags & 2 else SegmentMode.PASSIVE
    else:
        if flags & 2:
            table = reader.u32()
        position = expression(reader, grammar)
    kind = FUNCREF
    if flags & 3:
        kind = draft.types.reference_type(reader) if flags & 4 else element_kind(reader)
    if features >= Features.V3 and not flags & 4:
        kind = ReferenceType(False, FUNC)

    def item() -> Expression:
        if flags & 4:
            return expression(reader, grammar)
        here = reader.position
        index = reader.u32()
        return ((BY_NAME["ref.func"], index, here), (BY_NAME["end"], None, here))

    items = reader.vector(item, "segment_elements", draft.limits.segment_elements)
    return ElementSegment(kind, items, mode, table, position, start)


def data_count_section(reader: Reader, draft: Draft) -> int:
    """The number of data segments, known before the code (spec 5.5.16)."""
    return reader.u32()


def code_section(reader: Reader, draft: Draft) -> tuple[object, ...]:
    """Function bodies (spec 5.5.13)."""
    grammar = Grammar(draft.types, opcodes(draft.features, "data_count" in draft.fields))
    return reader.vector(
        lambda: function_body(reader, grammar, draft.known), "functions", draft.limits.functions
    )


def data_section(reader: Reader, draft: Draft) -> tuple[DataSegment, ...]:
    """Data segments (spec 5.5.14)."""
    grammar = draft.grammar

    def item() -> DataSegment:
        start = reader.position
        flags = reader.u32()
        memory = 0
        if draft.features is Features.V1:
            memory, flags = flags, 0
        elif flags > 2:
            raise reader.fail("malformed data segment kind", start)
        elif flags == 2:
            memory = reader.u32()
        mode = SegmentMode.PASSIVE
        position: Expression = ()
        if flags != 1:
            mode = SegmentMode.ACTIVE
            position = expression(reader, grammar)
        return DataSegment(reader.take(reader.u32()), mode, memory, position, start)

    return reader.vector(item, "data_segments", draft.limits.data_segments)


Section = tuple[int, str, Callable[[Reader, Draft], Any]]

SECTIONS: tuple[Section, ...] = (
    (1, "types", type_section),
    (2, "imports", import_section),
    (3, "functions", function_section),
    (4, "tables", table_section),
    (5, "memories", memory_section),
    (13, "tags", tag_section),
    (6, "globals", global_section),
    (7, "exports", export_section),
    (8, "start", start_section),
    (9, "elements", element_section),
    (12, "data_count", data_count_section),
    (10, "codes", code_section),
    (11, "datas", data_section),
)
"""Code, field of Module and reader of each section, in the order in which they must come."""


def function_names(reader: Reader, limits: Limits) -> dict[int, str]:
    """The function names of the custom section `name` (spec 7.4.1).

    A custom section is never a reason to refuse a module: what does not parse is left out.
    """
    while reader.position < reader.end:
        kind = reader.byte()
        size = reader.u32()
        if kind != 1:
            reader.take(size)
            continue
        if size > reader.end - reader.position:
            break
        names = {}
        for _ in range(reader.u32()):
            index = reader.u32()
            names[index] = reader.name(limits.name_bytes)
        return names
    return {}


def check_size(binary: bytes, limits: Limits) -> None:
    """Refuse a module that is too big before anything of it is read."""
    if len(binary) > limits.module_bytes:
        raise LimitExceeded(
            "module_bytes", f"a module of {len(binary)} bytes, at most {limits.module_bytes}"
        )
