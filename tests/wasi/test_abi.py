from __future__ import annotations

from wasi.abi import FDSTAT, IOVEC, MODULE, U32, U64, ClockId, Errno, ProcessExit, WasiError


def test_layouts() -> None:
    assert (U32.size, U64.size, IOVEC.size, FDSTAT.size) == (4, 8, 8, 24)
    assert IOVEC.pack(1, 2) == b"\1\0\0\0\2\0\0\0"
    packed = FDSTAT.pack(2, 5, 1 << 6, 3)
    assert (packed[0], packed[2], packed[8], packed[16]) == (2, 5, 64, 3)


def test_numbers_of_preview_1() -> None:
    assert MODULE == "wasi_snapshot_preview1"
    assert {error.name: error.value for error in Errno} == {
        "SUCCESS": 0, "TOOBIG": 1, "ACCES": 2, "BADF": 8, "FAULT": 21, "INVAL": 28, "IO": 29,
        "NOSYS": 52, "SPIPE": 70, "NOTCAPABLE": 76,
    }  # fmt: skip
    assert [clock.value for clock in ClockId] == [0, 1, 2, 3]


def test_errors_say_what_they_carry() -> None:
    assert str(WasiError(Errno.BADF)) == "BADF"
    assert WasiError(Errno.BADF).errno is Errno.BADF
    assert (str(ProcessExit(3)), ProcessExit(3).code) == ("exit 3", 3)
