"""Where a plugin comes from: a file, a URL or bytes, and the manifest and settings found with it.

Rule: reading only, every file bounded; a worker thread does it. What is wrong is a LoadError that
names the file.
"""

from __future__ import annotations

import base64
import binascii
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ferrite.plugin_options import PluginOptions
from ferrite.plugins import network
from ferrite.plugins.functions.terms import Terms
from ferrite.plugins.limits import LIMITS, MEBIBYTE
from ferrite.plugins.manifest import FILE_NAME
from ferrite.plugins.program import LoadError, ManifestText, decode_text
from ferrite.toml_source import TomlSource

INLINE = "BASE64"
"""What stands as the source of a plugin that came as bytes."""
IN_CALL = "bytes"
"""What stands as the source of a function that came within its command."""
SIGNATURE_SUFFIX = ".sig"
SETTINGS_FILE = Path("config", "default.toml")
URL_SCHEMES = ("http://", "https://")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


Look: TypeAlias = tuple[tuple[str, int, int], ...]
"""Path, time of change in nanoseconds and size of each file that is there."""


@dataclass(frozen=True, slots=True)
class PluginSource:
    """A plugin's bytes, or the path or URL of what has them."""

    path: Path | None = None
    data: bytes = b""
    address: str = ""
    """A URL; "" for none."""
    function: Terms | None = None
    """The terms of a function; None for a plugin."""

    @classmethod
    def url(cls, url: str) -> PluginSource:
        """A module to be fetched over HTTP."""
        return cls(address=url)

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
    """What messages call the module: its path, its URL, or "BASE64"."""
    manifest: ManifestText | None
    settings: dict[str, Any]
    """Of config/default.toml beside the module."""
    seen: Look = ()
    """Its files as they were just before they were read."""
    signature: str = ""
    """Text of the file of signatures beside the module; "" where there is none."""
    function: Terms | None = None
    """The terms of a function; None for a plugin."""


def read_source(
    source: PluginSource, options: PluginOptions, manifest: str | Path | None
) -> SourceFiles:
    """Read a plugin and what belongs to it. Relative paths are meant under `plugin_dir`.

    Raises LoadError.
    """
    folder = Path(options.plugin_dir)
    seen = look_at(watched_files(source, folder, manifest))
    if source.function is not None:
        return _read_function(source, folder, seen)
    given = None if manifest is None else _read_manifest(folder / manifest)
    if source.address:
        return SourceFiles(_fetch(source.address, options), source.address, given, {}, seen)
    if source.path is None:
        return SourceFiles(source.data, INLINE, given, {}, seen)
    path = folder / source.path
    binary = _read(path, LIMITS.module_bytes_max)
    if given is None:
        beside = (path.parent / FILE_NAME, path.with_suffix(".toml"))
        given = next((_read_manifest(file) for file in beside if file.is_file()), None)
    settings = _read_settings(path.parent / SETTINGS_FILE)
    return SourceFiles(binary, str(path), given, settings, seen, _read_signature(path))


def _read_function(source: PluginSource, folder: Path, seen: Look) -> SourceFiles:
    """A function's module, which stands alone but for its signature."""
    terms = source.function
    if source.path is None:
        return SourceFiles(source.data, IN_CALL, None, {}, seen, function=terms)
    path = folder / source.path
    binary = _read(path, LIMITS.module_bytes_max)
    return SourceFiles(binary, str(path), None, {}, seen, _read_signature(path), terms)


def _read_signature(path: Path) -> str:
    signed = path.with_name(path.name + SIGNATURE_SUFFIX)
    return _read_manifest(signed).text if signed.is_file() else ""


def look_at(files: list[Path]) -> Look:
    """The files as they are now."""
    found = []
    for path in files:
        with suppress(OSError, ValueError):
            status = path.stat()
            found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def watched_files(source: PluginSource, folder: Path, manifest: str | Path | None) -> list[Path]:
    """The files whose change means another plugin, whether or not they are there."""
    files = [] if manifest is None else [folder / manifest]
    if source.path is not None:
        path = folder / source.path
        files.append(path)
        if source.function is not None:
            return files
        files.append(path.parent / SETTINGS_FILE)
        if manifest is None:
            files += [path.parent / FILE_NAME, path.with_suffix(".toml")]
    return files


def _fetch(url: str, options: PluginOptions) -> bytes:
    """The body of a URL whose host, and that of every redirect, is in url_hosts."""
    hosts = {host.lower() for host in options.url_hosts}

    def allows(host: str, port: int) -> bool:
        if not hosts & {host, f"{host}:{port}"}:
            raise network.HostRefused(f"{host}:{port} is not among url_hosts")
        return True

    exchange = network.Exchange(
        allows, options.url_max_mb * MEBIBYTE, options.url_timeout_ms / 1000, network.REDIRECTS_MAX
    )
    try:
        reply = network.http(exchange, "GET", url, {}, b"")
    except network.NetworkError as error:
        raise LoadError(f"{url}: {error}") from error
    if reply.status != 200:
        raise LoadError(f"{url}: the server answers status {reply.status}")
    return reply.body


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
