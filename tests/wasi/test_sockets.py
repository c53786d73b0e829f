from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

import wasi
from tests.support.wasi_calls import BUFFER, RESULT, STRINGS, Calls, Refused
from tests.wasi.test_polling import poll, timer, watch
from wasi.abi import CONNECTION_RIGHTS, IOVEC, Errno, FdFlags, Filetype, Rights
from wasi.polling import FD_READ

LISTENER = 3
FLAGS = RESULT + 8


class Served:
    """A guest with a listener, and the other end."""

    def __init__(self, **options: object) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.guest = Calls(listeners=[self.listener], **options)

    def connect(self) -> socket.socket:
        other = socket.create_connection(self.listener.getsockname())
        other.settimeout(10)
        return other

    def accept(self, flags: int = 0) -> int:
        errno = self.guest("sock_accept", LISTENER, flags, RESULT)
        if errno is not Errno.SUCCESS:
            raise Refused(errno)
        return self.guest.number()

    def receive(self, fd: int, size: int = 100, flags: int = 0) -> bytes:
        self.guest.memory.write(STRINGS, IOVEC.pack(BUFFER, size))
        errno = self.guest("sock_recv", fd, STRINGS, 1, flags, RESULT, FLAGS)
        if errno is not Errno.SUCCESS:
            raise Refused(errno)
        return self.guest.memory.read(BUFFER, self.guest.number())


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    with made.guest.system:
        yield made


def test_a_connection_is_accepted_and_talks(served: Served) -> None:
    with served.connect() as other:
        fd = served.accept()
        assert served.guest.fdstat(fd) == (Filetype.SOCKET_STREAM, 0, int(CONNECTION_RIGHTS), 0)
        other.sendall(b"hello")
        assert served.receive(fd, 3, flags=1) == b"hel", "looked at"
        assert served.receive(fd, 3) == b"hel"
        assert served.guest.read(fd) == b"lo"
        assert served.guest.write(fd, b"answer", "sock_send", 0) == 6
        assert served.guest.write(fd, b"!") == 1
        assert other.makefile("rb").read(7) == b"answer!"
        assert served.guest("sock_shutdown", fd, 2) is Errno.SUCCESS
        other.sendall(b"late")
        assert served.receive(fd) == b"late"
    assert served.receive(fd) == b""
    assert served.guest("fd_close", fd) is Errno.SUCCESS


def test_waiting_for_a_connection_and_for_bytes(served: Served) -> None:
    others: list[socket.socket] = []
    later = threading.Timer(0.02, lambda: others.append(served.connect()))
    later.start()
    fd = served.accept()
    later.join()
    later = threading.Timer(0.02, others[0].sendall, (b"late",))
    later.start()
    assert served.receive(fd) == b"late"
    later.join()
    later = threading.Timer(0.02, others[0].sendall, (b"later",))
    later.start()
    assert served.guest.read(fd) == b"later"
    later.join()
    others[0].close()


def test_who_does_not_want_to_wait(served: Served) -> None:
    guest = served.guest
    assert guest("fd_fdstat_set_flags", LISTENER, FdFlags.NONBLOCK) is Errno.SUCCESS
    with pytest.raises(Refused, match="AGAIN"):
        served.accept()
    with served.connect():
        fd = served.accept(FdFlags.NONBLOCK)
        assert guest.fdstat(fd)[1] == FdFlags.NONBLOCK
        with pytest.raises(Refused, match="AGAIN"):
            served.receive(fd)
        with pytest.raises(Refused, match="AGAIN"):
            guest.read(fd)
        assert guest("fd_fdstat_set_flags", fd, FdFlags.APPEND) is Errno.NOTSUP


def test_polling_sockets(served: Served) -> None:
    served.guest.system.policy = wasi.Policy(permitted=frozenset({"clock"}))
    soon = timer(1, 1_000_000)
    assert poll(served.guest, soon, watch(2, FD_READ, LISTENER))[0][1] is Errno.NOTCAPABLE
    with served.connect() as other:
        fd = served.accept()
        assert [event[0] for event in poll(served.guest, soon, watch(2, FD_READ, fd))] == [1]
        other.sendall(b"x")
        assert [event[0] for event in poll(served.guest, soon, watch(2, FD_READ, fd))] == [2]


def test_what_is_no_connection(served: Served) -> None:
    guest = served.guest
    for call, arguments in (
        ("sock_recv", (STRINGS, 0, 0, RESULT, FLAGS)),
        ("sock_send", (STRINGS, 0, 0, RESULT)),
        ("sock_shutdown", (1,)),
    ):
        assert guest(call, 1, *arguments) is Errno.NOTSOCK
        assert guest(call, LISTENER, *arguments) is Errno.NOTCONN
        assert guest(call, 9, *arguments) is Errno.BADF
    assert guest("sock_accept", 1, 0, RESULT) is Errno.NOTSOCK
    assert guest("sock_accept", 9, 0, RESULT) is Errno.BADF
    assert guest("fd_seek", LISTENER, 0, 0, RESULT) is Errno.SPIPE


def test_flags(served: Served) -> None:
    guest = served.guest
    assert guest("sock_accept", LISTENER, FdFlags.APPEND, RESULT) is Errno.NOTSUP
    assert guest("sock_accept", LISTENER, 64, RESULT) is Errno.INVAL
    with served.connect():
        fd = served.accept()
        assert guest("sock_accept", fd, 0, RESULT) is Errno.INVAL
        for flags, errno in ((2, Errno.NOTSUP), (4, Errno.INVAL)):
            assert guest("sock_recv", fd, STRINGS, 0, flags, RESULT, FLAGS) is errno
        assert guest("sock_send", fd, STRINGS, 0, 1, RESULT) is Errno.INVAL
        for how in (0, 4):
            assert guest("sock_shutdown", fd, how) is Errno.INVAL


def test_rights_of_a_listener_bound_its_connections(served: Served) -> None:
    guest = served.guest
    _, _, rights, _ = guest.fdstat(LISTENER)
    reading = int(Rights.FD_READ)
    assert guest("fd_fdstat_set_rights", LISTENER, rights, reading) is Errno.SUCCESS
    with served.connect():
        fd = served.accept()
        assert guest.fdstat(fd)[2] == reading
        assert guest("sock_send", fd, STRINGS, 0, 0, RESULT) is Errno.NOTCAPABLE
        assert guest("sock_shutdown", fd, 1) is Errno.NOTCAPABLE
    assert guest("fd_fdstat_set_rights", LISTENER, 0, 0) is Errno.SUCCESS
    assert guest("sock_accept", LISTENER, 0, RESULT) is Errno.NOTCAPABLE


def test_connections_count_as_handles() -> None:
    served = Served(policy=wasi.Policy(max_file_handles=1))
    with served.guest.system, served.connect(), served.connect():
        served.accept()
        with pytest.raises(Refused, match="MFILE"):
            served.accept()


def test_the_network_can_be_restricted() -> None:
    served = Served(policy=wasi.Policy(restricted=("network",)))
    with served.guest.system, served.connect(), pytest.raises(Refused, match="NOTCAPABLE"):
        served.accept()
