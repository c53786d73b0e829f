from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wasi.abi import STREAM_RIGHTS, Errno, Filetype, Rights, WasiError
from wasi.descriptors import Descriptor, Opened, Table, ask


class Plain(Descriptor):
    filetype = Filetype.UNKNOWN
    applicable = Rights.FD_READ | Rights.FD_WRITE
    closed = 0

    def close(self) -> None:
        self.closed += 1


def refused(errno: Errno) -> object:
    return pytest.raises(WasiError, match=f"^{errno.name}$")


def test_errors_of_the_host_become_errnos() -> None:
    assert ask(max, 1, 2) == 2

    def fails() -> None:
        raise OSError(errno.ENOTEMPTY, "")

    with refused(Errno.NOTEMPTY):
        ask(fails)
    with refused(Errno.INVAL):
        ask(os.pread, 0, 1, 1 << 70)


def test_rights_only_shrink() -> None:
    found = Plain(~0, int(Rights.FD_READ))
    assert found.rights == Rights.FD_READ | Rights.FD_WRITE
    found.require(Rights.FD_READ)
    with refused(Errno.NOTCAPABLE):
        found.require(Rights.FD_READ | Rights.FD_SEEK)
    for rights, inheriting in ((1 << 2, 0), (0, 1 << 6), (1 << 63, 0)):
        with refused(Errno.NOTCAPABLE):
            found.set_rights(rights, inheriting)
    found.set_rights(Rights.FD_WRITE, 0)
    with refused(Errno.NOTCAPABLE):
        found.require(Rights.FD_READ)
    with refused(Errno.NOTCAPABLE):
        found.set_rights(Rights.FD_READ, 0)


def test_what_a_descriptor_cannot_do() -> None:
    found = Plain(0)
    for call in (lambda: found.peek(1), lambda: found.advance(1), lambda: found.write(b"")):
        with refused(Errno.NOTSUP):
            call()
    assert (found.stat(), found.fileno()) == (None, None)
    Descriptor(0).close()


def test_an_opened_one_is_closed_once_and_with_its_object(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"123")
    first, second = (os.open(file, os.O_RDONLY) for _ in range(2))
    opened = Opened(first, STREAM_RIGHTS)
    assert opened.stat().st_size == 3
    opened.close()
    opened.close()
    with refused(Errno.BADF):
        opened.stat()
    for handle in (first, second):
        if handle == second:
            forgotten = Opened(second, 0)
            del forgotten
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)


def test_the_lowest_free_number_is_taken() -> None:
    table = Table(10)
    assert [table.add(Plain(0)) for _ in range(4)] == [0, 1, 2, 3]
    table.close(1)
    assert [table.add(Plain(0)) for _ in range(2)] == [1, 4]
    with refused(Errno.BADF):
        table.get(5)


def test_rights_are_asked_for_with_the_descriptor() -> None:
    table = Table(1)
    table.add(Plain(Rights.FD_READ))
    table.get(0, Rights.FD_READ)
    with refused(Errno.NOTCAPABLE):
        table.get(0, Rights.FD_WRITE)


def test_renumbering_closes_what_was_there() -> None:
    table = Table(10)
    first, second = Plain(0), Plain(0)
    table.add(first)
    table.add(second)
    table.renumber(0, 0)
    table.renumber(0, 1)
    assert (table.get(1), first.closed, second.closed) == (first, 0, 1)
    for source, target in ((0, 1), (1, 0), (1, 7)):
        with refused(Errno.BADF):
            table.renumber(source, target)


def test_what_the_guest_starts_with_does_not_count() -> None:
    table = Table(2)
    for _ in range(3):
        table.give(Plain(0))
    for _ in range(2):
        table.check_room()
        table.add(Plain(0))
    with refused(Errno.MFILE):
        table.check_room()
    table.close(4)
    table.check_room()


def test_closing_everything() -> None:
    table = Table(2)
    entries = [Plain(0), Plain(0)]
    for entry in entries:
        table.add(entry)
    table.close_all()
    assert [entry.closed for entry in entries] == [1, 1]
    with refused(Errno.BADF):
        table.close(0)
