"""A guest that can make every system call of WASI, with what its calls need in its memory."""

from __future__ import annotations

import gc
import os
from functools import cache
from pathlib import Path
from typing import Any

import wasi
from tests.support import wat
from wasi.abi import FDSTAT, FILESTAT, IOVEC, Errno, OpenFlags, Rights
from wasi.door import CALLS

EVERY_RIGHT = sum(Rights)
ROOT = 3
"""The first preopened directory."""

RESULT, STRINGS, BUFFER = 64, 1_024, 32_768
"""Addresses: of results, of paths and vectors, of data."""

READ_WRITE = Rights.FD_READ | Rights.FD_WRITE


@cache
def text_of_all_calls() -> str:
    """A module that exports every call, wrapped in a function of its own type."""
    imports, functions = [], []
    for name, call in CALLS.items():
        parameters = "".join(f"(param {each})" for each in call.type.parameters)
        results = "".join(f"(result {each})" for each in call.type.results)
        gets = "".join(f"(local.get {index})" for index in range(len(call.type.parameters)))
        imports.append(f'(import "{wasi.MODULE}" "{name}" (func ${name} {parameters} {results}))')
        functions.append(f'(func (export "{name}") {parameters} {results} (call ${name} {gets}))')
    return "\n".join([*imports, '(memory (export "memory") 1)', *functions])


class Calls:
    """The guest. Numbers may be negative, as a guest's own would be."""

    def __init__(self, root: Path | None = None, /, *, read_only: bool = False, **options: Any):
        if root is not None:
            options.setdefault("dirs", {"/": wasi.Dir(root, read_only=read_only)})
        self.system = wasi.Wasi(**options)
        self.instance = wat.instance(text_of_all_calls(), self.system.imports())
        self.memory = self.instance.memory
        self._next = STRINGS

    def __call__(self, name: str, *arguments: Any) -> Errno:
        """Make a call; paths are given as str or bytes, which stand for address and length."""
        self._next = STRINGS
        words: list[int] = []
        for argument in arguments:
            if isinstance(argument, str | bytes):
                words += self.place(argument)
            else:
                words.append(int(argument))
        return Errno(self.instance.invoke(name, *words))

    def place(self, text: str | bytes) -> tuple[int, int]:
        """Put a string into the memory; its address and length."""
        data = text.encode() if isinstance(text, str) else text
        address, self._next = self._next, self._next + len(data)
        self.memory.write(address, data)
        return address, len(data)

    def number(self, size: int = 4, address: int = RESULT) -> int:
        """A result."""
        return int.from_bytes(self.memory.read(address, size), "little")

    # --- the calls that most tests need

    def open(
        self,
        path: str | bytes,
        flags: int = 0,
        rights: int = EVERY_RIGHT & ~Rights.FD_WRITE,
        *,
        fd: int = ROOT,
        inheriting: int = EVERY_RIGHT,
        fdflags: int = 0,
        follow: bool = True,
    ) -> int:
        """Open; the descriptor. Raises Refused."""
        given = (fd, follow, path, flags, rights, inheriting, fdflags, RESULT)
        self._expect(self("path_open", *given))
        return self.number()

    def create(self, path: str | bytes, data: bytes = b"", **options: Any) -> int:
        """A new file with that content, open for reading and writing."""
        fd = self.open(path, OpenFlags.CREAT, EVERY_RIGHT, **options)
        if data:
            assert self.write(fd, data) == len(data)
        return fd

    def write(self, fd: int, data: bytes, call: str = "fd_write", *offset: int) -> int:
        """Write; how many bytes were. Raises Refused."""
        self.memory.write(BUFFER, data)
        self.memory.write(STRINGS, IOVEC.pack(BUFFER, len(data)))
        self._expect(self(call, fd, STRINGS, 1, *offset, RESULT))
        return self.number()

    def read(self, fd: int, size: int = 1000, call: str = "fd_read", *offset: int) -> bytes:
        """Read. Raises Refused."""
        self.memory.write(STRINGS, IOVEC.pack(BUFFER, size))
        self._expect(self(call, fd, STRINGS, 1, *offset, RESULT))
        return self.memory.read(BUFFER, self.number())

    def seek(self, fd: int, offset: int, whence: int = 0) -> int:
        """Move the position; where it is then. Raises Refused."""
        self._expect(self("fd_seek", fd, offset, whence, RESULT))
        return self.number(8)

    def filestat(self, fd: int) -> tuple[int, ...]:
        """Device, inode, type, links, size and three times. Raises Refused."""
        self._expect(self("fd_filestat_get", fd, RESULT))
        return FILESTAT.unpack(self.memory.read(RESULT, FILESTAT.size))

    def fdstat(self, fd: int) -> tuple[int, ...]:
        """Type, flags, rights, inheriting rights. Raises Refused."""
        self._expect(self("fd_fdstat_get", fd, RESULT))
        return FDSTAT.unpack(self.memory.read(RESULT, FDSTAT.size))

    @staticmethod
    def _expect(errno: Errno) -> None:
        if errno is not Errno.SUCCESS:
            raise Refused(errno)


def host_descriptors() -> int:
    """Descriptors that this process has open, those of forgotten guests left out."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


class Refused(Exception):
    """A call that should have gone well did not."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.name)
        self.errno = errno
