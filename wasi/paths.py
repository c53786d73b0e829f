"""path_*: every call on a name. The sandbox resolves it; nothing here follows a last link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wasi.abi import (
    FILESTAT,
    LOOKUP_SYMLINK_FOLLOW,
    U32,
    Errno,
    FdFlags,
    OpenFlags,
    Rights,
    WasiError,
    flags_of,
)
from wasi.attributes import new_times, packed, time_flags
from wasi.descriptors import Descriptor, ask
from wasi.directory import Directory
from wasi.door import system_call
from wasi.files import as_directory
from wasi.memory import GuestMemory
from wasi.regular import File
from wasi.sandbox import Place, resolve

if TYPE_CHECKING:
    from wasi.system import Wasi

_SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_DIRECTORY_MODE, _FILE_MODE = 0o777, 0o666
_HOST_FLAGS = {
    FdFlags.APPEND: os.O_APPEND,
    FdFlags.DSYNC: os.O_DSYNC,
    FdFlags.RSYNC: getattr(os, "O_RSYNC", os.O_SYNC),
    FdFlags.SYNC: os.O_SYNC,
}


def _follow(flags: int) -> bool:
    if flags & ~LOOKUP_SYMLINK_FOLLOW:
        raise WasiError(Errno.INVAL)
    return bool(flags)


@contextmanager
def _place(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    rights: Rights,
    path: bytes,
    follow: bool = False,
) -> Iterator[Place]:
    """The place of a path below a directory with these rights."""
    with resolve(as_directory(wasi, fd, rights).handle, path, follow, memory.pay) as place:
        yield place


def _looked_up(path: bytes, follow: bool) -> bool:
    """A trailing slash names what a link refers to."""
    return follow or path.endswith(b"/")


# --- open ----------------------------------------------------------------------------------------


@system_call("i32 i32 i32 i32 i32 i64 i64 i32 i32 -> i32", group="filesystem")
def path_open(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    lookup_flags: int,
    path: int,
    size: int,
    oflags: int,
    rights: int,
    inheriting: int,
    fdflags: int,
    fd_at: int,
) -> None:
    """Open or make a file, or open a directory.

    The new descriptor has those of the rights asked for that the directory lets inherit, and that
    mean something for its kind.
    """
    directory = as_directory(wasi, fd, Rights.PATH_OPEN)
    name = memory.path(path, size)
    follow = _follow(lookup_flags)
    how, flags = flags_of(OpenFlags, oflags), flags_of(FdFlags, fdflags)
    rights &= directory.inheriting
    if how & OpenFlags.CREAT:
        directory.require(Rights.PATH_CREATE_FILE)
        if how & OpenFlags.DIRECTORY:
            raise WasiError(Errno.INVAL)
        follow = follow and not how & OpenFlags.EXCL
    if how & OpenFlags.TRUNC:
        directory.require(Rights.PATH_FILESTAT_SET_SIZE)
    wasi.descriptors.check_room()
    memory.claim(fd_at, U32.size)
    with resolve(directory.handle, name, _looked_up(name, follow), memory.pay) as place:
        handle = _opened(place, how, flags, rights)
    number = wasi.descriptors.add(
        _descriptor(wasi, handle, rights, inheriting & directory.inheriting, flags)
    )
    memory.put(fd_at, U32.pack(number))


def _opened(place: Place, how: int, flags: int, rights: int) -> int:
    """A descriptor of the host for a regular file or a directory."""
    host = _SAFELY
    if rights & Rights.FD_WRITE or how & OpenFlags.TRUNC:
        reading = rights & (Rights.FD_READ | Rights.FD_READDIR)
        host |= os.O_RDWR if reading else os.O_WRONLY
    for flag, bits in _HOST_FLAGS.items():
        host |= bits if flags & flag else 0
    if how & OpenFlags.CREAT:
        if place.slash:
            raise WasiError(Errno.ISDIR)
        host |= os.O_CREAT | (os.O_EXCL if how & OpenFlags.EXCL else 0)
    if how & OpenFlags.DIRECTORY or place.slash:
        host |= os.O_DIRECTORY
    before = place.look()
    if before is not None:
        _refuse_devices(before)
    handle = ask(os.open, place.name, host, _FILE_MODE, dir_fd=place.directory)
    try:
        _refuse_devices(os.fstat(handle))
        if how & OpenFlags.TRUNC:
            ask(os.ftruncate, handle, 0)
    except WasiError:
        os.close(handle)
        raise
    return handle


def _refuse_devices(found: os.stat_result) -> None:
    """Files, directories and links only: opening a device or a pipe can do anything."""
    if not (
        stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode) or stat.S_ISLNK(found.st_mode)
    ):
        raise WasiError(Errno.ACCES)


def _descriptor(wasi: Wasi, handle: int, rights: int, inheriting: int, flags: int) -> Descriptor:
    if stat.S_ISDIR(os.fstat(handle).st_mode):
        return Directory(handle, rights, inheriting, flags)
    return File(handle, rights, flags, wasi.quota)


# --- make and remove -----------------------------------------------------------------------------


@system_call("i32 i32 i32 -> i32", group="filesystem")
def path_create_directory(wasi: Wasi, memory: GuestMemory, fd: int, path: int, size: int) -> None:
    """Make a directory."""
    name = memory.path(path, size)
    with _place(wasi, memory, fd, Rights.PATH_CREATE_DIRECTORY, name) as place:
        ask(os.mkdir, place.name, _DIRECTORY_MODE, dir_fd=place.directory)


@system_call("i32 i32 i32 -> i32", group="filesystem")
def path_remove_directory(wasi: Wasi, memory: GuestMemory, fd: int, path: int, size: int) -> None:
    """Remove an empty directory."""
    name = memory.path(path, size)
    with _place(wasi, memory, fd, Rights.PATH_REMOVE_DIRECTORY, name) as place:
        if place.name == b".":
            raise WasiError(Errno.INVAL)
        ask(os.rmdir, place.name, dir_fd=place.directory)


@system_call("i32 i32 i32 -> i32", group="filesystem")
def path_unlink_file(wasi: Wasi, memory: GuestMemory, fd: int, path: int, size: int) -> None:
    """Remove a file or a link."""
    name = memory.path(path, size)
    with _place(wasi, memory, fd, Rights.PATH_UNLINK_FILE, name) as place:
        if stat.S_ISDIR(place.stat().st_mode):
            raise WasiError(Errno.ISDIR)
        ask(os.unlink, place.name, dir_fd=place.directory)


@system_call("i32 i32 i32 i32 i32 i32 -> i32", group="filesystem")
def path_rename(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    old_path: int,
    old_size: int,
    new_fd: int,
    new_path: int,
    new_size: int,
) -> None:
    """Give a file or a directory another name, perhaps in another directory."""
    old, new = memory.path(old_path, old_size), memory.path(new_path, new_size)
    with (
        _place(wasi, memory, fd, Rights.PATH_RENAME_SOURCE, old) as source,
        _place(wasi, memory, new_fd, Rights.PATH_RENAME_TARGET, new) as target,
    ):
        found = source.stat()
        if target.slash and not stat.S_ISDIR(found.st_mode):
            raise WasiError(Errno.NOTDIR)
        if b"." in (source.name, target.name):
            raise WasiError(Errno.BUSY)
        ask(
            os.rename,
            source.name,
            target.name,
            src_dir_fd=source.directory,
            dst_dir_fd=target.directory,
        )


# --- links ---------------------------------------------------------------------------------------


@system_call("i32 i32 i32 i32 i32 i32 i32 -> i32", group="filesystem")
def path_link(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    lookup_flags: int,
    old_path: int,
    old_size: int,
    new_fd: int,
    new_path: int,
    new_size: int,
) -> None:
    """Make another name of a file or of a symbolic link, never of what a link refers to."""
    if lookup_flags:
        raise WasiError(Errno.INVAL)
    old, new = memory.path(old_path, old_size), memory.path(new_path, new_size)
    with (
        _place(wasi, memory, fd, Rights.PATH_LINK_SOURCE, old) as source,
        _place(wasi, memory, new_fd, Rights.PATH_LINK_TARGET, new) as target,
    ):
        if stat.S_ISDIR(source.stat().st_mode):
            raise WasiError(Errno.PERM)
        _refuse_slash(target)
        ask(
            os.link,
            source.name,
            target.name,
            src_dir_fd=source.directory,
            dst_dir_fd=target.directory,
            follow_symlinks=False,
        )


@system_call("i32 i32 i32 i32 i32 -> i32", group="filesystem")
def path_symlink(
    wasi: Wasi,
    memory: GuestMemory,
    old_path: int,
    old_size: int,
    fd: int,
    new_path: int,
    new_size: int,
) -> None:
    """Make a symbolic link. Its text may be any path that is not absolute."""
    old, new = memory.path(old_path, old_size), memory.path(new_path, new_size)
    if old.startswith(b"/"):
        raise WasiError(Errno.NOTCAPABLE)
    with _place(wasi, memory, fd, Rights.PATH_SYMLINK, new) as place:
        _refuse_slash(place)
        ask(os.symlink, old, place.name, dir_fd=place.directory)


def _refuse_slash(place: Place) -> None:
    """What is made here is no directory."""
    if place.slash:
        place.stat()  # NOENT where there is nothing, NOTDIR where there is no directory
        raise WasiError(Errno.EXIST)


@system_call("i32 i32 i32 i32 i32 i32 -> i32", group="filesystem")
def path_readlink(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    path: int,
    size: int,
    text_at: int,
    text_size: int,
    used_at: int,
) -> None:
    """A symbolic link's text, as much as fits; an absolute one would tell of the host."""
    name = memory.path(path, size)
    memory.check(text_at, text_size)
    memory.claim(used_at, U32.size)
    with _place(wasi, memory, fd, Rights.PATH_READLINK, name, _looked_up(name, False)) as place:
        text = ask(os.readlink, place.name, dir_fd=place.directory)
    if text.startswith(b"/"):
        raise WasiError(Errno.NOTCAPABLE)
    memory.write(text_at, text[:text_size])
    memory.put(used_at, U32.pack(min(len(text), text_size)))


