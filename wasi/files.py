"""fd_*: reading and writing of whatever a descriptor is, positions, and descriptors themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from wasi.abi import FDSTAT, PRESTAT, U32, U64, Errno, FdFlags, Rights, WasiError, flags_of
from wasi.descriptors import Descriptor
from wasi.directory import Directory
from wasi.door import system_call
from wasi.memory import Buffers, GuestMemory, room
from wasi.regular import File

if TYPE_CHECKING:
    from wasi.system import Wasi

_PREOPENED_DIRECTORY = 0

K = TypeVar("K", bound=Descriptor)


def as_kind(descriptor: Descriptor, kind: type[K]) -> K:
    """The descriptor as the kind that a call is about.

    Raises WasiError: ISDIR where it is a directory instead, NOTDIR where it is none and should be,
    SPIPE for what has no positions.
    """
    if isinstance(descriptor, kind):
        return descriptor
    if isinstance(descriptor, Directory):
        raise WasiError(Errno.ISDIR)
    raise WasiError(Errno.NOTDIR if kind is Directory else Errno.SPIPE)


# --- reading and writing -------------------------------------------------------------------------


def receive(
    wasi: Wasi,
    memory: GuestMemory,
    buffers: Buffers,
    count_at: int,
    peek: Callable[[int], bytes],
) -> int:
    """Fill buffers with what `peek` gives and tell the guest how much; the number of bytes."""
    memory.claim(count_at, U32.size)
    data = peek(min(room(buffers), wasi.transfer_bytes_max))
    memory.pay(len(data))
    memory.scatter(buffers, data)
    memory.put(count_at, U32.pack(len(data)))
    return len(data)


def send(
    wasi: Wasi,
    memory: GuestMemory,
    buffers: Buffers,
    count_at: int,
    write: Callable[[bytes], int],
) -> None:
    """Write what buffers hold, of a lot only the first bytes, and tell the guest how much."""
    memory.claim(count_at, U32.size)
    written = write(memory.gather(buffers, wasi.transfer_bytes_max))
    memory.put(count_at, U32.pack(written))


@system_call("i32 i32 i32 i32 -> i32")
def fd_write(
    wasi: Wasi, memory: GuestMemory, fd: int, iovs: int, iovs_len: int, nwritten_at: int
) -> None:
    """Write the buffers; of a lot only the first bytes, as a short write."""
    descriptor = wasi.descriptors.get(fd, Rights.FD_WRITE)
    buffers = memory.buffers(iovs, iovs_len)
    descriptor.wait_for(memory, reading=False)
    send(wasi, memory, buffers, nwritten_at, descriptor.write)


@system_call("i32 i32 i32 i32 -> i32")
def fd_read(
    wasi: Wasi, memory: GuestMemory, fd: int, iovs: int, iovs_len: int, nread_at: int
) -> None:
    """Read into the buffers; none read is the end."""
    descriptor = wasi.descriptors.get(fd, Rights.FD_READ)
    buffers = memory.buffers(iovs, iovs_len)
    descriptor.wait_for(memory, reading=True)
    descriptor.advance(receive(wasi, memory, buffers, nread_at, descriptor.peek))


@system_call("i32 i32 i32 i64 i32 -> i32", group="filesystem")
def fd_pread(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    iovs: int,
    iovs_len: int,
    offset: int,
    nread_at: int,
) -> None:
    """Read from somewhere in a file."""
    file = as_kind(wasi.descriptors.get(fd, Rights.FD_READ), File)
    file.require(Rights.FD_SEEK)
    buffers = memory.buffers(iovs, iovs_len)
    receive(wasi, memory, buffers, nread_at, lambda size: file.read_at(size, offset))


@system_call("i32 i32 i32 i64 i32 -> i32", group="filesystem")
def fd_pwrite(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    iovs: int,
    iovs_len: int,
    offset: int,
    nwritten_at: int,
) -> None:
    """Write somewhere into a file."""
    file = as_kind(wasi.descriptors.get(fd, Rights.FD_WRITE), File)
    file.require(Rights.FD_SEEK)
    buffers = memory.buffers(iovs, iovs_len)
    send(wasi, memory, buffers, nwritten_at, lambda data: file.write_at(data, offset))


@system_call("i32 i64 i32 i32 -> i32")
def fd_seek(
    wasi: Wasi, memory: GuestMemory, fd: int, offset: int, whence: int, position_at: int
) -> None:
    """Move the position; a stream has none."""
    file = as_kind(wasi.descriptors.get(fd), File)
    delta = (offset ^ 1 << 63) - (1 << 63)
    moves = delta != 0 or whence != 1
    file.require(Rights.FD_SEEK if moves else _asking(file))
    memory.claim(position_at, U64.size)
    memory.put(position_at, U64.pack(file.seek(delta, whence)))


@system_call("i32 i32 -> i32", group="filesystem")
def fd_tell(wasi: Wasi, memory: GuestMemory, fd: int, position_at: int) -> None:
    """Where the position is."""
    file = as_kind(wasi.descriptors.get(fd), File)
    file.require(_asking(file))
    memory.write(position_at, U64.pack(file.seek(0, 1)))


def _asking(file: File) -> Rights:
    """Who may move the position may ask where it is."""
    return Rights.FD_SEEK if file.rights & Rights.FD_SEEK else Rights.FD_TELL


# --- descriptors ---------------------------------------------------------------------------------


@system_call("i32 -> i32")
def fd_close(wasi: Wasi, memory: GuestMemory, fd: int) -> None:
    """Close; preopened directories and the streams too."""
    wasi.descriptors.close(fd)


@system_call("i32 i32 -> i32", group="filesystem")
def fd_renumber(wasi: Wasi, memory: GuestMemory, fd: int, to: int) -> None:
    """Move a descriptor over another one, which is closed."""
    wasi.descriptors.renumber(fd, to)


@system_call("i32 i32 -> i32")
def fd_fdstat_get(wasi: Wasi, memory: GuestMemory, fd: int, stat_at: int) -> None:
    """File type, flags and rights."""
    found = wasi.descriptors.get(fd)
    memory.write(stat_at, FDSTAT.pack(found.filetype, found.flags, found.rights, found.inheriting))


@system_call("i32 i32 -> i32", group="filesystem")
def fd_fdstat_set_flags(wasi: Wasi, memory: GuestMemory, fd: int, flags: int) -> None:
    """Append or not, wait or not."""
    descriptor = wasi.descriptors.get(fd, Rights.FD_FDSTAT_SET_FLAGS)
    descriptor.set_flags(flags_of(FdFlags, flags))


@system_call("i32 i64 i64 -> i32", group="filesystem")
def fd_fdstat_set_rights(
    wasi: Wasi, memory: GuestMemory, fd: int, rights: int, inheriting: int
) -> None:
    """Give rights up; none can be won."""
    wasi.descriptors.get(fd).set_rights(rights, inheriting)


@system_call("i32 i32 -> i32")
def fd_prestat_get(wasi: Wasi, memory: GuestMemory, fd: int, prestat_at: int) -> None:
    """Bytes of a preopened directory's name; BADF ends the guest's list."""
    memory.write(prestat_at, PRESTAT.pack(_PREOPENED_DIRECTORY, len(_preopened(wasi, fd))))


@system_call("i32 i32 i32 -> i32")
def fd_prestat_dir_name(wasi: Wasi, memory: GuestMemory, fd: int, name_at: int, size: int) -> None:
    """A preopened directory's name, without a NUL."""
    name = _preopened(wasi, fd)
    if size < len(name):
        raise WasiError(Errno.NAMETOOLONG)
    memory.write(name_at, name)


