"""The file layer: the few things persistence does to files, so that tests can stand in for a disk.

Rule: whatever has to survive a crash is written under another name, synced, renamed into place, and
the directory is synced after that. A reader finds the old file or the new one, never a part.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Protocol

PIECE_BYTES = 1 << 20
"""How much of a file is read at once."""

_fsync = getattr(os, "fdatasync", os.fsync)
"""The size of a file is part of what fdatasync writes; its times are not, and nobody needs them."""


class File(Protocol):
    """A file that is being written."""

    def write(self, data: bytes) -> None:
        """Append all of `data`. Raises OSError."""

    def sync(self) -> None:
        """Have everything written so far on the disk. Raises OSError."""

    def truncate(self, size: int) -> None:
        """Drop all behind the first `size` bytes; writing goes on there. Raises OSError."""

    def rewind(self, position: int) -> None:
        """Go on writing at a position, over what is there. Raises OSError."""

    def close(self) -> None:
        """Write no more. Raises OSError."""


class Files(Protocol):
    """What persistence needs of a file system. Everything raises OSError."""

    def read(self, path: str) -> bytes | None:
        """All of a file; None when there is none."""

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file from its begin to its end, in pieces."""

    def create(self, path: str) -> File:
        """A new empty file, in place of one of that name."""

    def append(self, path: str) -> File:
        """A file to write on at its end, empty where there is none."""

    def size(self, path: str) -> int | None:
        """The bytes of a file; None when there is none."""

    def make_folder(self, path: str) -> None:
        """Have a folder of this name, new or not."""

    def rename(self, source: str, target: str) -> None:
        """Give a file another name, in place of one that has it."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def sync_directory(self, path: str) -> None:
        """Have the names in a directory on the disk."""


class DiskFile:
    """A file of the operating system, without a buffer of its own."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: str, flag: int) -> None:
        """`flag` is O_TRUNC for an empty file, 0 to write on at the end."""
        flags = os.O_WRONLY | os.O_CREAT | flag | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o644)
        os.lseek(self._descriptor, 0, os.SEEK_END)

    def write(self, data: bytes) -> None:
        """Append all of `data`, however many calls that takes. Raises OSError."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def sync(self) -> None:
        """Have everything written so far on the disk. Raises OSError."""
        _fsync(self._descriptor)

    def truncate(self, size: int) -> None:
        """Drop all behind the first `size` bytes; writing goes on there. Raises OSError."""
        os.ftruncate(self._descriptor, size)
        self.rewind(size)

    def rewind(self, position: int) -> None:
        """Go on writing at a position, over what is there. Raises OSError."""
        os.lseek(self._descriptor, position, os.SEEK_SET)

    def close(self) -> None:
        """Write no more. Raises OSError."""
        os.close(self._descriptor)


class Disk:
    """The operating system's file system."""

    def read(self, path: str) -> bytes | None:
        """All of a file; None when there is none. Raises OSError."""
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file from its begin to its end, in pieces. Raises OSError."""
        with open(path, "rb", buffering=0) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def create(self, path: str) -> File:
        """A new empty file, in place of one of that name. Raises OSError."""
        return DiskFile(path, os.O_TRUNC)

    def append(self, path: str) -> File:
        """A file to write on at its end, empty where there is none. Raises OSError."""
        return DiskFile(path, 0)

    def size(self, path: str) -> int | None:
        """The bytes of a file; None when there is none. Raises OSError."""
        try:
            return os.stat(path).st_size
        except FileNotFoundError:
            return None

    def make_folder(self, path: str) -> None:
        """Have a folder of this name, new or not. Raises OSError."""
        os.makedirs(path, exist_ok=True)

    def rename(self, source: str, target: str) -> None:
        """Give a file another name, in place of one that has it. Raises OSError."""
        os.replace(source, target)

    def remove(self, path: str) -> None:
        """Remove a file. Raises OSError."""
        os.unlink(path)

    def sync_directory(self, path: str) -> None:
        """Have the names in a directory on the disk, where the system knows how. Raises OSError."""
        if not hasattr(os, "O_DIRECTORY"):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(files: Files, directory: str, name: str, pieces: Iterable[bytes]) -> None:
    """Write a file anew, so that it is whole or as before whatever happens. Raises OSError."""
    target = os.path.join(directory, name)
    temporary = os.path.join(directory, f"temp-{os.getpid()}-{name}")
    file = files.create(temporary)
    try:
        try:
            for piece in pieces:
                file.write(piece)
            file.sync()
        finally:
            file.close()
        files.rename(temporary, target)
    except BaseException:
        with suppress(OSError):
            files.remove(temporary)
        raise
    files.sync_directory(directory)
