"""Which exported function answers which command.

Rule: for each command, in this order: the manifest's `export`; the exact name; the name in lower
case with each run of other characters as `_`; camelCase; else `ferrite_dispatch`. An export of
another signature does not match and the search goes on. Nothing is guessed beyond that: none, or
one function for two commands, fails the load with the names and types that were found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from ferrite.plugins.manifest import CommandTable, Manifest, implied_manifest
from wasm_vm import I32, ExternKind, FunctionType, Instance, Module

if TYPE_CHECKING:
    from ferrite.plugins.host_api import HostContext

DISPATCH = "ferrite_dispatch"
INITIALIZE, START, ON_LOAD, ON_UNLOAD, MIGRATE = (
    "_initialize",
    "_start",
    "ferrite_on_load",
    "ferrite_on_unload",
    "ferrite_migrate",
)
MEMORY = "memory"

ENTRY_TYPES = (FunctionType((), (I32,)), FunctionType((), ()))
DISPATCH_TYPE = FunctionType((I32, I32, I32), (I32,))
RESERVED_PREFIXES = ("_", "ferrite_")
NAMES_SHOWN = 12


class EntryKind(IntEnum):
    """What an entry point is for; the first argument of `ferrite_dispatch`."""

    COMMAND = 0
    HOOK = 1
    TRANSFORMER = 2
    BACKEND = 3
    TYPE = 4


METHODS = {
    EntryKind.TRANSFORMER: ("in", "out"),
    EntryKind.BACKEND: ("get", "set", "delete", "exists", "scan"),
    EntryKind.TYPE: ("migrate", "memory_usage"),
}
"""The functions of each kind, in the order of `ferrite_dispatch`."""
_I32_SIGN = 1 << 31
_ARRAYS = {EntryKind.TRANSFORMER: "transformers", EntryKind.BACKEND: "storage_backends"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the guest and the arguments the host calls it with."""

    export: str
    arguments: tuple[Any, ...] = ()

    def run(self, instance: Instance, _context: HostContext) -> int:
        """Call it; what it returns, 0 where it returns nothing."""
        results = instance.function(self.export).invoke_raw([*self.arguments])
        return signed(results[0]) if results else 0


def signed(number: int) -> int:
    """A result of type i32 as the signed number that it stands for."""
    return number - 2 * _I32_SIGN if number >= _I32_SIGN else number


def function_exports(module: Module) -> dict[str, FunctionType]:
    """The exported functions by name, with their types."""
    imported = [entry.description for entry in module.imported(ExternKind.FUNCTION)]
    indices = [*imported, *module.functions]
    found: dict[str, FunctionType] = {}
    for export in module.exports:
        if export.kind is ExternKind.FUNCTION:
            index = indices[export.index]
            if isinstance(index, int):
                found[export.name] = module.function_type(index)
    return found


def candidates(name: str) -> list[str]:
    """The default exports of a command, the likeliest first."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    snake = re.sub(r"[^a-z0-9]+", "_", name.lower())
    camel = "".join([words[0], *(word.capitalize() for word in words[1:])]) if words else snake
    return list(dict.fromkeys((name, snake, camel)))


def snake_case(event: str) -> str:
    """`on_key_write` for OnKeyWrite."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", event).lower()


def hook_candidates(event: str) -> list[str]:
    """The default exports of a hook."""
    return [event, snake_case(event), event[:1].lower() + event[1:]]


def method_candidates(name: str, method: str) -> list[str]:
    """The default exports of a transformer's, a backend's or a type's function."""
    base = re.sub(r"[^a-z0-9]+", "_", name.lower())
    words = [word for word in base.split("_") if word] + method.split("_")
    camel = "".join([words[0], *(word.capitalize() for word in words[1:])])
    return list(dict.fromkeys((f"{name}_{method}", f"{base}_{method}", camel)))


def entry_point_names(manifest: Manifest) -> set[str]:
    """Every export that could be an entry point of a plugin, and the fixed ones."""
    names = {DISPATCH, INITIALIZE, START, ON_LOAD, ON_UNLOAD, MIGRATE}
    for command in manifest.commands:
        names.update([command.export] if command.export else candidates(command.name))
    for hook in manifest.hooks:
        names.update(hook_candidates(hook.event))
    for kind, tables in _method_tables(manifest):
        for table in tables:
            for method in METHODS[kind]:
                names.update(method_candidates(table.name, method))
    return names


def _method_tables(manifest: Manifest) -> tuple[tuple[EntryKind, tuple[Any, ...]], ...]:
    return (
        (EntryKind.TRANSFORMER, manifest.transformers),
        (EntryKind.BACKEND, manifest.storage_backends),
        (EntryKind.TYPE, manifest.data_types),
    )


