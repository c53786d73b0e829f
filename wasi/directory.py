"""An open directory of the host, preopened or opened by the guest."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from wasi.abi import (
    DIRECTORY_RIGHTS,
    DIRENT,
    FILE_RIGHTS,
    READING_RIGHTS,
    Filetype,
    filetype_of,
)
from wasi.descriptors import Opened, ask


@dataclass(frozen=True, slots=True)
class Dir:
    """A directory of the host that a guest is given."""

    path: str | os.PathLike[str]
    read_only: bool = False


class Directory(Opened):
    """A directory. name: as what it was preopened, or None."""

    filetype = Filetype.DIRECTORY
    applicable = DIRECTORY_RIGHTS

    def __init__(
        self, handle: int, rights: int, inheriting: int, flags: int = 0, name: bytes | None = None
    ) -> None:
        super().__init__(handle, rights, inheriting, flags)
        self.name = name
        self._entries: list[bytes] | None = None

    def entries(self, cookie: int) -> list[bytes]:
        """The entries from a cookie on, as fd_readdir lays them out.

        They are in order, `.` and `..` first, and those that were there when cookie 0 was asked
        for: cookies stay good while the guest makes and removes files.
        """
        if cookie == 0 or self._entries is None:
            self._entries = ask(self._listed)
        return self._entries[cookie:]

    def save(self) -> Callable[[], None]:
        """See `Descriptor.save`: the listing that cookies are of."""
        restore_rest, entries = super().save(), self._entries

        def restore() -> None:
            restore_rest()
            self._entries = entries

        return restore

    def _listed(self) -> list[bytes]:
        with os.scandir(self.handle) as found:
            named = sorted((os.fsencode(entry.name), entry) for entry in found)
        own = os.fstat(self.handle).st_ino
        rows = [(b".", own, Filetype.DIRECTORY), (b"..", 0, Filetype.DIRECTORY)]
        for name, entry in named:
            rows.append((name, entry.inode(), _type_of(entry)))
        return [
            DIRENT.pack(cookie, inode, len(name), kind) + name
            for cookie, (name, inode, kind) in enumerate(rows, 1)
        ]


def _type_of(entry: os.DirEntry[str]) -> Filetype:
    try:
        return filetype_of(entry.stat(follow_symlinks=False).st_mode)
    except OSError:
        return Filetype.UNKNOWN


def preopen(name: str, given: Dir) -> Directory:
    """A directory for a guest under a name; raises OSError where the host has no such."""
    handle = os.open(given.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    mask = READING_RIGHTS if given.read_only else ~0
    every = DIRECTORY_RIGHTS | FILE_RIGHTS
    return Directory(handle, every & mask, every & mask, name=name.encode())
