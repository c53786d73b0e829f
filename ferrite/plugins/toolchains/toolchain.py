"""What a guest language offers to `ferrite plugin`, and how its compiler is found and run.

Rule: a missing tool is told by the names of the packages that bring it, and a compiler's own
messages reach the author unchanged.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ferrite.plugins.manifest import Manifest

STANDARD_ERROR = 2


class BuildError(Exception):
    """A plugin cannot be built; the text is what its author is told, without a prefix."""


class Toolchain(Protocol):
    """A language that plugins are written in."""

    language: str
    """As `--lang` and the folders of sdk/ have it; sdk/typescript is "ts"."""

    def recognises(self, folder: Path) -> bool:
        """Whether the files of a folder are a project of this language."""

    def compile(self, folder: Path, manifest: Manifest | None, manifest_text: str) -> bytes:
        """The module of a project; `manifest` is None, and its text "", without a plugin.toml.

        Raises BuildError.
        """

    def unit_tests(self, folder: Path) -> tuple[Sequence[str], Mapping[str, str]] | None:
        """The command that runs a project's own tests in its folder, and what its environment
        has more; None where the project has no tests. Raises BuildError for a missing tool."""


def find_program(name: str, hint: str) -> str:
    """The path of a program; `hint` says which package brings it. Raises BuildError."""
    path = shutil.which(name)
    if path is None:
        raise BuildError(f"{name} is not installed: {hint}")
    return path


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run a compiler in a folder, with more environment; what it prints goes to standard error.

    Raises BuildError where it fails.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=STANDARD_ERROR,
            check=False,
        )
    except OSError as error:
        raise BuildError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise BuildError(f"{Path(command[0]).name} failed with exit code {done.returncode}")
