"""Where a plugin comes from: a file or bytes, and the manifest and settings found with it.

Rule: reading only, every file bounded; a worker thread does it. What is wrong is a LoadError that
names the file.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrite.plugins.limits import LIMITS
from ferrite.plugins.manifest import FILE_NAME
from ferrite.plugins.program import LoadError, ManifestText, decode_text
from ferrite.toml_source import TomlSource

INLINE = "BASE64"
"""What stands as the source of a plugin that came as bytes."""
SETTINGS_FILE = Path("config", "default.toml")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


@dataclass(frozen=True, slots=True)
class PluginSource:
    """A plugin's bytes, or the path of the file that has them."""

    path: Path | None = None
    data: bytes = b""

    @classmethod
    def file(cls, path: str | Path) -> PluginSource:
        """A module in a file."""
        return cls(path=Path(path))

    @classmethod
    def base64(cls, text: str | bytes) -> PluginSource:
        """A module as base64 text. Raises LoadError where it is none."""
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        bad = _NOT_BASE64.search(data)
        if bad:
            raise LoadError(f"BASE64: unexpected character at position {bad.start()}")
        try:
            return cls(data=base64.b64decode(data))
        except binascii.Error as error:
            raise LoadError(f"BASE64: {error}") from error


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """What was read."""

    binary: bytes
    name: str
    """What messages call the module: its path, or "BASE64"."""
    manifest: ManifestText | None
    settings: dict[str, Any]
    """Of config/default.toml beside the module."""


def read_source(source: PluginSource, folder: Path, manifest: Path | None) -> SourceFiles:
    """Read a plugin and what belongs to it. Relative paths are meant under `folder`.

    Raises LoadError.
    """
    given = None if manifest is None else _read_manifest(folder / manifest)
    if source.path is None:
        return SourceFiles(source.data, INLINE, given, {})
    path = folder / source.path
    binary = _read(path, LIMITS.module_bytes_max)
    if given is None:
        beside = (path.parent / FILE_NAME, path.with_suffix(".toml"))
        given = next((_read_manifest(file) for file in beside if file.is_file()), None)
    return SourceFiles(binary, str(path), given, _read_settings(path.parent / SETTINGS_FILE))


def _read(path: Path, size_max: int) -> bytes:
    try:
        if not path.is_file():
            raise LoadError(f"{path}: is no file" if path.exists() else f"{path}: no such file")
        with path.open("rb") as file:
            data = file.read(size_max + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LoadError(f"{path}: {reason}") from error
    if len(data) > size_max:
        raise LoadError(f"{path}: has more than {size_max} bytes")
    return data


def _read_manifest(path: Path) -> ManifestText:
    try:
        text = decode_text(_read(path, LIMITS.manifest_bytes_max), str(path))
        return ManifestText(text, str(path))
    except ValueError as error:
        raise LoadError(str(error)) from error


def _read_settings(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    text = _read_manifest(path)
    try:
        return TomlSource(text.text, text.name).data
    except ValueError as error:
        raise LoadError(str(error)) from error
