"""`ferrite plugin build FOLDER`: a folder of C and a manifest become one .wasm file.

Rule: the result is a whole plugin: the manifest is inside as a custom section, the exports are its
entry points, and wasm_vm and the loader have accepted it before it is written.
"""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

from ferrite.plugins import encoder
from ferrite.plugins.exports import entry_point_names
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.manifest import FILE_NAME, SECTION_NAME, Manifest, parse_manifest
from ferrite.plugins.program import LoadError, decode_text, make_program
from wasm_vm import Limits

HEADER = "ferrite.h"


class BuildError(Exception):
    """A plugin cannot be built; the text is what its author is told, without a prefix."""


def build_plugin(folder: Path, output: Path | None = None) -> Path:
    """Build the plugin in a folder; where it was written: `output`, or FOLDER/FOLDER.wasm.

    Raises BuildError.
    """
    folder = folder.resolve()
    target = output or folder / f"{folder.name}.wasm"
    binary = build_binary(folder)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(binary)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BuildError(f"{target}: {error.strerror}") from error
    return target


def build_binary(folder: Path) -> bytes:
    """The module of the plugin in a folder, manifest included. Raises BuildError."""
    from ferrite.plugins.ccompiler import CompileError, compile_files  # ppci takes 0.3 s to import

    text, manifest = _read_manifest(folder / FILE_NAME)
    sources = sorted(folder.glob("*.c"))
    if not sources:
        raise BuildError(f"{folder}: there is no C source (*.c)")
    try:
        code = compile_files(sources, [header_folder()], entry_point_names(manifest))
    except CompileError as error:
        raise BuildError(str(error)) from error
    binary = code + encoder.custom_section(SECTION_NAME, text.encode())
    try:
        make_program(manifest.package.name, binary, folder.name, None, Limits())
    except LoadError as error:
        raise BuildError(str(error)) from error
    return binary


def _read_manifest(path: Path) -> tuple[str, Manifest]:
    try:
        text = decode_text(path.read_bytes()[: LIMITS.manifest_bytes_max + 1], str(path))
        return text, parse_manifest(text, str(path))
    except OSError as error:
        raise BuildError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BuildError(str(error)) from error


def header_folder() -> Path:
    """Where ferrite.h is: in the source tree, or where an installation has put it.

    Raises BuildError when it is in neither.
    """
    places = (
        Path(__file__).resolve().parents[2] / "sdk" / "c",
        Path(sysconfig.get_path("data")) / "share" / "ferrite" / "sdk" / "c",
    )
    for place in places:
        if (place / HEADER).is_file():
            return place
    raise BuildError(f"{HEADER} is in none of {', '.join(map(str, places))}")
