"""C: a folder of *.c, compiled with nothing but what pip has installed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrite.plugins.exports import entry_point_names
from ferrite.plugins.manifest import FILE_NAME, Manifest
from ferrite.plugins.toolchains.sdk import sdk_folder
from ferrite.plugins.toolchains.toolchain import BuildError


class C:
    """All *.c of a folder are one plugin; what plugin.toml names is exported."""

    language = "c"

    def recognises(self, folder: Path) -> bool:
        """Any *.c will do."""
        return any(folder.glob("*.c"))

    def compile(self, folder: Path, manifest: Manifest | None, manifest_text: str) -> bytes:  # noqa: ARG002
        """The module. Raises BuildError, also where there is no manifest to name the exports."""
        # ppci takes 0.3 s to import
        from ferrite.plugins.ccompiler import CompileError, compile_files

        if manifest is None:
            raise BuildError(f"{folder / FILE_NAME}: a plugin in C needs it to name its commands")
        sources = sorted(folder.glob("*.c"))
        try:
            return compile_files(sources, [sdk_folder("c")], entry_point_names(manifest))
        except CompileError as error:
            raise BuildError(str(error)) from error

    def unit_tests(self, folder: Path) -> tuple[Sequence[str], Mapping[str, str]] | None:
        """Those of tests/*.c, which our own compiler and VM run."""
        if not any(folder.glob("tests/*.c")):
            return None
        return [sys.executable, "-m", "ferrite.plugins.toolchains.c_tests", "."], {}
