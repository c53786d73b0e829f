"""Builds the optional C part and carries the SDKs along; the rest is declared in pyproject.toml.

The C part is never required: a machine without a compiler gets the pure-Python twins,
so a failed build is a warning and not an error. The SDKs with their templates are installed below
share/ferrite/sdk, each file in its own folder, so `ferrite plugin new` works without a checkout.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext

SDK = "sdk"
BUILT = {"build", "node_modules", "target"}
"""Folders of an SDK that hold what a compiler made."""


class OptionalBuild(build_ext):
    """Build every extension as optional."""

    def finalize_options(self) -> None:
        """Mark the extensions that cffi has added as optional."""
        super().finalize_options()
        for extension in self.extensions or []:
            extension.optional = True


def sdk_files() -> Iterator[tuple[str, list[str]]]:
    """The folders of sdk/ and their files, as setuptools takes them."""
    for place, folders, names in os.walk(SDK):
        folders[:] = sorted(set(folders) - BUILT)
        files = [str(Path(place, name)) for name in sorted(names) if not name.endswith(".wasm")]
        if files:
            yield str(Path("share", "ferrite", place)), files


setup(
    cffi_modules=["ferrite/native/build_transcoder.py:builder"],
    cmdclass={"build_ext": OptionalBuild},
    data_files=list(sdk_files()),
)
