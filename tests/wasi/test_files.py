from __future__ import annotations

import io

import pytest

import wasi
from tests.support.guests import Guest, call, vectors
from wasi.abi import STREAM_RIGHTS, Rights
from wasi.streams import STDERR, STDIN, STDOUT
from wasi.system import TRANSFER_BYTES_MAX

SUCCESS, BADF, FAULT, INVAL = (
    wasi.Errno.SUCCESS,
    wasi.Errno.BADF,
    wasi.Errno.FAULT,
    wasi.Errno.INVAL,
)


@pytest.fixture
def writer() -> Guest:
    guest = Guest(wasi.Wasi(), "fd_write")
    guest.memory.write(1000, b"hello world")
    return guest


def test_writing_gathers_the_buffers(writer: Guest) -> None:
    vectors(writer.memory, 0, [(1000, 6), (2000, 0), (1006, 5)])
    assert writer(STDOUT, 0, 3, 100) == SUCCESS
    assert writer.u32(100) == 11
    assert writer(STDERR, 0, 1, 100) == SUCCESS
    assert (writer.system.stdout, writer.system.stderr) == (b"hello world", b"hello ")


def test_output_can_go_to_the_embedder() -> None:
    seen: list[tuple[int, bytes]] = []
    guest = Guest(wasi.Wasi(output=lambda fd, data: seen.append((fd, data))), "fd_write")
    vectors(guest.memory, 0, [(1000, 2)])
    guest(STDERR, 0, 1, 100)
    assert seen == [(2, b"\0\0")]
    assert guest.system.stderr == b""


@pytest.mark.parametrize(
    ("descriptor", "parts", "count", "written_at", "errno"),
    [
        (3, [], 0, 100, BADF),
        (-1, [], 0, 100, BADF),
        (STDIN, [], 0, 100, wasi.Errno.NOTCAPABLE),
        (STDOUT, [(65_530, 7)], 1, 100, FAULT),
        (STDOUT, [(1000, 1)], 1, 65_533, FAULT),
        (STDOUT, [(1000, 2**32 - 1)], 1, 100, FAULT),
        (STDOUT, [(1000, 1), (65_530, 7)], 2, 100, FAULT),
        (STDOUT, [], 1_025, 100, INVAL),
        (STDOUT, [], -1, 100, INVAL),
        (STDOUT, [], 0, 100, SUCCESS),
    ],
)
def test_writes_that_fail_write_nothing(
    writer: Guest,
    descriptor: int,
    parts: list[tuple[int, int]],
    count: int,
    written_at: int,
    errno: wasi.Errno,
) -> None:
    vectors(writer.memory, 200, parts)
    assert writer(descriptor, 200, count, written_at) == errno
    assert writer.system.stdout == b""


def test_vectors_beyond_the_memory(writer: Guest) -> None:
    assert writer(STDOUT, 65_529, 1, 100) == FAULT


def test_a_lot_is_written_in_part(writer: Guest) -> None:
    vectors(writer.memory, 200, [(0, 40_000)] * 1_000)
    assert writer(STDOUT, 200, 1_000, 100) == SUCCESS
    assert writer.u32(100) == TRANSFER_BYTES_MAX == len(writer.system.stdout)


def test_a_lot_is_read_in_part() -> None:
    guest = Guest(wasi.Wasi(stdin=bytes(2 * TRANSFER_BYTES_MAX)), "fd_read")
    vectors(guest.memory, 200, [(0, 200)] + [(10_000, 40_000)] * 60)
    assert guest(STDIN, 200, 61, 100) == SUCCESS
    assert guest.u32(100) == TRANSFER_BYTES_MAX


def test_what_is_captured_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wasi.system.CAPTURED_BYTES_MAX", 15)
    guest = Guest(wasi.Wasi(), "fd_write")
    guest.memory.write(1000, b"0123456789")
    vectors(guest.memory, 0, [(1000, 10)])
    for _ in range(3):
        assert guest(STDOUT, 0, 1, 100) == SUCCESS
    assert guest.system.stdout == b"012345678901234"


def test_reading_scatters_into_the_buffers_up_to_the_end() -> None:
    guest = Guest(wasi.Wasi(stdin=b"one two three"), "fd_read")
    vectors(guest.memory, 0, [(1000, 4), (2000, 4), (3000, 100)])
    assert guest(STDIN, 0, 2, 100) == SUCCESS
    assert guest.u32(100) == 8
    assert (guest.memory.read(1000, 5), guest.memory.read(2000, 5)) == (b"one \0", b"two \0")
    assert guest(STDIN, 16, 1, 100) == SUCCESS
    assert (guest.u32(100), guest.memory.read(3000, 5)) == (5, b"three")
    assert guest(STDIN, 16, 1, 100) == SUCCESS
    assert guest.u32(100) == 0


def test_reading_that_fails_takes_nothing() -> None:
    guest = Guest(wasi.Wasi(stdin=b"data"), "fd_read")
    vectors(guest.memory, 0, [(1000, 2), (65_535, 2), (1000, 4)])
    assert guest(STDIN, 0, 2, 100) == FAULT
    assert guest(STDIN, 0, 1, 65_533) == FAULT
    assert guest(STDOUT, 0, 1, 100) == wasi.Errno.NOTCAPABLE
    assert guest(9, 0, 1, 100) == BADF
    assert guest(STDIN, 16, 1, 100) == SUCCESS
    assert guest.memory.read(1000, 4) == b"data"


def test_standard_input_may_be_a_stream_that_is_read_only_when_asked() -> None:
    class Slow(io.RawIOBase):
        """Gives a line a read, and fails when it is read once too often."""

        def __init__(self) -> None:
            self.lines = [b"first\n", b"second\n"]

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            line = self.lines.pop(0)
            buffer[: len(line)] = line
            return len(line)

    slow = Slow()
    guest = Guest(wasi.Wasi(stdin=io.BufferedReader(slow)), "fd_read")
    assert len(slow.lines) == 2
    vectors(guest.memory, 0, [(1000, 100)])
    for line in (b"first\n", b"second\n"):
        assert guest(STDIN, 0, 1, 100) == SUCCESS
        assert guest.memory.read(1000, guest.u32(100)) == line


def test_a_closed_stream_is_gone() -> None:
    system = wasi.Wasi()
    close, status = Guest(system, "fd_close"), Guest(system, "fd_fdstat_get")
    assert status(STDERR, 0) == SUCCESS
    assert [close(STDERR), close(STDERR), close(7)] == [SUCCESS, BADF, BADF]
    assert status(STDERR, 0) == BADF
    assert status(STDOUT, 0) == SUCCESS


@pytest.mark.parametrize(
    ("descriptor", "right"),
    [(STDIN, Rights.FD_READ), (STDOUT, Rights.FD_WRITE), (STDERR, Rights.FD_WRITE)],
)
def test_status(descriptor: int, right: int) -> None:
    errno, guest = call("fd_fdstat_get", descriptor, 64)
    assert errno == SUCCESS
    assert guest.memory.read(64, 8) == b"\2" + bytes(7)
    assert guest.u64(72) == right | STREAM_RIGHTS
    assert guest.u64(80) == 0


def test_streams_have_no_position_and_no_directory_is_open() -> None:
    assert call("fd_seek", STDOUT, 0, 1, 64)[0] == wasi.Errno.SPIPE
    assert call("fd_seek", 3, 0, 1, 64)[0] == BADF
    for descriptor in (0, 3, 4):
        assert call("fd_prestat_get", descriptor, 64)[0] == BADF
        assert call("fd_prestat_dir_name", descriptor, 64, 10)[0] == BADF
