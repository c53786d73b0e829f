from __future__ import annotations

import errno
import os
import stat

import pytest

from wasi import abi
from wasi.abi import (
    FDSTAT,
    IOVEC,
    MODULE,
    U32,
    U64,
    ClockId,
    Errno,
    FdFlags,
    Filetype,
    OpenFlags,
    ProcessExit,
    Rights,
    WasiError,
    filetype_of,
    flags_of,
    host_errno,
)


def test_layouts() -> None:
    assert (U32.size, U64.size, IOVEC.size, FDSTAT.size) == (4, 8, 8, 24)
    assert IOVEC.pack(1, 2) == b"\1\0\0\0\2\0\0\0"
    packed = FDSTAT.pack(2, 5, 1 << 6, 3)
    assert (packed[0], packed[2], packed[8], packed[16]) == (2, 5, 64, 3)


def test_numbers_of_preview_1() -> None:
    assert MODULE == "wasi_snapshot_preview1"
    assert [error.value for error in Errno] == list(range(77))
    assert {error.name: error.value for error in Errno}.items() >= {
        "SUCCESS": 0, "TOOBIG": 1, "ACCES": 2, "BADF": 8, "FAULT": 21, "INVAL": 28, "IO": 29,
        "LOOP": 32, "NOENT": 44, "NOSYS": 52, "NOTDIR": 54, "SPIPE": 70, "NOTCAPABLE": 76,
    }.items()  # fmt: skip
    assert [right.value for right in Rights] == [1 << bit for bit in range(30)]
    assert [clock.value for clock in ClockId] == [0, 1, 2, 3]


def test_errors_say_what_they_carry() -> None:
    assert str(WasiError(Errno.BADF)) == "BADF"
    assert WasiError(Errno.BADF).errno is Errno.BADF
    assert (str(ProcessExit(3)), ProcessExit(3).code) == ("exit 3", 3)


def test_layouts_of_files_and_events() -> None:
    sizes = {"FILESTAT": 64, "PRESTAT": 8, "DIRENT": 24, "SUBSCRIPTION": 48, "EVENT": 32}
    assert {name: getattr(abi, name).size for name in sizes} == sizes
    packed = abi.FILESTAT.pack(1, 2, 3, 4, 5, 6, 7, 8)
    assert [packed[at] for at in (0, 8, 16, 24, 32, 40, 48, 56)] == [1, 2, 3, 4, 5, 6, 7, 8]
    packed = abi.EVENT.pack(1, 2, 3, 4, 5)
    assert [packed[at] for at in (0, 8, 10, 16, 24)] == [1, 2, 3, 4, 5]
    packed = abi.DIRENT.pack(1, 2, 3, 4)
    assert [packed[at] for at in (0, 8, 16, 20)] == [1, 2, 3, 4]
    assert abi.SUBSCRIPTION_CLOCK.unpack_from(bytes(range(48)), 16)[0] == 0x13121110


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_the_hosts_errors_have_a_number_of_wasi(number: int) -> None:
    found = host_errno(OSError(number, "x"))
    name = errno.errorcode[number][1:]
    assert found is Errno.__members__.get(name, found)
    assert found is not Errno.SUCCESS


def test_errors_with_two_names() -> None:
    assert host_errno(BlockingIOError(errno.EWOULDBLOCK, "")) is Errno.AGAIN
    assert host_errno(OSError(errno.EOPNOTSUPP, "")) is Errno.NOTSUP
    assert host_errno(OSError(errno.E2BIG, "")) is Errno.TOOBIG
    assert host_errno(OSError(errno.EUCLEAN, "")) is host_errno(OSError()) is Errno.IO


def test_file_types() -> None:
    kinds = {
        stat.S_IFREG: Filetype.REGULAR_FILE,
        stat.S_IFDIR: Filetype.DIRECTORY,
        stat.S_IFLNK: Filetype.SYMBOLIC_LINK,
        stat.S_IFIFO: Filetype.UNKNOWN,
    }
    assert {mode: filetype_of(mode | 0o777) for mode in kinds} == kinds
    assert filetype_of(os.stat("/dev/null").st_mode) is Filetype.CHARACTER_DEVICE


def test_flags_that_do_not_exist_are_refused() -> None:
    assert flags_of(OpenFlags, 15) == 15
    assert flags_of(FdFlags, 0) == 0
    for kind, bits in ((OpenFlags, 16), (FdFlags, 33), (FdFlags, 1 << 31)):
        with pytest.raises(WasiError, match="INVAL"):
            flags_of(kind, bits)
