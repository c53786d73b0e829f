"""A project folder becomes one .wasm file, whatever its language is.

Rule: the result is a whole plugin: the manifest is inside as a custom section, the exports are its
entry points, and wasm_vm and the loader have accepted it before it is written.
"""

from __future__ import annotations

import os
from pathlib import Path

from ferrite.plugins.limits import LIMITS
from ferrite.plugins.manifest import FILE_NAME, SECTION_NAME, Manifest, parse_manifest
from ferrite.plugins.program import LoadError, decode_text, make_program
from ferrite.plugins.sections import with_custom_section
from ferrite.plugins.toolchains.c import C
from ferrite.plugins.toolchains.go import Go
from ferrite.plugins.toolchains.rust import Rust
from ferrite.plugins.toolchains.toolchain import BuildError, Toolchain
from ferrite.plugins.toolchains.typescript import TypeScript
from wasm_vm import Limits

TOOLCHAINS: tuple[Toolchain, ...] = (
    Rust(),
    Go(),
    TypeScript(),
    C(),  # last: a project of another language may hold some C
)


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
    """The module of the plugin in a folder; plugin.toml, where there is one, is in it and takes
    the place of a manifest that the SDK has made. Raises BuildError."""
    toolchain = find_toolchain(folder)
    text, manifest = _read_manifest(folder / FILE_NAME)
    binary = toolchain.compile(folder, manifest, text)
    if manifest is not None:
        binary = with_custom_section(binary, SECTION_NAME, text.encode())
    name = folder.name if manifest is None else manifest.package.name
    try:
        make_program(name, binary, folder.name, None, Limits())
    except LoadError as error:
        raise BuildError(str(error)) from error
    return binary


def find_toolchain(folder: Path) -> Toolchain:
    """The language of a project folder. Raises BuildError where it is none that is known."""
    if not folder.is_dir():
        raise BuildError(f"{folder}: there is no such folder")
    for toolchain in TOOLCHAINS:
        if toolchain.recognises(folder):
            return toolchain
    known = ", ".join(toolchain.language for toolchain in TOOLCHAINS)
    raise BuildError(f"{folder}: is no plugin project of a known language ({known})")


def _read_manifest(path: Path) -> tuple[str, Manifest | None]:
    try:
        data = path.read_bytes()[: LIMITS.manifest_bytes_max + 1]
    except FileNotFoundError:
        return "", None
    except OSError as error:
        raise BuildError(f"{path}: {error.strerror}") from error
    try:
        text = decode_text(data, str(path))
        return text, parse_manifest(text, str(path))
    except ValueError as error:
        raise BuildError(str(error)) from error
