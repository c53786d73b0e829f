"""fd_*: the three standard streams. There is no other descriptor, so a guest sees no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasi.abi import FDSTAT, IOVEC, U32, Errno, Filetype, Rights, WasiError
from wasi.door import system_call
from wasm_vm import Memory

if TYPE_CHECKING:
    from wasi.system import Wasi

STDIN, STDOUT, STDERR = range(3)
_VECTORS_MAX = 1_024
_RIGHTS = {
    STDIN: Rights.FD_READ | Rights.POLL_FD_READWRITE,
    STDOUT: Rights.FD_WRITE | Rights.POLL_FD_READWRITE,
    STDERR: Rights.FD_WRITE | Rights.POLL_FD_READWRITE,
}


def _open(wasi: Wasi, descriptor: int) -> int:
    if descriptor not in wasi.open_streams:
        raise WasiError(Errno.BADF)
    return _RIGHTS[descriptor]


def _vectors(memory: Memory, address: int, count: int) -> list[tuple[int, int]]:
    if count > _VECTORS_MAX:
        raise WasiError(Errno.INVAL)
    return list(IOVEC.iter_unpack(memory.read(address, count * IOVEC.size)))


@system_call("i32 i32 i32 i32 -> i32")
def fd_write(
    wasi: Wasi, memory: Memory, descriptor: int, vectors: int, count: int, written_at: int
) -> None:
    """Write the buffers to standard output or standard error; of a lot only the first bytes, as a
    short write.
    """
    if not _open(wasi, descriptor) & Rights.FD_WRITE:
        raise WasiError(Errno.NOTCAPABLE)
    parts = _vectors(memory, vectors, count)
    data = bytearray()
    for address, size in parts:
        memory.check(address, size)
        data += memory.read(address, min(size, wasi.transfer_bytes_max - len(data)))
    memory.check(written_at, U32.size)
    wasi.write(descriptor, bytes(data))
    memory.write(written_at, U32.pack(len(data)))


@system_call("i32 i32 i32 i32 -> i32")
def fd_read(
    wasi: Wasi, memory: Memory, descriptor: int, vectors: int, count: int, read_at: int
) -> None:
    """Read standard input into the buffers; none read is the end."""
    if not _open(wasi, descriptor) & Rights.FD_READ:
        raise WasiError(Errno.NOTCAPABLE)
    parts = _vectors(memory, vectors, count)
    for address, size in parts:
        memory.check(address, size)
    memory.check(read_at, U32.size)
    room = sum(size for _, size in parts)
    data = wasi.stdin.read1(min(room, wasi.transfer_bytes_max))
    start = 0
    for address, size in parts:
        memory.write(address, data[start : start + size])
        start += size
    memory.write(read_at, U32.pack(len(data)))


@system_call("i32 -> i32")
def fd_close(wasi: Wasi, memory: Memory, descriptor: int) -> None:
    """Close a stream."""
    _open(wasi, descriptor)
    wasi.open_streams.remove(descriptor)


@system_call("i32 i32 -> i32")
def fd_fdstat_get(wasi: Wasi, memory: Memory, descriptor: int, address: int) -> None:
    """File type and rights."""
    rights = _open(wasi, descriptor)
    memory.write(address, FDSTAT.pack(Filetype.CHARACTER_DEVICE, 0, rights, 0))


@system_call("i32 i64 i32 i32 -> i32")
def fd_seek(
    wasi: Wasi, memory: Memory, descriptor: int, delta: int, whence: int, position_at: int
) -> None:
    """A stream has no position."""
    _open(wasi, descriptor)
    raise WasiError(Errno.SPIPE)


@system_call("i32 i32 -> i32")
def fd_prestat_get(wasi: Wasi, memory: Memory, descriptor: int, address: int) -> None:
    """No directory is preopened: BADF at the first question ends the guest's list."""
    raise WasiError(Errno.BADF)


@system_call("i32 i32 i32 -> i32")
def fd_prestat_dir_name(
    wasi: Wasi, memory: Memory, descriptor: int, address: int, size: int
) -> None:
    """No directory is preopened."""
    raise WasiError(Errno.BADF)
