from __future__ import annotations

import os
from pathlib import Path

import pytest

import wasi
from tests.support.wasi_calls import EVERY_RIGHT, ROOT, Calls
from wasi.abi import FILESTAT, Errno, Filetype, Rights, TimeFlags, WasiError
from wasi.attributes import new_times, packed, time_flags

A_TIME = 1_600_000_000_123_456_789
T = TimeFlags


@pytest.fixture
def guest(tmp_path: Path) -> Calls:
    (tmp_path / "f").write_bytes(b"12345")
    os.utime(tmp_path / "f", ns=(111, 222))
    return Calls(tmp_path)


def test_what_the_host_knows_of_a_file(guest: Calls, tmp_path: Path) -> None:
    os.link(tmp_path / "f", tmp_path / "g")
    host = (tmp_path / "f").stat()
    found = guest.filestat(guest.open("f"))
    assert found == (
        host.st_dev, host.st_ino, Filetype.REGULAR_FILE, 2, 5, 111, 222, host.st_ctime_ns,
    )  # fmt: skip
    assert guest.filestat(ROOT)[2] == Filetype.DIRECTORY
    assert guest.filestat(1) == (0, 0, Filetype.CHARACTER_DEVICE, 0, 0, 0, 0, 0)


def test_times_before_the_epoch_are_shown_as_the_epoch(tmp_path: Path) -> None:
    os.utime(tmp_path, ns=(-5, -6))
    assert FILESTAT.unpack(packed(tmp_path.stat()))[5:7] == (0, 0)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0, (111, 222)),
        (T.ATIM, (5, 222)),
        (T.MTIM, (111, 6)),
        (T.ATIM | T.MTIM, (5, 6)),
        (T.ATIM_NOW, (A_TIME, 222)),
        (T.MTIM_NOW, (111, A_TIME)),
        (T.ATIM | T.MTIM_NOW, (5, A_TIME)),
    ],
)
def test_times_are_set_one_by_one(
    guest: Calls, tmp_path: Path, flags: int, expected: tuple[int, int]
) -> None:
    guest.system.frozen_time_ns = A_TIME
    fd = guest.open("f")
    assert guest("fd_filestat_set_times", fd, 5, 6, flags) is Errno.SUCCESS
    found = (tmp_path / "f").stat()
    assert (found.st_atime_ns, found.st_mtime_ns) == expected
    assert new_times(guest.system, 5, 6, flags, os.stat_result(range(10))) is not None


@pytest.mark.parametrize("flags", [3, 12, 15, 16, 1 << 15])
def test_times_that_contradict_each_other(guest: Calls, flags: int) -> None:
    with pytest.raises(WasiError, match="INVAL"):
        time_flags(flags)
    fd = guest.open("f")
    assert guest("fd_filestat_set_times", fd, 5, 6, flags) is Errno.INVAL
    assert guest.filestat(fd)[5:7] == (111, 222)


def test_the_latest_time(guest: Calls) -> None:
    fd = guest.open("f")
    errno = guest("fd_filestat_set_times", fd, -1, -1, T.ATIM | T.MTIM)
    assert errno in (Errno.SUCCESS, Errno.INVAL, Errno.OVERFLOW), "as the file system has it"
    assert guest.filestat(fd)[5] <= 2**64 - 1
    assert guest("fd_filestat_set_times", 1, 0, 0, 0) is Errno.NOTCAPABLE


def test_keeping(guest: Calls) -> None:
    fd = guest.open("f")
    for call in ("fd_sync", "fd_datasync"):
        assert guest(call, fd) is Errno.SUCCESS
        assert guest(call, ROOT) is Errno.SUCCESS
        assert guest(call, 1) is Errno.NOTCAPABLE
        assert guest(call, 9) is Errno.BADF
    rights = EVERY_RIGHT & ~(Rights.FD_SYNC | Rights.FD_DATASYNC | Rights.FD_WRITE)
    bare = guest.open("f", rights=rights)
    assert guest("fd_sync", bare) is guest("fd_datasync", bare) is Errno.NOTCAPABLE


def test_room_costs_as_much_as_writing(tmp_path: Path) -> None:
    guest = Calls(tmp_path)
    fd = guest.create("f")
    used = guest.instance.fuel.used
    assert guest("fd_allocate", fd, 0, 5_000) is Errno.SUCCESS
    assert 5_000 < guest.instance.fuel.used - used < 5_010


def test_an_address_outside_leaves_the_file_alone(guest: Calls) -> None:
    assert guest("fd_filestat_get", guest.open("f"), 65_500) is Errno.FAULT


def test_now_is_what_the_guest_sees_of_time(tmp_path: Path) -> None:
    policy = wasi.Policy(permitted=frozenset({"clock"}))
    guest = Calls(tmp_path, policy=policy, clock=lambda: A_TIME)
    fd = guest.create("f")
    assert guest("fd_filestat_set_times", fd, 0, 0, T.MTIM_NOW) is Errno.SUCCESS
    assert (tmp_path / "f").stat().st_mtime_ns == A_TIME