def _preopened(wasi: Wasi, fd: int) -> bytes:
    descriptor = wasi.descriptors.get(fd)
    if not isinstance(descriptor, Directory) or descriptor.name is None:
        raise WasiError(Errno.BADF)
    return descriptor.name


@system_call("i32 i32 i32 i64 i32 -> i32", group="filesystem")
def fd_readdir(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    entries_at: int,
    size: int,
    cookie: int,
    used_at: int,
) -> None:
    """Entries of a directory from a cookie on; the last one that fits may be cut off."""
    directory = as_directory(wasi, fd, Rights.FD_READDIR)
    memory.check(entries_at, size)
    memory.claim(used_at, U32.size)
    data = bytearray()
    for entry in directory.entries(cookie):
        if len(data) >= size:
            break
        data += entry
    memory.write(entries_at, bytes(data[:size]))
    memory.put(used_at, U32.pack(min(len(data), size)))


def as_directory(wasi: Wasi, fd: int, rights: Rights) -> Directory:
    """An open directory with these rights; raises WasiError (BADF, NOTDIR, NOTCAPABLE)."""
    descriptor = wasi.descriptors.get(fd)
    if not isinstance(descriptor, Directory):
        raise WasiError(Errno.NOTDIR)
    descriptor.require(rights)
    return descriptor
