from __future__ import annotations

from pathlib import Path

import pytest

import wasi
from tests.support.wasi_calls import EVERY_RIGHT, READ_WRITE, RESULT, Calls, Refused
from wasi.abi import Errno, FdFlags, OpenFlags, Rights, WasiError
from wasi.regular import ADVICE, Quota, offset_of


def refused(errno: Errno) -> object:
    return pytest.raises(Refused, match=f"^{errno.name}$")


@pytest.fixture
def guest(tmp_path: Path) -> Calls:
    return Calls(tmp_path)


def test_reading_and_writing_move_the_position(guest: Calls, tmp_path: Path) -> None:
    fd = guest.create("f", b"0123456789")
    assert guest.read(fd) == b""
    assert guest.seek(fd, 2) == 2
    assert guest.read(fd, 3) == b"234"
    assert guest("fd_tell", fd, RESULT) is Errno.SUCCESS
    assert guest.number(8) == 5
    guest.write(fd, b"xy")
    assert (tmp_path / "f").read_bytes() == b"01234xy789"
    assert guest.seek(fd, -1, 2) == 9
    assert guest.seek(fd, -4, 1) == 5
    assert guest.seek(fd, 100) == 100
    guest.write(fd, b"z")
    assert (tmp_path / "f").stat().st_size == 101


@pytest.mark.parametrize(
    ("offset", "whence"), [(-1, 0), (-11, 2), (-11, 1), (0, 3), (0, 255), ((1 << 63) - 1, 1)]
)
def test_positions_that_do_not_exist(guest: Calls, offset: int, whence: int) -> None:
    fd = guest.create("f", b"0123456789")
    with refused(Errno.INVAL):
        guest.seek(fd, offset, whence)
    assert guest.seek(fd, 0, 1) == 10


def test_offsets_leave_the_position(guest: Calls, tmp_path: Path) -> None:
    fd = guest.create("f", b"0123456789")
    assert guest.read(fd, 3, "fd_pread", 4) == b"456"
    assert guest.write(fd, b"ab", "fd_pwrite", 1) == 2
    assert guest.seek(fd, 0, 1) == 10
    assert (tmp_path / "f").read_bytes() == b"0ab3456789"
    for call in ("fd_pread", "fd_pwrite"):
        with refused(Errno.INVAL):
            (guest.read if call == "fd_pread" else guest.write)(fd, *_data(call), call, -1)


def _data(call: str) -> tuple[int | bytes, ...]:
    return (4,) if call == "fd_pread" else (b"x",)


def test_appending(guest: Calls, tmp_path: Path) -> None:
    fd = guest.create("f", b"0123", fdflags=FdFlags.APPEND)
    guest.seek(fd, 0)
    guest.write(fd, b"45")
    assert guest.seek(fd, 0, 1) == 6
    assert guest("fd_fdstat_set_flags", fd, 0) is Errno.SUCCESS
    guest.seek(fd, 0)
    guest.write(fd, b"ab")
    assert guest("fd_fdstat_set_flags", fd, FdFlags.APPEND | FdFlags.NONBLOCK) is Errno.SUCCESS
    guest.seek(fd, 0)
    guest.write(fd, b"67")
    assert (tmp_path / "f").read_bytes() == b"ab234567"
    assert guest.fdstat(fd)[1] == FdFlags.APPEND | FdFlags.NONBLOCK
    assert guest("fd_fdstat_set_flags", fd, FdFlags.SYNC) is Errno.NOTSUP
    assert guest("fd_fdstat_set_flags", fd, 1 << 5) is Errno.INVAL


def test_synchronous_files_are_opened_so(guest: Calls) -> None:
    flags = FdFlags.SYNC | FdFlags.DSYNC | FdFlags.RSYNC
    fd = guest.create("f", b"x", fdflags=flags)
    assert guest.fdstat(fd)[1] == flags
    assert guest("fd_fdstat_set_flags", fd, flags | FdFlags.APPEND) is Errno.SUCCESS


def test_a_descriptor_lacks_what_it_was_not_opened_for(guest: Calls) -> None:
    guest.create("f", b"data")
    reading = guest.open("f", rights=Rights.FD_READ)
    writing = guest.open("f", rights=Rights.FD_WRITE)
    assert guest.read(reading) == b"data"
    assert guest.write(writing, b"DA") == 2
    with refused(Errno.NOTCAPABLE):
        guest.write(reading, b"x")
    with refused(Errno.NOTCAPABLE):
        guest.read(writing)
    for fd in (reading, writing):
        with refused(Errno.NOTCAPABLE):
            guest.seek(fd, 0)
        assert guest("fd_tell", fd, RESULT) is Errno.NOTCAPABLE
        assert guest("fd_filestat_get", fd, RESULT) is Errno.NOTCAPABLE
    telling = guest.open("f", rights=Rights.FD_TELL)
    assert guest.seek(telling, 0, 1) == 0
    assert guest("fd_tell", telling, RESULT) is Errno.SUCCESS
    with refused(Errno.NOTCAPABLE):
        guest.seek(telling, 1, 1)


