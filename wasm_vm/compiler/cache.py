"""Compiled code on disk, and which modules are valid: what need not be found out in every process.

What is in there gets executed. So nothing is read that another user could have written: the folder
and each file must belong to this user, the folder must be closed to all others, symbolic links are
not followed, and a file's checksum must be right. Whatever is not so is ignored, with a warning
that names it; a cache never fails a run. Files are replaced as a whole, the oldest go first.
"""

from __future__ import annotations

import hashlib
import logging
import marshal
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from wasm_vm.instructions import COST_MODEL
from wasm_vm.limits import Limits
from wasm_vm.module import Module
from wasm_vm.types import Features
from wasm_vm.validation import ValidModule

BYTES_MOST = 256 << 20
MAGIC = b"wasm_vm code 1\n"
_DIGEST_BYTES = 32
_SUFFIX = ".code"
_VALID = ".valid"
_UNFINISHED = ".part"

_log = logging.getLogger("wasm_vm")


def default_folder() -> Path:
    """$FERRITE_CACHE_DIR, or else "ferrite" in $XDG_CACHE_HOME or ~/.cache."""
    chosen = os.environ.get("FERRITE_CACHE_DIR")
    if chosen:
        return Path(chosen).absolute()
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path(os.path.expanduser("~/.cache"))) / "ferrite"


@cache
def compiler_version() -> str:
    """A digest of the whole VM's source, "" without source files: every change makes all stored
    code foreign.
    """
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    paths = sorted(root.rglob("*.py"))
    if not paths:
        return ""
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def key_of(module: ValidModule) -> str:
    """What decides the code of a module, as a name of a file."""
    parts = (
        module.module.digest,
        module.module.features,
        COST_MODEL,
        sys.implementation.cache_tag,
        sys.hexversion,
        sys.byteorder,
        compiler_version(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest() + _SUFFIX


def knowledge_of(digest: str, features: Features, limits: Limits) -> str:
    """What decides whether a binary is a valid module, as a name of a file."""
    parts = (digest, features, replace(limits, fuel=None), compiler_version())
    return hashlib.sha256(repr(parts).encode()).hexdigest() + _VALID


class Refused(Exception):
    """A file or folder is not to be trusted; the text says why."""


class CodeCache:
    """A folder of compiled modules, by default the subfolder "code" of `default_folder`.

    bytes_most: of all files together.
    """

    def __init__(self, folder: Path | None = None, bytes_most: int = BYTES_MOST) -> None:
        self.folder = (folder or default_folder()) / "code"
        self.bytes_most = bytes_most
        self._usable = True

    def load(self, module: ValidModule) -> dict[int, bytes]:
        """The stored functions of a module by their index; nothing where there is no good file."""
        payload = self._read(key_of(module))
        if payload is None:
            return {}
        found: dict[int, bytes] = marshal.loads(payload)
        return found

    def save(self, module: ValidModule, functions: Mapping[int, bytes]) -> None:
        """Store the functions of a module in place of what there was."""
        self._write(key_of(module), marshal.dumps(dict(functions)))

    def is_valid(self, binary: bytes, features: Features, limits: Limits) -> bool:
        """True where a binary was found to be a valid module at a level and within limits."""
        digest = hashlib.sha256(binary).hexdigest()
        return self._read(knowledge_of(digest, features, limits)) is not None

    def note_valid(self, module: Module) -> None:
        """A module was validated."""
        self._write(knowledge_of(module.digest, module.features, module.limits), b"")

    def _read(self, name: str) -> bytes | None:
        if not self._usable:
            return None
        with self._warning(name), self._opened() as folder:
            try:
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
            except FileNotFoundError:
                return None
            with open(descriptor, "rb") as file:
                _require(os.fstat(descriptor), stat.S_ISREG, 0o022)
                content = file.read(self.bytes_most + 1)
            os.utime(name, dir_fd=folder)
            return _payload(content)
        return None

    def _write(self, name: str, payload: bytes) -> None:
        content = MAGIC + hashlib.sha256(payload).digest() + payload
        if len(content) > self.bytes_most or not self._usable:
            return
        with self._warning(name), self._opened() as folder:
            unfinished = f"{name}.{os.getpid()}{_UNFINISHED}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with suppress(FileNotFoundError):
                os.unlink(unfinished, dir_fd=folder)
            with open(os.open(unfinished, flags, 0o600, dir_fd=folder), "wb") as file:
                file.write(content)
            os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
            self._shrink(folder)

    @contextmanager
    def _warning(self, name: str) -> Iterator[None]:
        """What goes wrong with a file is a warning."""
        try:
            yield
        except Refused as error:
            _log.warning("code cache: %s is ignored: %s", self.folder / name, error)
        except OSError as error:
            _log.warning("code cache: %s cannot be used: %s", self.folder / name, error)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder as a descriptor; raises Refused, OSError, and is not tried again then."""
        self._usable = False
        if not hasattr(os, "geteuid"):
            raise Refused("this system does not tell who owns a file")
        if not self.folder.is_absolute():
            raise Refused("this user has no home folder")
        if not compiler_version():
            raise Refused("the VM's own source files are not there")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _require(os.fstat(folder), stat.S_ISDIR, 0o077)
            self._usable = True
            yield folder
        finally:
            os.close(folder)

    def _shrink(self, folder: int) -> None:
        """Delete the files that were not used for longest until all fit."""
        files = []
        for name in os.listdir(folder):
            if name.endswith((_SUFFIX, _VALID, _UNFINISHED)):
                with suppress(FileNotFoundError):
                    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    files.append((found.st_mtime_ns, found.st_size, name))
        used = sum(size for _, size, _ in files)
        for _, size, name in sorted(files):
            if used <= self.bytes_most:
                return
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            used -= size


def _require(found: os.stat_result, is_kind: Any, forbidden: int) -> None:
    if not is_kind(found.st_mode):
        raise Refused("it is of another kind")
    if found.st_uid != os.geteuid():
        raise Refused("it belongs to another user")
    if found.st_mode & forbidden:
        raise Refused(f"others may use it (mode {stat.S_IMODE(found.st_mode):o})")


def _payload(content: bytes) -> bytes:
    """The content of a file; raises Refused where it is not what was written."""
    head = len(MAGIC) + _DIGEST_BYTES
    payload = content[head:]
    if content[: len(MAGIC)] != MAGIC:
        raise Refused("it is no file of this cache")
    if hashlib.sha256(payload).digest() != content[len(MAGIC) : head]:
        raise Refused("its checksum is wrong")
    return payload
