"""Paths of a guest: resolved component by component, so that none leaves its directory.

- Each component is opened by itself, below the directory that was opened before it, and never
  through a symbolic link: links are read and their text is walked like any path of the guest's.
- `..` goes back to the directory that was passed on the way down, which is still open; above the
  first one it is NOTCAPABLE, as is every absolute path or link.
- The last component is not opened here. Whatever uses it must not follow links: it may have been
  exchanged meanwhile, by the guest's other files or by the host. So no race leads outside either.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wasi.abi import Errno, WasiError
from wasi.descriptors import ask

LINKS_MAX = 40
DEPTH_MAX = 128
"""Directories that one path may hold open at a time."""

_SEARCH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Place:
    """The directory in which a path ends, and its last component.

    directory: a descriptor of the host, open while the place is used. slash: the path ends in a
    slash, so that only a directory will do.
    """

    directory: int
    name: bytes
    slash: bool

    def look(self) -> os.stat_result | None:
        """What is there, or None for nothing; a link is not followed. Raises WasiError."""
        try:
            return ask(os.stat, self.name, dir_fd=self.directory, follow_symlinks=False)
        except WasiError as error:
            if error.errno is Errno.NOENT:
                return None
            raise

    def stat(self) -> os.stat_result:
        """What is there. Raises WasiError (NOENT, NOTDIR ...)."""
        found = self.look()
        if found is None:
            raise WasiError(Errno.NOENT)
        if self.slash and not stat.S_ISDIR(found.st_mode):
            raise WasiError(Errno.NOTDIR)
        return found


@contextmanager
def resolve(root: int, path: bytes, follow: bool, pay: Callable[[int], None]) -> Iterator[Place]:
    """The place of a path below an open directory of the host.

    follow: whether a link in the last component is followed. pay: takes the bytes of each link that
    is followed, without which a short path could make the host walk for long. Raises WasiError, and
    what `pay` raises.
    """
    walk = _Walk(root, pay)
    try:
        yield walk.to(path, follow)
    finally:
        walk.close()


class _Walk:
    """A way down from a root."""

    def __init__(self, root: int, pay: Callable[[int], None]) -> None:
        self._passed = [root]
        self._pay = pay
        self._links = 0

    def close(self) -> None:
        while len(self._passed) > 1:
            os.close(self._passed.pop())

    def to(self, path: bytes, follow: bool) -> Place:
        waiting = _components(path)
        slash = path.endswith(b"/")
        while waiting:
            name = waiting.pop()
            if name == b".":
                continue
            if name == b"..":
                self._back()
                continue
            target = self._link(name) if waiting or follow else None
            if target is not None:
                slash = slash or (not waiting and target.endswith(b"/"))
                waiting += _components(target)
            elif waiting:
                self._down(name)
            else:
                return Place(self._passed[-1], name, slash)
        return Place(self._passed[-1], b".", slash=True)

    def _back(self) -> None:
        if len(self._passed) == 1:
            raise WasiError(Errno.NOTCAPABLE)
        os.close(self._passed.pop())

    def _down(self, name: bytes) -> None:
        if len(self._passed) > DEPTH_MAX:
            raise WasiError(Errno.NAMETOOLONG)
        self._passed.append(ask(os.open, name, _SEARCH, dir_fd=self._passed[-1]))

    def _link(self, name: bytes) -> bytes | None:
        """The text of a link, or None where there is none of that name."""
        try:
            target: bytes = ask(os.readlink, name, dir_fd=self._passed[-1])
        except WasiError as error:
            if error.errno in (Errno.INVAL, Errno.NOENT):
                return None
            raise
        self._links += 1
        if self._links > LINKS_MAX:
            raise WasiError(Errno.LOOP)
        self._pay(len(target))
        return target


def _components(path: bytes) -> list[bytes]:
    """The components of a path or of a link's text, the last one first."""
    if path.startswith(b"/"):
        raise WasiError(Errno.NOTCAPABLE)
    return [name for name in reversed(path.split(b"/")) if name]
