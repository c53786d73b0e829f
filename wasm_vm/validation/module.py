"""A module as a whole (spec 3.4): index spaces, bounds, segments, exports, start."""

from __future__ import annotations

from collections.abc import Sequence

from wasm_vm.errors import Invalid
from wasm_vm.matching import matches
from wasm_vm.module import ExternKind, Module, SegmentMode
from wasm_vm.types import I32, I64, Bounds, Features, FunctionType
from wasm_vm.validation.context import Context, build_context
from wasm_vm.validation.function import validate_constant, validate_function
from wasm_vm.validation.plan import FunctionPlan, ValidModule
from wasm_vm.validation.stacks import Mismatch
from wasm_vm.validation.types import validate_types

PAGES_MAX = {I32: 1 << 16, I64: 1 << 48}
"""Pages that addresses of a type can reach (spec 3.2.16)."""

ELEMENTS_MAX = {I32: (1 << 32) - 1, I64: (1 << 64) - 1}
"""Elements that indices of a type can reach (spec 3.2.17)."""


def validate(module: Module, *, known: bool = False) -> ValidModule:
    """Check a module against chapter 3.

    known: the same module was found valid before; then the functions' bodies are looked at when
    they are asked for.
    Raises Invalid, with an offset where a byte is at fault, and LimitExceeded.
    """
    try:
        validate_types(module)
        context = build_context(module)
        _bounds(module, context)
        _globals(module, context)
        _tables(module, context)
        _exports(module, context)
        _start(module, context)
    except Mismatch as error:
        raise Invalid(str(error)) from None
    visible = _constant_context(module, context)
    _elements(module, visible)
    _data(module, visible)
    return ValidModule(module, context.spaces, _functions(module, context, known))


def _bounds(module: Module, context: Context) -> None:
    tables, memories = context.spaces.tables, context.spaces.memories
    for table in tables:
        _range(table.bounds, ELEMENTS_MAX[table.address], "table", "elements")
    for memory in memories:
        _range(memory.bounds, PAGES_MAX[memory.address], "memory", "pages")
    if module.features is Features.V1:
        _at_most_one(tables, "tables")
    if module.features < Features.V3:
        _at_most_one(memories, "memories")


def _range(bounds: Bounds, most: int, what: str, unit: str) -> None:
    if bounds.minimum > most or (bounds.maximum is not None and bounds.maximum > most):
        raise Mismatch(f"{what} size must be at most {most} {unit}")
    if bounds.maximum is not None and bounds.minimum > bounds.maximum:
        raise Mismatch("size minimum must not be greater than maximum")


def _at_most_one(space: Sequence[object], name: str) -> None:
    if len(space) > 1:
        raise Mismatch(f"multiple {name}")


def _constant_context(module: Module, context: Context) -> Context:
    """What initialisers of segments see: before 3.0 imported globals alone."""
    if module.features >= Features.V3:
        return context
    return context.with_globals(len(module.imported(ExternKind.GLOBAL)))


def _globals(module: Module, context: Context) -> None:
    imported = len(module.imported(ExternKind.GLOBAL))
    for position, definition in enumerate(module.globals):
        known = imported + position if module.features >= Features.V3 else imported
        visible = context.with_globals(known)
        validate_constant(visible, definition.initialiser, definition.type.value)


def _tables(module: Module, context: Context) -> None:
    """An initialiser sees imported globals alone: tables come before the module's own."""
    visible = context.with_globals(len(module.imported(ExternKind.GLOBAL)))
    for index, definition in enumerate(module.tables):
        element = definition.type.element
        if definition.initialiser:
            validate_constant(visible, definition.initialiser, element)
        elif not element.has_default:
            raise Invalid(f"type mismatch: table {index} needs an initialiser", definition.offset)


def _exports(module: Module, context: Context) -> None:
    spaces = context.spaces
    sizes = {
        ExternKind.FUNCTION: len(spaces.functions),
        ExternKind.TABLE: len(spaces.tables),
        ExternKind.MEMORY: len(spaces.memories),
        ExternKind.GLOBAL: len(spaces.globals),
        ExternKind.TAG: len(spaces.tags),
    }
    names: set[str] = set()
    for export in module.exports:
        if export.name in names:
            raise Invalid(f"duplicate export name {export.name!r}", export.offset)
        names.add(export.name)
        if export.index >= sizes[export.kind]:
            raise Invalid(f"unknown {export.kind.name.lower()} {export.index}", export.offset)


def _start(module: Module, context: Context) -> None:
    if module.start is not None and context.signature(module.start) != FunctionType((), ()):
        raise Mismatch("start function: it must have no parameters and no results")


def _elements(module: Module, context: Context) -> None:
    for segment in module.elements:
        for item in segment.items:
            validate_constant(context, item, segment.type)
        if segment.mode is not SegmentMode.ACTIVE:
            continue
        if segment.table >= len(context.spaces.tables):
            raise Invalid(f"unknown table {segment.table}", segment.offset)
        table = context.spaces.tables[segment.table]
        if not matches(segment.type, table.element):
            raise Invalid(
                f"type mismatch: {segment.type} in a table of {table.element}", segment.offset
            )
        validate_constant(context, segment.position, table.address)


def _data(module: Module, context: Context) -> None:
    for segment in module.datas:
        if segment.mode is SegmentMode.ACTIVE:
            if segment.memory >= len(context.spaces.memories):
                raise Invalid(f"unknown memory {segment.memory}", segment.offset)
            memory = context.spaces.memories[segment.memory]
            validate_constant(context, segment.position, memory.address)


def _functions(module: Module, context: Context, known: bool) -> tuple[FunctionPlan, ...]:
    imported = len(module.imported(ExternKind.FUNCTION))
    return tuple(
        validate_function(
            context,
            index,
            module.function_names.get(index),
            context.spaces.functions[index],
            code,
            known,
        )
        for index, code in enumerate(module.codes, imported)
    )
