"""`ferrite plugin run`: a server with this plugin alone, built anew whenever a file is saved.

Rule: a version that does not build or load changes nothing; the one before goes on serving.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from ferrite.errors import CommandError
from ferrite.plugins.program import LoadError
from ferrite.plugins.programs import output, project
from ferrite.plugins.programs.server import Server, running
from ferrite.plugins.sources import SIGNATURE_SUFFIX
from ferrite.plugins.toolchains import BuildError

DESCRIPTION = """\
Build the project, start a server that holds this plugin and no data, and build and reload it
whenever a file of the project is saved, until Ctrl-C. Saves are noticed at once where the package
watchfiles is installed, else within a second.
"""
NOT_SOURCES = frozenset({"build", "node_modules", "target", "__pycache__"})
"""Folders that hold what was built."""
PRODUCTS = (".wasm", ".key", ".key.pub", SIGNATURE_SUFFIX)
"""How files end that come out of a project: signing it must not build it anew, unsigned."""
Contents: TypeAlias = dict[Path, bytes]
"""Digest of each file; times of change are too coarse for two saves in a few milliseconds."""
POLL_SECONDS = 1.0
SETTLED_MILLISECONDS = 100


def add(commands: Any) -> None:
    """Declare the program."""
    parser = commands.add_parser(
        "run", help="serve a project, reloading it on save", description=DESCRIPTION
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="default: the current folder"
    )
    parser.add_argument("-p", "--port", type=int, default=0, help="default: any that is free")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted, or until the server ends. Raises BuildError, LoadError,
    ProgramError where the first version does not build or start."""
    folder = options.folder.resolve()
    built = sources(folder)
    module = project.build(folder)
    manifest = project.read_program(module).manifest
    name = manifest.package.name
    with running(module, options.port, quiet=False) as server:
        try:
            output.line(f"serving {name} on port {server.port}: ferrite-cli -p {server.port}")
            for table in manifest.commands:
                output.line(f"  {table.name:24} {table.description}".rstrip())
            for _ in changes(folder, server, built):
                rebuild(folder, name, server)
        except KeyboardInterrupt:
            return 0
    output.line(("the server has ended", output.BAD))
    return 1


def rebuild(folder: Path, name: str, server: Server) -> None:
    """Build and reload; what fails is told, and the old version stays."""
    try:
        project.build(folder)
    except (BuildError, LoadError) as error:
        output.line((f"{error}", output.BAD))
        return
    reply = server.ask("PLUGIN.RELOAD", name)
    if isinstance(reply, CommandError):
        output.line((reply.text, output.BAD))
    else:
        output.line((f"{name} is reloaded", output.GOOD))


def sources(folder: Path) -> Contents:
    """The files of a project that somebody writes, as they are now."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each not in NOT_SOURCES and each[0] != "."]
        for name in names:
            path = Path(place, name)
            if name[0] != "." and not name.endswith(PRODUCTS) and path.is_file():
                with suppress(OSError):  # gone since it was listed
                    found[path] = sha256(path.read_bytes()).digest()
    return found


def changes(folder: Path, server: Server, built: Contents) -> Iterator[None]:
    """Once each time that the sources are others than those built last, until the server ends.

    They are looked at before the caller builds them, so that what is saved meanwhile counts. What
    a compiler writes among them (a lock file, say) is built once more and is then the same.
    """
    for _ in _reasons(folder):
        if server.process.poll() is not None:
            return
        now = sources(folder)
        if now != built:
            built = now
            yield


def _reasons(folder: Path) -> Iterator[None]:
    """Something may have changed."""
    try:
        from watchfiles import watch
    except ImportError:
        while True:
            time.sleep(POLL_SECONDS)
            yield
    for _ in watch(
        folder,
        step=SETTLED_MILLISECONDS,
        rust_timeout=int(POLL_SECONDS * 1000),
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        yield