def test_sizes(guest: Calls, tmp_path: Path) -> None:
    fd = guest.create("f", b"0123456789")
    assert guest("fd_filestat_set_size", fd, 4) is Errno.SUCCESS
    assert (tmp_path / "f").read_bytes() == b"0123"
    assert guest("fd_filestat_set_size", fd, 6) is Errno.SUCCESS
    assert (tmp_path / "f").read_bytes() == b"0123\0\0"
    assert guest("fd_filestat_set_size", fd, -1) is Errno.INVAL
    assert guest("fd_allocate", fd, 4, 100) is Errno.SUCCESS
    assert (tmp_path / "f").stat().st_size == 104
    assert guest("fd_allocate", fd, 4, 0) is Errno.INVAL
    assert guest("fd_allocate", fd, -1, 10) is Errno.INVAL
    small = guest.open("f", rights=int(READ_WRITE))
    assert guest("fd_allocate", small, 0, 10) is Errno.NOTCAPABLE
    assert guest("fd_filestat_set_size", small, 0) is Errno.NOTCAPABLE


def test_advice(guest: Calls) -> None:
    fd = guest.create("f", b"x")
    for advice in range(len(ADVICE)):
        assert guest("fd_advise", fd, 0, 10, advice) is Errno.SUCCESS
    assert guest("fd_advise", fd, 0, 10, len(ADVICE)) is Errno.INVAL
    assert guest("fd_advise", fd, 1 << 63, 10, 0) is Errno.INVAL
    assert guest("fd_advise", fd, (1 << 63) - 1, (1 << 63) - 1, 0) is Errno.INVAL


def test_a_quota_of_written_bytes(tmp_path: Path) -> None:
    guest = Calls(tmp_path, policy=wasi.Policy(write_bytes_max=10))
    fd = guest.create("f", b"012345")
    assert guest.write(fd, b"6789ab") == 4, "a short write"
    with refused(Errno.DQUOT):
        guest.write(fd, b"x")
    with refused(Errno.DQUOT):
        guest.write(fd, b"x", "fd_pwrite", 0)
    assert guest.write(fd, b"") == 0
    assert guest("fd_filestat_set_size", fd, 11) is Errno.DQUOT
    assert guest("fd_filestat_set_size", fd, 4) is Errno.SUCCESS
    assert guest("fd_allocate", fd, 0, 1) is Errno.DQUOT
    assert (tmp_path / "f").read_bytes() == b"0123"


def test_what_a_file_grows_by_counts_as_written(tmp_path: Path) -> None:
    guest = Calls(tmp_path, policy=wasi.Policy(write_bytes_max=10))
    fd = guest.create("f", b"01")
    assert guest("fd_filestat_set_size", fd, 6) is Errno.SUCCESS
    assert guest("fd_allocate", fd, 0, 4) is Errno.SUCCESS
    with refused(Errno.DQUOT):
        guest.write(fd, b"x")
    append = guest.open("f", rights=EVERY_RIGHT, fdflags=FdFlags.APPEND)
    with refused(Errno.DQUOT):
        guest.write(append, b"x")
    assert (tmp_path / "f").stat().st_size == 6


def test_quotas() -> None:
    endless = Quota(None)
    assert endless.affordable(1 << 60) == 1 << 60
    endless.require(1 << 60)
    endless.take(1 << 60)
    assert endless.left is None
    five = Quota(5)
    assert (five.affordable(0), five.affordable(3), five.affordable(9)) == (0, 3, 5)
    five.take(5)
    assert five.affordable(0) == 0
    with pytest.raises(WasiError, match="DQUOT"):
        five.affordable(1)


def test_offsets() -> None:
    assert offset_of((1 << 63) - 1) == (1 << 63) - 1
    for number, size in ((1 << 63, 0), ((1 << 63) - 1, 1)):
        with pytest.raises(WasiError, match="INVAL"):
            offset_of(number, size)


def test_truncating(guest: Calls, tmp_path: Path) -> None:
    guest.create("f", b"data")
    fd = guest.open("f", OpenFlags.TRUNC, 0)
    assert (tmp_path / "f").read_bytes() == b""
    with refused(Errno.NOTCAPABLE):
        guest.write(fd, b"x")
