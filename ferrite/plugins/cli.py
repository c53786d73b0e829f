"""The program `ferrite plugin ...`: what a plugin's author does without a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ferrite.plugins.build import BuildError, build_plugin


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit code: 0, 1 when it failed, 2 when it was called wrongly."""
    parser = argparse.ArgumentParser(prog="ferrite plugin", description="Tools for plugin authors.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    build = commands.add_parser("build", help="compile a folder of C to one .wasm file")
    build.add_argument("folder", type=Path, help="holds plugin.toml and the *.c files")
    build.add_argument("-o", "--output", type=Path, help="default: FOLDER/FOLDER.wasm")
    build.set_defaults(run=_build)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


def _build(options: argparse.Namespace) -> int:
    try:
        target = build_plugin(options.folder, options.output)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size} bytes")
    return 0
