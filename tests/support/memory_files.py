"""A disk in memory that knows what would survive a loss of power, and that fails when told to."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator


class Inode:
    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.synced = bytes(content)


class MemoryFiles:
    """What `ferrite.persistence.files.Files` asks for. A write is durable once its file is synced,
    a name once its folder is."""

    def __init__(self) -> None:
        self.names: dict[str, Inode] = {}
        self.durable_names: dict[str, Inode] = {}
        self.free_bytes: int | None = None
        """How many bytes more can be written; None for any number."""
        self.syncs_fail = False
        self.refused = ""
        """Files with this in their names cannot be created."""
        self.before: Callable[[], None] = lambda: None
        """Called before every operation that changes something."""
        self.operations: list[str] = []

    def _step(self, what: str) -> None:
        self.before()
        self.operations.append(what)

    def read(self, path: str) -> bytes | None:
        inode = self.names.get(path)
        return None if inode is None else bytes(inode.content)

    def pieces(self, path: str) -> Iterator[bytes]:
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        content = bytes(self.names[path].content)
        for start in range(0, len(content), 97):
            yield content[start : start + 97]

    def create(self, path: str) -> MemoryFile:
        self._step(f"create {os.path.basename(path)}")
        if self.refused and self.refused in path:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.names[path] = Inode()
        return MemoryFile(self, self.names[path])

    def append(self, path: str) -> MemoryFile:
        if path not in self.names:
            return self.create(path)
        return MemoryFile(self, self.names[path])

    def size(self, path: str) -> int | None:
        inode = self.names.get(path)
        return None if inode is None else len(inode.content)

    def make_folder(self, path: str) -> None:
        pass

    def rename(self, source: str, target: str) -> None:
        self._step(f"rename to {os.path.basename(target)}")
        self.names[target] = self.names.pop(source)

    def remove(self, path: str) -> None:
        self._step(f"remove {os.path.basename(path)}")
        del self.names[path]

    def sync_directory(self, path: str) -> None:
        self._step("sync folder")
        for name in {*self.names, *self.durable_names}:
            if os.path.dirname(name) == path:
                if name in self.names:
                    self.durable_names[name] = self.names[name]
                else:
                    del self.durable_names[name]

    def after_power_loss(self, chance: random.Random | None = None) -> MemoryFiles:
        """The disk as it is found again: nothing that was not synced, or with `chance` a part of
        what was written behind it as well."""
        found = MemoryFiles()
        for name, inode in self.durable_names.items():
            content = inode.synced
            if chance is not None and bytes(inode.content).startswith(content):
                content = bytes(inode.content[: chance.randint(len(content), len(inode.content))])
            found.names[name] = found.durable_names[name] = Inode(content)
        return found

    def after_crash(self) -> MemoryFiles:
        """The disk as the next process finds it: with all that was written."""
        found = MemoryFiles()
        for name, inode in self.names.items():
            found.names[name] = found.durable_names[name] = Inode(bytes(inode.content))
        return found


class MemoryFile:
    def __init__(self, files: MemoryFiles, inode: Inode) -> None:
        self._files = files
        self._inode = inode
        self._position = len(inode.content)

    def write(self, data: bytes) -> None:
        self._files._step(f"write {len(data)}")
        room = self._files.free_bytes
        taken = data if room is None else data[:room]
        self._inode.content[self._position : self._position + len(taken)] = taken
        self._position += len(taken)
        if room is not None:
            self._files.free_bytes = room - len(taken)
            if len(taken) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def sync(self) -> None:
        self._files._step("sync")
        if self._files.syncs_fail:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._inode.synced = bytes(self._inode.content)

    def truncate(self, size: int) -> None:
        self._files._step(f"truncate {size}")
        if self._files.free_bytes is not None:
            self._files.free_bytes += len(self._inode.content) - size
        del self._inode.content[size:]
        self._position = size

    def rewind(self, position: int) -> None:
        self._position = position

    def close(self) -> None:
        pass
