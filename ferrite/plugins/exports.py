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

from ferrite.plugins.manifest import CommandTable, Manifest, implied_manifest
from wasm_vm import I32, ExternKind, FunctionType, Module

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


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the guest and the arguments the host calls it with."""

    export: str
    arguments: tuple[int, ...] = ()


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


def entry_point_names(manifest: Manifest) -> set[str]:
    """Every export that could be an entry point of a plugin, and the fixed ones."""
    names = {DISPATCH, INITIALIZE, START, ON_LOAD, ON_UNLOAD, MIGRATE}
    for command in manifest.commands:
        names.update([command.export] if command.export else candidates(command.name))
    return names


def find_entries(manifest: Manifest, exports: Mapping[str, FunctionType]) -> dict[str, Entry]:
    """The entry of each command, by the command's name as the manifest spells it.

    Raises ValueError that names the command, what was looked for and what was found.
    """
    entries: dict[str, Entry] = {}
    taken: dict[str, str] = {}
    for index, command in enumerate(manifest.commands):
        entry = _find(manifest, index, command, exports)
        if not command.export and not entry.arguments:
            other = taken.setdefault(entry.export, command.name)
            if other != command.name:
                what = f"and {other} both mean the export '{entry.export}'; give one an `export`"
                raise manifest.problem(("commands", index, "name"), f"{command.name} {what}")
        entries[command.name] = entry
    return entries


def _find(
    manifest: Manifest, index: int, command: CommandTable, exports: Mapping[str, FunctionType]
) -> Entry:
    wanted = [command.export] if command.export else candidates(command.name)
    for name in wanted:
        if exports.get(name) in ENTRY_TYPES:
            return Entry(name)
    if not command.export and exports.get(DISPATCH) == DISPATCH_TYPE:
        return Entry(DISPATCH, (EntryKind.COMMAND, index, 0))
    place = ("commands", index, "export" if command.export else "name")
    looked = " or ".join(f"'{name}'" for name in wanted)
    raise manifest.problem(
        place,
        f"{command.name} needs an exported function {looked} of type {ENTRY_TYPES[0]} or "
        f"{ENTRY_TYPES[1]}; {_describe(exports)}",
    )


def _describe(exports: Mapping[str, FunctionType]) -> str:
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
