"""An open regular file of the host.

The position is kept here: nobody shares it, and a read can be looked at before it is paid for.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

from wasi.abi import FILE_RIGHTS, Errno, FdFlags, Filetype, WasiError
from wasi.descriptors import OFFSET_MAX, Opened, ask

_SYNCHRONOUS = FdFlags.DSYNC | FdFlags.RSYNC | FdFlags.SYNC
_SEEK = (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END)

ADVICE = tuple(
    getattr(os, f"POSIX_FADV_{word}", None)
    for word in ("NORMAL", "SEQUENTIAL", "RANDOM", "WILLNEED", "DONTNEED", "NOREUSE")
)
"""The host's numbers by WASI's; None where it takes no advice."""


class Quota:
    """Bytes by which a guest may fill files; None is without end."""

    def __init__(self, most: int | None) -> None:
        self.left = most

    def affordable(self, wanted: int) -> int:
        """As many of the bytes as there are; raises WasiError (DQUOT) where there are none."""
        if self.left is None:
            return wanted
        if wanted and not self.left:
            raise WasiError(Errno.DQUOT)
        return min(wanted, self.left)

    def save(self) -> Callable[[], None]:
        """Remember what is left; what this returns puts it back."""
        left = self.left

        def restore() -> None:
            self.left = left

        return restore

    def require(self, wanted: int) -> None:
        """Raise WasiError (DQUOT) unless there are that many."""
        if self.left is not None and wanted > self.left:
            raise WasiError(Errno.DQUOT)

    def take(self, count: int) -> None:
        """Use bytes that are there."""
        if self.left is not None:
            self.left -= count


def offset_of(number: int, size: int = 0) -> int:
    """A position in a file, behind which `size` bytes fit; raises WasiError (INVAL)."""
    if number + size > OFFSET_MAX:
        raise WasiError(Errno.INVAL)
    return number


class File(Opened):
    """A regular file."""

    filetype = Filetype.REGULAR_FILE
    applicable = FILE_RIGHTS

    def __init__(self, handle: int, rights: int, flags: int, quota: Quota) -> None:
        super().__init__(handle, rights, 0, flags)
        self._quota = quota
        self._position = 0

    def set_flags(self, flags: int) -> None:
        """Change what can be changed in an open file: appending and not waiting."""
        if (flags ^ self.flags) & _SYNCHRONOUS:
            raise WasiError(Errno.NOTSUP)
        host = ask(fcntl.fcntl, self.handle, fcntl.F_GETFL)
        wanted = host | os.O_APPEND if flags & FdFlags.APPEND else host & ~os.O_APPEND
        ask(fcntl.fcntl, self.handle, fcntl.F_SETFL, wanted)
        self.flags = flags

    def save(self) -> Callable[[], None]:
        """See `Descriptor.save`: the position; what stands in the file is no part of it."""
        restore_rest, position = super().save(), self._position

        def restore() -> None:
            restore_rest()
            self._position = position

        return restore

    def peek(self, size: int) -> bytes:
        """What stands at the position."""
        return self.read_at(size, self._position)

    def advance(self, count: int) -> None:
        """Move behind it."""
        self._position += count

    def read_at(self, size: int, offset: int) -> bytes:
        """What stands somewhere else."""
        return ask(os.pread, self.handle, size, offset_of(offset))

    def write(self, data: bytes) -> int:
        """Write at the position, or at the end where the file is appended to."""
        if not self.flags & FdFlags.APPEND:
            written = self.write_at(data, self._position)
            self._position += written
            return written
        count = self._quota.affordable(len(data))
        written = ask(os.write, self.handle, data[:count])
        self._quota.take(written)
        self._position = ask(os.lseek, self.handle, 0, os.SEEK_CUR)
        return written

    def write_at(self, data: bytes, offset: int) -> int:
        """Write somewhere else; how many bytes were."""
        count = self._quota.affordable(len(data))
        written = ask(os.pwrite, self.handle, data[:count], offset_of(offset, count))
        self._quota.take(written)
        return written

    def seek(self, offset: int, whence: int) -> int:
        """Move the position."""
        if whence >= len(_SEEK):
            raise WasiError(Errno.INVAL)
        base = (0, self._position, self.size if whence == os.SEEK_END else 0)[whence]
        if not 0 <= base + offset <= OFFSET_MAX:
            raise WasiError(Errno.INVAL)
        self._position = base + offset
        return self._position

    @property
    def size(self) -> int:
        """Bytes."""
        return self.stat().st_size

    def set_size(self, size: int) -> None:
        """Cut it off or fill it with zeros; what it grows by counts as written."""
        growth = max(0, offset_of(size) - self.size)
        self._quota.require(growth)
        ask(os.ftruncate, self.handle, size)
        self._quota.take(growth)

    def allocate(self, offset: int, size: int) -> None:
        """Make sure that the host has room for these bytes; they count as written."""
        if not size:
            raise WasiError(Errno.INVAL)
        self._quota.require(size)
        ask(os.posix_fallocate, self.handle, offset, size)
        self._quota.take(size)

    def advise(self, offset: int, size: int, advice: int) -> None:
        """Tell the host how the file is going to be read."""
        if advice >= len(ADVICE):
            raise WasiError(Errno.INVAL)
        offset_of(offset, size)
        number = ADVICE[advice]
        if number is not None:
            ask(os.posix_fadvise, self.handle, offset, size, number)
