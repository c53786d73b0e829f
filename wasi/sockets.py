"""sock_*: connections on listeners that the embedder has given. A guest cannot open any itself."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from wasi.abi import (
    CONNECTION_RIGHTS,
    LISTENER_RIGHTS,
    U32,
    Errno,
    FdFlags,
    Filetype,
    Rights,
    WasiError,
    flags_of,
)
from wasi.descriptors import Descriptor, ask
from wasi.door import system_call
from wasi.files import receive, send
from wasi.memory import GuestMemory
from wasi.polling import FD_READ, FD_WRITE, Watch, wait

if TYPE_CHECKING:
    from wasi.system import Wasi

_PEEK, _WAITALL = 1, 2
_SHUTDOWN = {1: socket.SHUT_RD, 2: socket.SHUT_WR, 3: socket.SHUT_RDWR}


class _Socket(Descriptor):
    """A socket of the host, which never blocks it."""

    filetype = Filetype.SOCKET_STREAM

    def __init__(self, host: socket.socket, flags: int = 0) -> None:
        super().__init__(self.applicable, 0, flags)
        host.setblocking(False)
        self.socket = host

    def set_flags(self, flags: int) -> None:
        """Wait or not; a socket knows nothing else."""
        if flags & ~FdFlags.NONBLOCK:
            raise WasiError(Errno.NOTSUP)
        self.flags = flags

    def fileno(self) -> int | None:
        """The host's descriptor."""
        return self.socket.fileno()

    def stat(self) -> os.stat_result | None:
        """The host's answer."""
        return None

    def close(self) -> None:
        """Close it."""
        self.socket.close()

    def wait_for(self, memory: GuestMemory, reading: bool) -> None:
        """Wait where the guest wants to; the call that follows may still say AGAIN."""
        if not self.flags & FdFlags.NONBLOCK:
            wait(memory, [Watch(0, FD_READ if reading else FD_WRITE, self)], None)


class Listener(_Socket):
    """A socket that accepts connections; what it accepts has all rights of a connection."""

    applicable = LISTENER_RIGHTS

    def __init__(self, host: socket.socket) -> None:
        super().__init__(host)
        self.inheriting = int(CONNECTION_RIGHTS)


class Connection(_Socket):
    """A connection. What was looked at and not yet received is the host's to keep."""

    applicable = CONNECTION_RIGHTS

    def peek(self, size: int) -> bytes:
        """What has come."""
        return ask(self.socket.recv, size, socket.MSG_PEEK)

    def advance(self, count: int) -> None:
        """Take what was looked at."""
        if count:
            ask(self.socket.recv, count)

    def write(self, data: bytes) -> int:
        """Send."""
        return ask(self.socket.send, data)


def _connection(wasi: Wasi, fd: int, right: Rights) -> Connection:
    descriptor = wasi.descriptors.get(fd)
    if not isinstance(descriptor, Connection):
        raise WasiError(Errno.NOTCONN if isinstance(descriptor, Listener) else Errno.NOTSOCK)
    descriptor.require(right)
    return descriptor


@system_call("i32 i32 i32 -> i32", group="network")
def sock_accept(wasi: Wasi, memory: GuestMemory, fd: int, fdflags: int, fd_at: int) -> None:
    """Accept a connection."""
    flags = flags_of(FdFlags, fdflags)
    listener = wasi.descriptors.get(fd)
    if not isinstance(listener, Listener):
        raise WasiError(Errno.INVAL if isinstance(listener, Connection) else Errno.NOTSOCK)
    listener.require(Rights.SOCK_ACCEPT)
    if flags & ~FdFlags.NONBLOCK:
        raise WasiError(Errno.NOTSUP)
    wasi.descriptors.check_room()
    memory.claim(fd_at, U32.size)
    listener.wait_for(memory, reading=True)
    host, _ = ask(listener.socket.accept)
    connection = Connection(host, flags)
    connection.set_rights(connection.rights & listener.inheriting, 0)
    memory.put(fd_at, U32.pack(wasi.descriptors.add(connection)))


@system_call("i32 i32 i32 i32 i32 i32 -> i32", group="network")
def sock_recv(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    iovs: int,
    iovs_len: int,
    ri_flags: int,
    nread_at: int,
    ro_flags_at: int,
) -> None:
    """Receive into the buffers; none received is the end."""
    connection = _connection(wasi, fd, Rights.FD_READ)
    if ri_flags & ~(_PEEK | _WAITALL):
        raise WasiError(Errno.INVAL)
    if ri_flags & _WAITALL:
        raise WasiError(Errno.NOTSUP)
    buffers = memory.buffers(iovs, iovs_len)
    memory.claim(ro_flags_at, 2)

    connection.wait_for(memory, reading=True)
    count = receive(wasi, memory, buffers, nread_at, connection.peek)
    if not ri_flags & _PEEK:
        connection.advance(count)
    memory.put(ro_flags_at, bytes(2))


@system_call("i32 i32 i32 i32 i32 -> i32", group="network")
def sock_send(
    wasi: Wasi,
    memory: GuestMemory,
    fd: int,
    iovs: int,
    iovs_len: int,
    si_flags: int,
    nwritten_at: int,
) -> None:
    """Send what the buffers hold, or the first of it."""
    connection = _connection(wasi, fd, Rights.FD_WRITE)
    if si_flags:
        raise WasiError(Errno.INVAL)
    buffers = memory.buffers(iovs, iovs_len)
    connection.wait_for(memory, reading=False)
    send(wasi, memory, buffers, nwritten_at, connection.write)


@system_call("i32 i32 -> i32", group="network")
def sock_shutdown(wasi: Wasi, memory: GuestMemory, fd: int, how: int) -> None:
    """Close one direction, or both."""
    connection = _connection(wasi, fd, Rights.SOCK_SHUTDOWN)
    if how not in _SHUTDOWN:
        raise WasiError(Errno.INVAL)
    ask(connection.socket.shutdown, _SHUTDOWN[how])