def find_entries(manifest: Manifest, exports: Mapping[str, FunctionType]) -> dict[str, Entry]:
    """The entry of each command, by the command's name as the manifest spells it.

    Raises ValueError that names the command, what was looked for and what was found.
    """
    entries: dict[str, Entry] = {}
    taken: dict[str, str] = {}
    for index, command in enumerate(manifest.commands):
        given = command.export
        wanted = [given] if given else candidates(command.name)
        dispatch = None if given else (EntryKind.COMMAND, index, 0)
        entry = _find(wanted, exports, dispatch)
        if entry is None:
            place = ("commands", index, "export" if given else "name")
            raise manifest.problem(place, _missing(command.name, wanted, exports))
        if not given and not entry.arguments:
            other = taken.setdefault(entry.export, command.name)
            if other != command.name:
                what = f"and {other} both mean the export '{entry.export}'; give one an `export`"
                raise manifest.problem(("commands", index, "name"), f"{command.name} {what}")
        entries[command.name] = entry
    return entries


def find_hook_entries(manifest: Manifest, exports: Mapping[str, FunctionType]) -> tuple[Entry, ...]:
    """The entry of each hook, in the manifest's order. Raises ValueError for one that has none."""
    found = []
    for index, hook in enumerate(manifest.hooks):
        wanted = hook_candidates(hook.event)
        entry = _find(wanted, exports, (EntryKind.HOOK, index, 0))
        if entry is None:
            place = ("hooks", index, "event")
            raise manifest.problem(place, _missing(hook.event, wanted, exports))
        found.append(entry)
    return tuple(found)


def find_method_entries(
    manifest: Manifest, exports: Mapping[str, FunctionType]
) -> dict[tuple[EntryKind, int, str], Entry]:
    """The entries of transformers, storage backends and data types, by kind, index and method.

    Raises ValueError for one that is missing; a data type's methods may be.
    """
    found: dict[tuple[EntryKind, int, str], Entry] = {}
    for kind, tables in _method_tables(manifest):
        for index, table in enumerate(tables):
            for number, method in enumerate(METHODS[kind]):
                direction = getattr(table, "direction", "both")
                if direction not in ("both", method):
                    continue
                wanted = method_candidates(table.name, method)
                entry = _find(wanted, exports, (kind, index, number))
                if entry is not None:
                    found[kind, index, method] = entry
                elif kind is not EntryKind.TYPE:
                    place = (_ARRAYS[kind], index, "name")
                    raise manifest.problem(place, _missing(table.name, wanted, exports))
    return found


def _find(
    wanted: list[str], exports: Mapping[str, FunctionType], dispatch: tuple[int, int, int] | None
) -> Entry | None:
    for name in wanted:
        if exports.get(name) in ENTRY_TYPES:
            return Entry(name)
    if dispatch is not None and exports.get(DISPATCH) == DISPATCH_TYPE:
        return Entry(DISPATCH, dispatch)
    return None


def _missing(what: str, wanted: list[str], exports: Mapping[str, FunctionType]) -> str:
    looked = " or ".join(f"'{name}'" for name in wanted)
    return (
        f"{what} needs an exported function {looked} of type {ENTRY_TYPES[0]} or "
        f"{ENTRY_TYPES[1]}; {describe_exports(exports)}"
    )


def describe_exports(exports: Mapping[str, FunctionType]) -> str:
    """The exported functions with their types, for a message."""
    if not exports:
        return "the module exports no function"
    shown = [f"{name} {kind}" for name, kind in list(exports.items())[:NAMES_SHOWN]]
    more = len(exports) - len(shown)
    return f"exported are: {'; '.join(shown)}{f'; and {more} more' if more else ''}"


def manifest_of_exports(name: str, exports: Mapping[str, FunctionType]) -> Manifest:
    """The manifest of a module that brings none: its entry points, and no permissions.

    `hello_world`, `helloWorld` and `HELLO.WORLD` all become the command HELLO.WORLD. Raises
    ValueError when two exports become one command.
    """
    commands: dict[str, CommandTable] = {}
    for export, kind in exports.items():
        if kind not in ENTRY_TYPES or export.startswith(RESERVED_PREFIXES):
            continue
        command = _command_name(export)
        if command in commands:
            raise ValueError(
                f"the exports '{commands[command].export}' and '{export}' both mean the command "
                f"{command}; a manifest has to say which"
            )
        commands[command] = CommandTable(name=command, export=export)
    return implied_manifest(name, tuple(commands.values()))


def _command_name(export: str) -> str:
    if "." in export:
        return export.upper()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", export)
    return re.sub(r"[^A-Za-z0-9]+", ".", words).strip(".").upper()
