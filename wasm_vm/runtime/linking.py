"""Instantiation (spec 4.5.4): match imports, allocate, initialise, run segments and start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wasm_vm.errors import Trap, TrapKind, Unlinkable
from wasm_vm.limits import Limits
from wasm_vm.matching import heap_matches, matches
from wasm_vm.module import DataSegment, ElementSegment, ExternKind, Import, SegmentMode
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.runtime.constants import evaluate
from wasm_vm.runtime.engine import Executor
from wasm_vm.runtime.function import Function, GuestFunction, HostFunction
from wasm_vm.runtime.globals import Global
from wasm_vm.runtime.heap import Tag
from wasm_vm.runtime.instance import Extern, Instance
from wasm_vm.runtime.memory import Memory
from wasm_vm.runtime.state import InstanceState, restore
from wasm_vm.runtime.store import Store
from wasm_vm.runtime.table import Table
from wasm_vm.types import (
    DefinedType,
    ExternType,
    Features,
    FunctionType,
    GlobalType,
    MemoryType,
    TableType,
    TagType,
)
from wasm_vm.validation import ValidModule

Imports = Mapping[str, Mapping[str, Extern]]
MemoryProvider = Callable[[MemoryType, Limits, ByteBudget], Memory]

_KINDS: dict[ExternKind, type] = {
    ExternKind.FUNCTION: Function,
    ExternKind.TABLE: Table,
    ExternKind.MEMORY: Memory,
    ExternKind.GLOBAL: Global,
    ExternKind.TAG: Tag,
}


def link(
    module: ValidModule,
    imports: Imports,
    engine: Executor,
    store: Store | None,
    limits: Limits | None,
    memory: MemoryProvider,
    state: InstanceState | None = None,
) -> Instance:
    """An instance whose segments are in place and whose start function has run, or one with the
    state of another.

    Raises Unlinkable, LimitExceeded, Trap, OutOfFuel; BadCall for a state of another module.
    """
    given = [_resolve(module, entry, imports) for entry in module.module.imports]
    store = _store(given, store) or Store(limits or module.module.limits)
    instance = Instance(module, store, engine)
    spaces: dict[ExternKind, list[Any]] = {
        ExternKind.FUNCTION: instance.functions,
        ExternKind.TABLE: instance.tables,
        ExternKind.MEMORY: instance.memories,
        ExternKind.GLOBAL: instance.globals,
        ExternKind.TAG: instance.tags,
    }
    for entry, extern in zip(module.module.imports, given, strict=True):
        spaces[entry.kind].append(extern)
    _allocate(instance, memory)
    instance.exports = {
        export.name: spaces[export.kind][export.index] for export in module.module.exports
    }
    if state is not None:
        restore(instance, state)
        return instance
    _run_segments(instance)
    if module.module.start is not None:
        _start(instance, instance.functions[module.module.start])
    return instance


def _start(instance: Instance, function: Function) -> None:
    """Call the start function; one of the host's is called by the instance."""
    if isinstance(function, HostFunction):
        function.call_from(instance, [])
    else:
        function.invoke_raw([])


def _store(given: list[Extern], store: Store | None) -> Store | None:
    """The store of imported guest functions; all must be of one."""
    for extern in given:
        if isinstance(extern, GuestFunction):
            if store is not None and extern.instance.store is not store:
                raise Unlinkable("the imports belong to different stores")
            store = extern.instance.store
    return store


def _resolve(module: ValidModule, entry: Import, imports: Imports) -> Extern:
    name = f"{entry.module}.{entry.name}"
    wanted: ExternType | DefinedType
    if isinstance(entry.description, int):
        wanted = module.module.types[entry.description]
    else:
        wanted = entry.description
    found = imports.get(entry.module, {}).get(entry.name)
    if found is None:
        raise Unlinkable(f"unknown import {name}: {_describe(wanted)}")
    if not isinstance(found, _KINDS[entry.kind]) or not _fits(found, wanted):
        actual = getattr(found, "type", type(found).__name__)
        raise Unlinkable(
            f"incompatible import type for {name}: "
            f"wanted {_describe(wanted)}, got {_describe(actual)}"
        )
    return found


