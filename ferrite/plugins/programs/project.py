"""What the programs work on: a project folder, or a finished module.

Rule: a folder is built anew; a file is taken as it is, with the manifest a server would find.
"""

from __future__ import annotations

import time
from pathlib import Path

from ferrite.plugin_options import PluginOptions
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.program import Program, make_program
from ferrite.plugins.programs import output
from ferrite.plugins.sources import PluginSource, SourceFiles, read_source
from ferrite.plugins.toolchains import build_plugin, find_toolchain
from wasm_vm import Limits

OPEN_ENDED_MORE = 2
"""Arguments above the fewest that a command without a maximum is tried with."""


def build(folder: Path, target: Path | None = None) -> Path:
    """Build a project and say so; the module's path. Raises BuildError."""
    folder = folder.resolve()
    language = find_toolchain(folder).language
    before = time.monotonic()
    path = build_plugin(folder, target)
    seconds = time.monotonic() - before
    size = f"{path.stat().st_size:,} bytes"
    output.line((f"{path}", output.GOOD), f": {size} ({language}, {seconds:.1f} s)")
    return path


def module_of(place: Path) -> Path:
    """The module of a project folder, built, or the file itself. Raises BuildError, LoadError."""
    return build(place) if place.is_dir() else place


def read_files(path: Path) -> SourceFiles:
    """A module as the server reads it. Raises LoadError."""
    return read_source(PluginSource.file(path.absolute()), PluginOptions(), None)


def read_program(path: Path) -> Program:
    """A module and its manifest, checked as at loading. Raises LoadError."""
    files = read_files(path)
    return make_program(path.stem, files.binary, files.name, files.manifest, Limits())


def sample_arguments(command: CommandTable, count: int) -> list[bytes]:
    """Arguments to try a command with: keys where it declares keys, else "1"."""
    last = command.last_key if command.last_key >= 0 else count + 1 + command.last_key
    keys = range(command.first_key, last + 1, max(command.step, 1)) if command.first_key else ()
    return [b"key:%d" % place if place in keys else b"1" for place in range(1, count + 1)]


def argument_counts(command: CommandTable) -> list[int]:
    """The fewest and the most arguments that a command declares."""
    fewest = command.count_min - 1
    most = command.count_max
    return list(dict.fromkeys((fewest, fewest + OPEN_ENDED_MORE if most is None else most - 1)))
