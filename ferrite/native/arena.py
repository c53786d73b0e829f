"""Arena: bytes that can be put back to a saved state in time proportional to the pages changed.

Rule: the kernel does the bookkeeping. The bytes are a private mapping of a file that only exists
in memory: what is written goes to private copies of pages, and dropping these copies brings the
file's content back. The whole size is reserved as address space at once and takes memory only where
something was written, so a memory grows in it without moving.

Linux alone promises this of MADV_DONTNEED; importing this module elsewhere raises ImportError.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
import weakref

if sys.platform != "linux":
    raise ImportError("an arena takes Linux's memfd_create and MADV_DONTNEED")

CHUNK_BYTES = 1 << 16
_ZEROS = bytes(CHUNK_BYTES)
_NO_RESERVE = 0x4000
"""MAP_NORESERVE, which `mmap` has from 3.13 on."""


class Arena:
    """Reserved bytes, zeros at first.

    view: all of them. They are given back when the arena and all views of it have gone.
    """

    __slots__ = ("__weakref__", "_close_file", "_file", "_pages", "view")

    def __init__(self, size: int) -> None:
        """Reserve so many bytes, one or more. Raises OSError where the host has no room."""
        self._file = os.memfd_create("arena", os.MFD_CLOEXEC)
        self._close_file = weakref.finalize(self, os.close, self._file)
        os.ftruncate(self._file, size)
        flags = mmap.MAP_PRIVATE | _NO_RESERVE
        self._pages = mmap.mmap(self._file, size, flags, mmap.PROT_READ | mmap.PROT_WRITE)
        self.view = memoryview(self._pages)

    def save(self, size: int) -> None:
        """Remember the first `size` bytes, for good; all behind them are zeros then.

        To be called once. Raises OSError where the host has no room.
        """
        for start in range(0, size, CHUNK_BYTES):
            chunk = bytes(self.view[start : min(start + CHUNK_BYTES, size)])
            wanted = chunk != _ZEROS[: len(chunk)]
            if wanted and os.pwrite(self._file, chunk, start) < len(chunk):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._close_file()
        self._pages.madvise(mmap.MADV_DONTNEED)

    def restore(self, size: int) -> None:
        """Bring back what was saved; `size`: bytes from the start on that may have changed."""
        if size:
            self._pages.madvise(mmap.MADV_DONTNEED, 0, size)
