"""What is kept of plugins across restarts: their bytes and one state file.

Rule: the bytes lie in `<sha256>.wasm`, written once; the state file is replaced as a whole, by a
rename, so that a crash leaves the old one or the new one. What is read back is judged as strictly
as what a client sends: a file that was changed in between is not loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ferrite.plugin_options import PluginOptions
from ferrite.plugins.functions.terms import Terms
from ferrite.plugins.program import LoadError, ManifestText
from ferrite.plugins.sources import PluginSource, SourceFiles

STATE_FILE = "state.json"
FOLDER = ".store"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """One version: its bytes by their digest, and all that was read beside them."""

    sha256: str
    name: str
    """What messages call the module."""
    path: str = ""
    url: str = ""
    manifest_path: str | None = None
    manifest_text: str | None = None
    manifest_name: str = ""
    settings: str = "{}"
    """JSON."""
    signature: str = ""
    function: Mapping[str, Any] | None = None
    """The terms of a function; None for a plugin."""

    @property
    def source(self) -> PluginSource:
        """Where RELOAD looks."""
        path = Path(self.path) if self.path else None
        return PluginSource(path, address=self.url, function=self.terms)

    @property
    def terms(self) -> Terms | None:
        """The terms of a function. Raises TypeError, ValueError where they are damaged."""
        return None if self.function is None else Terms.from_data(self.function)

    def files(self, binary: bytes) -> SourceFiles:
        """What was read when it was loaded."""
        manifest = None
        if self.manifest_text is not None:
            manifest = ManifestText(self.manifest_text, self.manifest_name)
        return SourceFiles(
            binary,
            self.name,
            manifest,
            json.loads(self.settings),
            (),
            self.signature,
            self.terms,
        )

    @classmethod
    def of(
        cls, sha256: str, files: SourceFiles, source: PluginSource, manifest_path: str | None
    ) -> KeptVersion:
        """What is to be kept of a version."""
        manifest = files.manifest
        return cls(
            sha256,
            files.name,
            path="" if source.path is None else str(source.path),
            url=source.address,
            manifest_path=manifest_path,
            manifest_text=None if manifest is None else manifest.text,
            manifest_name="" if manifest is None else manifest.name,
            settings=json.dumps(files.settings, default=str),
            signature=files.signature,
            function=None if files.function is None else files.function.as_data(),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """One plugin as the state file has it."""

    name: str
    load: bool
    """Whether it is loaded at the start; else only limits and state are kept for it."""
    enabled: bool
    pin: str
    grant: tuple[str, ...] | None
    """Words of GRANT; None where it was not used."""
    overrides: Mapping[str, int]
    version: KeptVersion
    previous: KeptVersion | None


class PluginStore:
    """The folder of one server. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def keep(self, sha256: str, binary: bytes) -> None:
        """Keep a module's bytes. Raises OSError."""
        if self.folder is not None:
            path = self.folder / f"{sha256}.wasm"
            if not path.exists():
                self._write(path, binary)

    def binary(self, sha256: str) -> bytes:
        """A module's bytes. Raises LoadError where they are gone or changed."""
        if self.folder is None:
            raise LoadError("no store_dir: nothing is kept of it")
        path = self.folder / f"{sha256}.wasm"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise LoadError(f"{path}: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LoadError(f"{path}: its bytes have changed")
        return data

    def save(self, plugins: Iterable[Kept]) -> None:
        """Write the state file anew, and let go of bytes that it does not name. Raises OSError."""
        if self.folder is None:
            return
        kept = list(plugins)
        data = {"format": FORMAT, "plugins": [asdict(plugin) for plugin in kept]}
        self._write(self.folder / STATE_FILE, json.dumps(data, indent=1).encode())
        named = {each.sha256 for p in kept for each in (p.version, p.previous) if each is not None}
        for path in self.folder.glob("*.wasm"):
            if path.stem not in named:
                with suppress(OSError):
                    path.unlink()

    def load(self) -> list[Kept]:
        """What the state file has; nothing where there is none. Raises LoadError."""
        if self.folder is None:
            return []
        path = self.folder / STATE_FILE
        try:
            data = json.loads(path.read_bytes())
            if data["format"] != FORMAT:
                raise LoadError(f"{path}: is of format {data['format']!r}, known is {FORMAT}")
            return [_kept(entry) for entry in data["plugins"]]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LoadError(f"{path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise LoadError(f"{path}: is damaged: {error!r}") from error

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)


def store_of(options: PluginOptions) -> PluginStore:
    """The store a configuration asks for: store_dir, else within plugin_dir where that exists."""
    if options.store_dir:
        return PluginStore(Path(options.store_dir))
    folder = Path(options.plugin_dir)
    return PluginStore(folder / FOLDER if folder.is_dir() else None)


def _kept(entry: dict[str, Any]) -> Kept:
    grant, previous = entry["grant"], entry["previous"]
    return Kept(
        name=str(entry["name"]),
        load=bool(entry["load"]),
        enabled=bool(entry["enabled"]),
        pin=str(entry["pin"]),
        grant=None if grant is None else tuple(map(str, grant)),
        overrides=dict(entry["overrides"]),
        version=KeptVersion(**entry["version"]),
        previous=None if previous is None else KeptVersion(**previous),
    )