# --- attributes ----------------------------------------------------------------------------------


@system_call("i32 i32 i32 i32 i32 -> i32", group="filesystem")
def path_filestat_get(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    lookup_flags: int,
    path: int,
    size: int,
    stat_at: int,
) -> None:
    """What the host knows of a file."""
    name = memory.path(path, size)
    follow = _looked_up(name, _follow(lookup_flags))
    memory.claim(stat_at, FILESTAT.size)
    with _place(wasi, memory, fd, Rights.PATH_FILESTAT_GET, name, follow) as place:
        memory.put(stat_at, packed(place.stat()))


@system_call("i32 i32 i32 i32 i64 i64 i32 -> i32", group="filesystem")
def path_filestat_set_times(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    lookup_flags: int,
    path: int,
    size: int,
    atim: int,
    mtim: int,
    fst_flags: int,
) -> None:
    """Set the times of access and modification."""
    name = memory.path(path, size)
    follow = _looked_up(name, _follow(lookup_flags))
    flags = time_flags(fst_flags)
    with _place(wasi, memory, fd, Rights.PATH_FILESTAT_SET_TIMES, name, follow) as place:
        times = new_times(wasi, atim, mtim, flags, place.stat())
        ask(os.utime, place.name, ns=times, dir_fd=place.directory, follow_symlinks=False)
