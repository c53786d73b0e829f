"""`ferrite plugin build`: a project becomes one .wasm file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ferrite.plugins.programs import project

DESCRIPTION = """\
Compile the project in a folder by its language's own compiler and put plugin.toml, if there is one,
into the module. The result is checked as a server checks it and is one whole plugin.
"""


def add(commands: Any) -> None:
    """Declare the program."""
    parser = commands.add_parser(
        "build", help="compile a project to one .wasm file", description=DESCRIPTION
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="default: the current folder"
    )
    parser.add_argument("-o", "--output", type=Path, help="default: FOLDER/FOLDER.wasm")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Build. Raises BuildError."""
    project.build(options.folder, options.output)
    return 0
