"""Arena: bytes that can be put back to their first state in time proportional to the pages changed.

Rule: the kernel does the bookkeeping. The bytes are a private mapping of a file that only exists
in memory: what is written goes to private copies of pages, and dropping these copies brings the
file's content back. The whole size is reserved as address space at once and takes memory only where
something was written, so a memory grows in it without moving.

A page that was dropped is mapped again when it is next touched, which takes the kernel longer than
copying it. So pages that are changed again and again, a guest's stack and its first data, are found
by a look at the page table now and then; they keep their private copies and are copied back.

Linux alone promises this of MADV_DONTNEED; importing this module elsewhere raises ImportError.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import sys
import weakref

if sys.platform != "linux":
    raise ImportError("an arena takes Linux's memfd_create and MADV_DONTNEED")

PAGE_BYTES = mmap.PAGESIZE
HOT_PAGES_MAX = 64
LOOK_INTERVAL_MIN = 64
"""Restores between two looks, with a memory of no size."""

_CHUNK_BYTES = 1 << 16
_ZEROS = bytes(_CHUNK_BYTES)
_NO_RESERVE = 0x4000
"""MAP_NORESERVE, which `mmap` has from 3.13 on."""
_PAGE_TABLE = "/proc/self/pagemap"
_ENTRY = struct.Struct("=Q")
_BLOCK_BYTES = 512 * _ENTRY.size
_PRESENT, _OF_FILE = 1 << 63, 1 << 61


class Arena:
    """Bytes with a first state, and room for more.

    view: all of them, zeros behind the first ones. They are given back when the arena and all views
    of it have gone.
    """

    __slots__ = (
        "__weakref__",
        "_changed",
        "_file",
        "_gaps",
        "_hot",
        "_next_look",
        "_pages",
        "_restored",
        "_used",
        "view",
    )

    def __init__(self, data: bytes | bytearray, size: int) -> None:
        """The first state, and how many bytes to reserve, at least as many and not 0.

        Raises OSError where the host has no room.
        """
        self._file = os.memfd_create("arena", os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        size = -(-size // PAGE_BYTES) * PAGE_BYTES
        os.ftruncate(self._file, size)
        for start in range(0, len(data), _CHUNK_BYTES):
            chunk = data[start : start + _CHUNK_BYTES]
            wanted = chunk != _ZEROS[: len(chunk)]
            if wanted and os.pwrite(self._file, chunk, start) < len(chunk):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flags = mmap.MAP_PRIVATE | _NO_RESERVE
        self._pages = mmap.mmap(self._file, size, flags, mmap.PROT_READ | mmap.PROT_WRITE)
        self.view = memoryview(self._pages)
        self._used = len(data)
        self._restored = 0
        self._next_look = 1
        self._changed: set[int] = set()
        """Where the pages begin that were changed at the last look."""
        self._hot: dict[int, bytes] = {}
        """Pages that are copied back, by where they begin."""
        self._gaps = [(0, size)]

    def restore(self) -> None:
        """Bring the first state back."""
        self._restored += 1
        if self._restored >= self._next_look:
            self._look()
        view, drop = self.view, self._pages.madvise
        for start, page in self._hot.items():
            view[start : start + PAGE_BYTES] = page
        for start, size in self._gaps:
            drop(mmap.MADV_DONTNEED, start, size)

    def _look(self) -> None:
        """Say anew which pages are hot: a page becomes so when it is found changed at two looks in
        a row, and remains so until it is not, twice.

        That takes time in proportion to the memory, and so do the times between two looks.
        """
        self._next_look += min(self._next_look, LOOK_INTERVAL_MIN + self._used // PAGE_BYTES // 4)
        try:
            changed = self._privately_mapped() - self._hot.keys()
        except OSError:  # no /proc, or none that can be read: then all pages are dropped
            return
        view, hot = self.view, self._hot
        changed |= {at for at, page in hot.items() if bytes(view[at : at + PAGE_BYTES]) != page}
        before, self._changed = self._changed, changed
        found = (changed & before) | (hot.keys() & (changed | before))
        self._hot = {
            start: hot.get(start) or os.pread(self._file, PAGE_BYTES, start)
            for start in sorted(found)[:HOT_PAGES_MAX]
        }
        edges = [0, *(edge for at in self._hot for edge in (at, at + PAGE_BYTES)), len(self.view)]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        self._gaps = [(start, end - start) for start, end in pairs if start < end]

    def _privately_mapped(self) -> set[int]:
        """Where pages with a private copy begin, as the page table says. Raises OSError."""
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._pages))
        count = self._used // PAGE_BYTES
        table = os.open(_PAGE_TABLE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            entries = os.pread(table, count * _ENTRY.size, address // PAGE_BYTES * _ENTRY.size)
        finally:
            os.close(table)
        found = set()
        for start in range(0, len(entries), _BLOCK_BYTES):
            block = entries[start : start + _BLOCK_BYTES]
            if block.count(0) == len(block):
                continue
            for number, (entry,) in enumerate(_ENTRY.iter_unpack(block), start // _ENTRY.size):
                if entry & (_PRESENT | _OF_FILE) == _PRESENT:
                    found.add(number * PAGE_BYTES)
        return found
