"""fd_filestat_*, fd_allocate, fd_advise, fd_sync: what is known of a file and how it is kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wasi import clocks
from wasi.abi import (
    FILESTAT,
    ClockId,
    Errno,
    Filetype,
    Rights,
    TimeFlags,
    WasiError,
    filetype_of,
    flags_of,
)
from wasi.descriptors import Opened, ask
from wasi.door import system_call
from wasi.files import as_kind
from wasi.memory import GuestMemory
from wasi.regular import File, offset_of

if TYPE_CHECKING:
    from wasi.system import Wasi


_LATEST = (1 << 64) - 1


def packed(found: os.stat_result) -> bytes:
    """A filestat of what the host says."""
    times = (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns)
    return FILESTAT.pack(
        found.st_dev,
        found.st_ino,
        filetype_of(found.st_mode),
        found.st_nlink,
        found.st_size,
        *(min(max(0, at), _LATEST) for at in times),
    )


def new_times(
    wasi: Wasi, atim: int, mtim: int, flags: int, found: os.stat_result
) -> tuple[int, int]:
    """The times that *_set_times is to set, in nanoseconds; raises WasiError (INVAL)."""
    return (
        _time(wasi, atim, flags, TimeFlags.ATIM, found.st_atime_ns),
        _time(wasi, mtim, flags, TimeFlags.MTIM, found.st_mtime_ns),
    )


def _time(wasi: Wasi, given: int, flags: int, set_: TimeFlags, before: int) -> int:
    """The flag behind each is the one that asks for the time of now."""
    if flags & set_:
        return given
    return clocks.now(wasi, ClockId.REALTIME) if flags & set_ << 1 else before


def time_flags(bits: int) -> int:
    """The flags, of which no two contradict each other; raises WasiError (INVAL)."""
    flags = flags_of(TimeFlags, bits)
    for either, other in (
        (TimeFlags.ATIM, TimeFlags.ATIM_NOW),
        (TimeFlags.MTIM, TimeFlags.MTIM_NOW),
    ):
        if flags & either and flags & other:
            raise WasiError(Errno.INVAL)
    return flags


@system_call("i32 i32 -> i32", group="filesystem")
def fd_filestat_get(wasi: Wasi, memory: GuestMemory, fd: int, stat_at: int) -> None:
    """What the host knows of it; of a stream its type alone."""
    descriptor = wasi.descriptors.get(fd, Rights.FD_FILESTAT_GET)
    memory.claim(stat_at, FILESTAT.size)
    found = descriptor.stat()
    if found is None:
        memory.put(stat_at, FILESTAT.pack(0, 0, descriptor.filetype, 0, 0, 0, 0, 0))
    else:
        memory.put(stat_at, packed(found))


@system_call("i32 i64 -> i32", group="filesystem")
def fd_filestat_set_size(wasi: Wasi, memory: GuestMemory, fd: int, size: int) -> None:
    """Cut a file off or fill it with zeros."""
    file = as_kind(wasi.descriptors.get(fd), File)
    file.require(Rights.FD_FILESTAT_SET_SIZE)
    file.set_size(size)


@system_call("i32 i64 i64 i32 -> i32", group="filesystem")
def fd_filestat_set_times(
    wasi: Wasi, memory: GuestMemory, fd: int, atim: int, mtim: int, fst_flags: int
) -> None:
    """Set the times of access and modification."""
    descriptor = wasi.descriptors.get(fd, Rights.FD_FILESTAT_SET_TIMES)
    flags = time_flags(fst_flags)
    if not isinstance(descriptor, Opened):
        raise WasiError(Errno.NOTSUP)
    times = new_times(wasi, atim, mtim, flags, descriptor.stat())
    ask(os.utime, descriptor.handle, ns=times)


@system_call("i32 i64 i64 -> i32", group="filesystem")
def fd_allocate(wasi: Wasi, memory: GuestMemory, fd: int, offset: int, size: int) -> None:
    """Make the host keep room, which costs as much as writing."""
    file = as_kind(wasi.descriptors.get(fd), File)
    file.require(Rights.FD_ALLOCATE)
    offset_of(offset, size)
    memory.pay(size)
    file.allocate(offset, size)


@system_call("i32 i64 i64 i32 -> i32", group="filesystem")
def fd_advise(
    wasi: Wasi, memory: GuestMemory, fd: int, offset: int, size: int, advice: int
) -> None:
    """Say how a file is going to be read."""
    file = as_kind(wasi.descriptors.get(fd), File)
    file.require(Rights.FD_ADVISE)
    file.advise(offset, size, advice)


@system_call("i32 -> i32", group="filesystem")
def fd_sync(wasi: Wasi, memory: GuestMemory, fd: int) -> None:
    """Have the host keep data and attributes."""
    ask(os.fsync, _kept(wasi, fd, Rights.FD_SYNC))


@system_call("i32 -> i32", group="filesystem")
def fd_datasync(wasi: Wasi, memory: GuestMemory, fd: int) -> None:
    """Have the host keep data."""
    ask(os.fdatasync, _kept(wasi, fd, Rights.FD_DATASYNC))


def _kept(wasi: Wasi, fd: int, right: Rights) -> int:
    descriptor = wasi.descriptors.get(fd, right)
    if not isinstance(descriptor, Opened) or descriptor.filetype not in (
        Filetype.REGULAR_FILE,
        Filetype.DIRECTORY,
    ):
        raise WasiError(Errno.INVAL)
    return descriptor.handle
