"""`validate FILE`: decode and validate a module."""

from __future__ import annotations

import argparse
from typing import Any

from wasm_vm.commands.guest import LEVELS, System, add_file
from wasm_vm.engines import load


def add(commands: Any, system: System | None) -> None:
    """Declare the command."""
    parser = commands.add_parser("validate", help="decode and validate a module")
    parser.set_defaults(command=validate)
    add_file(parser)


def validate(options: argparse.Namespace, system: System | None) -> int:
    """One line that says what was found; raises WasmError for a bad module."""
    module = load(options.file.read_bytes(), features=LEVELS[options.level]).module
    print(
        f"{options.file}: valid WebAssembly {options.level}: {module.size} bytes, "
        f"{len(module.codes)} functions, {len(module.imports)} imports, "
        f"{len(module.exports)} exports"
    )
    return 0
