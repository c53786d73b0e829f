"""AppendOnlyFiles: the files of an append-only file by their names, and reading them.

Rule: names are those of Redis 7, relative to `appenddirname` in `dir`. A manifest is put in place
by renaming. Nothing here decides what is written or when.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Protocol, TypeAlias

from ferrite.errors import StartError
from ferrite.keyspace.databases import Databases
from ferrite.persistence import rdb
from ferrite.persistence.command_reader import Truncated, read_commands
from ferrite.persistence.cursor import BadFormat
from ferrite.persistence.files import PIECE_BYTES, Disk, File, Files, replace
from ferrite.persistence.manifest import BASE, BadManifest, Manifest, Part, read_manifest

LOG = logging.getLogger(__name__)

Execute: TypeAlias = Callable[[Iterator[tuple[int, list[bytes]]], int], None]
"""Executes commands, each with the offset behind it; takes the offset in front of them all.

Raises BadFormat for one that cannot be, Truncated for an unfinished transaction, and what the
iterator raises."""


class Options(Protocol):
    """The configuration that says where the files are."""

    dir: str
    appendfilename: str
    appenddirname: str
    aof_load_truncated: bool


class AppendOnlyFiles:
    """The folder of one append-only file."""

    __slots__ = ("_files", "_options")

    def __init__(self, options: Options, files: Files | None = None) -> None:
        self._options = options
        self._files = files or Disk()

    # --- names ----------------------------------------------------------------------------------

    @property
    def folder(self) -> str:
        """The path of the folder."""
        return os.path.join(self._options.dir, self._options.appenddirname)

    @property
    def manifest_path(self) -> str:
        """The path of the manifest."""
        return os.path.join(self.folder, f"{self._options.appendfilename}.manifest")

    @property
    def increment_in_waiting(self) -> str:
        """The path of the increment that no manifest names yet."""
        return os.path.join(self.folder, f"temp-{self._options.appendfilename}.incr")

    def temporary(self, process: int) -> str:
        """The path of the base that a process writes."""
        return os.path.join(self._options.dir, f"temp-rewriteaof-bg-{process}.aof")

    def path(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.folder, name)

    # --- writing: everything raises OSError -------------------------------------------------------

    def make_folder(self) -> None:
        """Have the folder."""
        self._files.make_folder(self.folder)
        self._files.sync_directory(self._options.dir)

    def size(self, name: str) -> int:
        """The bytes of a file, 0 when there is none."""
        return self._files.size(self.path(name)) or 0

    def create(self, name: str) -> File:
        """A new empty file."""
        return self._files.create(self.path(name))

    def create_increment_in_waiting(self) -> File:
        """A new empty increment that no manifest names yet."""
        return self._files.create(self.increment_in_waiting)

    def append(self, name: str) -> File:
        """A file to write on at its end."""
        return self._files.append(self.path(name))

    def write_temporary(self, pieces: Iterable[bytes]) -> None:
        """Write the base of this process, and have it on the disk."""
        file = self._files.create(self.temporary(os.getpid()))
        try:
            for piece in pieces:
                file.write(piece)
            file.sync()
        finally:
            file.close()

    def adopt(self, path: str, name: str) -> None:
        """Move a file into the folder."""
        self._files.rename(path, self.path(name))

    def persist(self, manifest: Manifest) -> None:
        """Put a manifest in place; the names of the files are on the disk before it."""
        self._files.sync_directory(self.folder)
        name = os.path.basename(self.manifest_path)
        replace(self._files, self.folder, name, [manifest.to_bytes()])

    # --- removing: nothing is raised --------------------------------------------------------------

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(OSError):
            self._files.remove(self.path(name))

    def remove_temporary(self, process: int) -> None:
        """Remove the base that a process has written, if it is there."""
        with suppress(OSError):
            self._files.remove(self.temporary(process))

    def remove_increment_in_waiting(self) -> None:
        """Remove the increment that no manifest names, if it is there."""
        with suppress(OSError):
            self._files.remove(self.increment_in_waiting)

    # --- reading ----------------------------------------------------------------------------------

    def read_manifest(self) -> Manifest:
        """The manifest in place, an empty one where there is none. Raises StartError."""
        name = self._options.appendfilename
        try:
            text = self._files.read(self.manifest_path)
        except OSError as error:
            raise StartError(f"{self.manifest_path}: {error.strerror or error}") from error
        if text is None:
            return Manifest(name)
        try:
            return read_manifest(text, name)
        except BadManifest as error:
            raise StartError(f"{self.manifest_path}: {error}") from error

    def load(self, databases: Databases, execute: Execute) -> Manifest:
        """Fill empty databases from the files that the manifest names; which these are.

        Raises StartError that names the file and the place.
        """
        manifest = self._upgraded(self.read_manifest())
        databases.clock.stop(0)  # no key dies before its last command is read
        try:
            for part in manifest.parts:
                self._load_part(part, databases, execute, last=part is manifest.parts[-1])
        finally:
            databases.clock.resume()
        return manifest

    def _upgraded(self, manifest: Manifest) -> Manifest:
        """A file of Redis 6 or older lies in `dir` itself: it becomes the base. Raises StartError.

        As Redis does it; also where that was begun before and has not come to its end.
        """
        name = self._options.appendfilename
        old = os.path.join(self._options.dir, name)
        base = manifest.base
        begun = base is not None and base.name == name and not manifest.increments
        try:
            if self._files.size(old) is None or not (manifest.empty or begun):
                return manifest
            if begun and self._files.size(self.path(name)) is not None:
                return manifest
            LOG.info(
                "%s: an append-only file of an older Redis, which is moved to be the base", old
            )
            self.make_folder()
            if not begun:
                manifest = Manifest(name, Part(name, 1, BASE), base_sequence=1)
                self.persist(manifest)
            self.adopt(old, name)
            self._files.sync_directory(self.folder)
        except OSError as error:
            raise StartError(f"{old}: {error.strerror or error}") from error
        return manifest

    def _load_part(self, part: Part, databases: Databases, execute: Execute, *, last: bool) -> None:
        path = self.path(part.name)
        try:
            if self._files.size(path) is None:
                raise StartError(f"{path} is named by the manifest: No such file or directory")
            start, pieces = self._behind_preamble(path, databases)
            execute(read_commands(pieces, start), start)
        except OSError as error:
            raise StartError(f"{path}: {error.strerror or error}") from error
        except BadFormat as error:
            raise StartError(f"{path}: {error}; {self._hint(path)}") from error
        except Truncated as error:
            self._cut(path, error, last=last)
        LOG.info("%s: loaded", path)

    def _behind_preamble(self, path: str, databases: Databases) -> tuple[int, Iterator[bytes]]:
        """Where the commands of a file begin, and what is there: behind the RDB, if it begins with
        one. Raises BadFormat, OSError."""
        pieces = self._files.pieces(path)
        first = next(pieces, b"")
        if not first.startswith(b"REDIS"):
            return 0, _chained(first, pieces)
        data = b"".join((first, *pieces))
        loaded = rdb.load_preamble(data, databases)
        for what in loaded.left_out:
            LOG.warning("%s: %s is left out", path, what)
        rest = range(loaded.end, len(data), PIECE_BYTES)
        return loaded.end, (data[start : start + PIECE_BYTES] for start in rest)

    def _hint(self, path: str) -> str:
        return (
            f"Bad file format reading the append only file {path}: make a backup of your AOF "
            f"file, then use redis-check-aof --fix {self.manifest_path}"
        )

    def _cut(self, path: str, error: Truncated, *, last: bool) -> None:
        """A file that ends too early: cut it to what is good, or refuse it. Raises StartError."""
        if not last:
            raise StartError(f"{path}: {error}, and it is not the last file; {self._hint(path)}")
        if not self._options.aof_load_truncated:
            raise StartError(
                f"{path}: {error}; Unexpected end of file reading the append only file {path}. "
                "You can: 1) Make a backup of your AOF file, then use redis-check-aof --fix "
                f"{self.manifest_path}. 2) Alternatively you can set the 'aof-load-truncated' "
                "configuration option to yes and restart the server."
            )
        LOG.warning("%s: %s; it is cut there (aof-load-truncated is on)", path, error)
        try:
            file = self._files.append(path)
            try:
                file.truncate(error.good)
                file.sync()
            finally:
                file.close()
        except OSError as failed:
            raise StartError(f"{path}: cannot be cut: {failed.strerror or failed}") from failed


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