def _describe(kind: Any) -> str:
    if isinstance(kind, DefinedType):
        kind = kind.composite
    return f"function {kind}" if isinstance(kind, FunctionType) else str(kind)


def _fits(found: Extern, wanted: ExternType | DefinedType) -> bool:
    """Import matching (spec 3.3.12 to 3.3.18)."""
    match found, wanted:
        case Function(), DefinedType():
            return heap_matches(found.defined, wanted)
        case Table(), TableType(element, bounds, address):
            actual = found.type
            same = actual.element == element and actual.address is address
            return same and actual.bounds.fits(bounds)
        case Memory(), MemoryType(bounds, address):
            return found.address is address and found.type.bounds.fits(bounds)
        case Global(), GlobalType(kind, mutable):
            if found.type.mutable or mutable:
                return found.type == wanted
            return matches(found.type.value, kind)
        case Tag(), TagType():
            return found.type == wanted
    return False


def _allocate(instance: Instance, memory: MemoryProvider) -> None:
    """Make what the module defines (spec 4.5.3.8)."""
    module, store = instance.module.module, instance.store
    instance.functions.extend(GuestFunction(plan, instance) for plan in instance.module.plans)
    instance.tags.extend(Tag(tag) for tag in module.tags if isinstance(tag, TagType))
    for kind in module.memories:
        instance.memories.append(memory(kind, store.limits, store.budget))
    for definition in module.globals:
        variable = Global.__new__(Global)
        variable.type = definition.type
        variable.raw = evaluate(definition.initialiser, instance)
        instance.globals.append(variable)
    for table in module.tables:
        initial = evaluate(table.initialiser, instance) if table.initialiser else None
        instance.tables.append(Table(table.type, store.limits, store.budget, initial))
    for segment in module.elements:
        instance.elements.append([evaluate(item, instance) for item in segment.items])
    instance.datas.extend(segment.data for segment in module.datas)


def _run_segments(instance: Instance) -> None:
    """Copy active segments and drop all but the passive ones, in order."""
    module = instance.module.module
    if module.features is Features.V1:
        _check_all_segments(instance)
    for index, segment in enumerate(module.elements):
        if segment.mode is SegmentMode.ACTIVE:
            table, position, items = _element_target(instance, index, segment)
            table.check(position, len(items))
            table.elements[position : position + len(items)] = items
        if segment.mode is not SegmentMode.PASSIVE:
            instance.elements[index] = []
    for index, data in enumerate(module.datas):
        if data.mode is SegmentMode.ACTIVE:
            memory, position = _data_target(instance, data)
            memory.write(position, data.data)
            instance.datas[index] = b""


def _element_target(
    instance: Instance, index: int, segment: ElementSegment
) -> tuple[Table, int, list[Any]]:
    position = evaluate(segment.position, instance)
    return instance.tables[segment.table], position, instance.elements[index]


def _data_target(instance: Instance, segment: DataSegment) -> tuple[Memory, int]:
    position = evaluate(segment.position, instance)
    return instance.memories[segment.memory], position


def _check_all_segments(instance: Instance) -> None:
    """In 1.0 a segment that does not fit makes the module unlinkable, and none is written."""
    module = instance.module.module
    try:
        for index, segment in enumerate(module.elements):
            table, position, items = _element_target(instance, index, segment)
            table.check(position, len(items))
        for data in module.datas:
            memory, position = _data_target(instance, data)
            memory.check(position, len(data.data))
    except Trap as error:
        what = "data" if error.kind is TrapKind.MEMORY_BOUNDS else "elements"
        raise Unlinkable(f"{what} segment does not fit: {error.detail}") from None
