"""`ferrite plugin inspect`: what PLUGIN.INSPECT tells, without a server, and how large it is."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ferrite.plugins.inspection import inspect
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.programs import output
from ferrite.plugins.programs.project import read_program
from ferrite.plugins.rights import make_rights
from ferrite.plugins.sections import sections
from ferrite.plugins.toolchains import build_plugin

DESCRIPTION = """\
Show what is in a plugin before anything of it runs: its commands, imports and exports, which rights
it asks for and which of them its imports can use, and the size of each section.
"""
SECTION_NAMES = (
    *("custom", "type", "import", "function", "table", "memory", "global", "export", "start"),
    *("element", "code", "data", "data count", "tag"),
)
"""By number (core specification, 5.5.2)."""


def add(commands: Any) -> None:
    """Declare the program."""
    parser = commands.add_parser(
        "inspect", help="show what is in a plugin", description=DESCRIPTION
    )
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        default=Path(),
        help="a module, or a project folder, which is built (default: the current folder)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show a plugin. Raises BuildError, LoadError."""
    path = build_plugin(options.file) if options.file.is_dir() else options.file
    found = describe(path)
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, value in found.items():
        if isinstance(value, list):
            _show_list(name, value)
        else:
            output.line((f"{name.replace('_', ' ')}: ", output.FAINT), f"{value}")
    return 0


def describe(path: Path) -> dict[str, Any]:
    """Everything as plain values. Raises LoadError."""
    program = read_program(path)
    rights = make_rights(program.manifest.permissions, None, None, ("*",), program.name)
    found: dict[str, Any] = {}
    for key, value in inspect(program, rights, None).items():
        found[key.decode()] = _plain(value)
    binary = path.read_bytes()
    found["bytes"] = len(binary)
    found["commands"] = [_command(table) for table in program.manifest.commands]
    found["sections"] = [
        {
            "section": SECTION_NAMES[each.number] if each.number < len(SECTION_NAMES) else "?",
            "name": each.name,
            "bytes": each.end - each.start,
        }
        for each in sections(binary)
    ]
    return found


def _command(table: CommandTable) -> dict[str, Any]:
    most = table.count_max
    return {
        "name": table.name,
        "min_args": table.count_min - 1,
        "max_args": None if most is None else most - 1,
        "flags": " ".join(table.flags),
        "description": table.description,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _show_list(name: str, values: list[Any]) -> None:
    title = (f"{name.replace('_', ' ')}: ", output.FAINT)
    if values and isinstance(values[0], dict):
        output.line(title)
        output.table(list(values[0]), [_cells(each.values()) for each in values])
    else:
        output.line(title, ", ".join(values) or "none")


def _cells(values: Iterable[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in values]
