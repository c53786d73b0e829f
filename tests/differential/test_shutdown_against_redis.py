"""How a redis-server and ours end, and when they stay: SHUTDOWN and SIGTERM with a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.program import Program
from tests.support.real_redis import RealRedis, started
from tests.support.require import require
from tests.support.server_process import ServerProcess
from tests.support.waiting import until

POINTS = ("--save", "3600 1")
NONE = ("--save", "")


@contextmanager
def server(kind: str, folder: Path, *options: str) -> Iterator[tuple[RealRedis, Program]]:
    """One of either kind with a key in it, its snapshots in FOLDER/data, and a client of it."""
    data = folder / "data"
    data.mkdir()
    if kind == "ours":
        ours = ServerProcess(folder, "--dir", str(data), *options)
        port, program = ours.port, ours.program
    else:
        port, program = started(data, *options)
    with program:
        client = RealRedis(port)
        assert client.ask(b"SET", b"a", b"1") == b"+OK\r\n"
        yield client, program
        client.close()


@pytest.fixture(params=["redis", "ours"])
def kind(request: pytest.FixtureRequest) -> str:
    require("redis")
    return str(request.param)


def ends(client: RealRedis, program: Program, *words: bytes) -> None:
    with pytest.raises(ConnectionError):
        client.ask(b"SHUTDOWN", *words)
    assert program.ended() == 0


@pytest.mark.parametrize(
    ("options", "words", "saved"),
    [
        (POINTS, b"", True),
        (POINTS, b"SAVE", True),
        (POINTS, b"NOSAVE", False),
        (POINTS, b"nosave now force", False),
        (NONE, b"", False),
        (NONE, b"SAVE NOW", True),
        (NONE, b"NOSAVE", False),
    ],
)
def test_what_is_saved_at_the_end(
    kind: str, tmp_path: Path, options: tuple[str, ...], words: bytes, saved: bool
) -> None:
    with server(kind, tmp_path, *options) as (client, program):
        ends(client, program, *words.split())
    assert (tmp_path / "data" / "dump.rdb").exists() == saved


FAILED = b"-ERR Errors trying to SHUTDOWN. Check logs.\r\n"


@pytest.mark.parametrize("last", [b"FORCE", b"SAVE FORCE", b"NOSAVE"])
def test_who_cannot_save_stays(kind: str, tmp_path: Path, last: bytes) -> None:
    with server(kind, tmp_path, *POINTS) as (client, program):
        (tmp_path / "data").rmdir()
        for words in (b"", b"SAVE", b"NOW"):
            assert client.ask(b"SHUTDOWN", *words.split()) == FAILED
        assert client.ask(b"GET", b"a") == b"$1\r\n1\r\n"
        program.process.terminate()
        assert client.ask(b"SET", b"a", b"2") == b"+OK\r\n"
        ends(client, program, *last.split())


def test_a_signal_ends_who_can_save_again(tmp_path: Path) -> None:
    with server("ours", tmp_path, *POINTS) as (client, program):
        (tmp_path / "data").rmdir()
        program.process.terminate()
        log = tmp_path / "log"
        until(lambda: "staying: ERR Errors trying to SHUTDOWN" in log.read_text())
        assert client.ask(b"PING") == b"+PONG\r\n"
        (tmp_path / "data").mkdir()
        assert program.stop() == 0
    assert (tmp_path / "data" / "dump.rdb").exists()


@pytest.mark.parametrize("words", [b"SAVE NOSAVE", b"ABORT NOW", b"FLY", b"ABORT"])
def test_refusals(tmp_path: Path, words: bytes) -> None:
    require("redis")
    answers = []
    for kind in ("redis", "ours"):
        folder = tmp_path / kind
        folder.mkdir()
        with server(kind, folder, *NONE) as (client, _):
            answers.append(client.ask(b"SHUTDOWN", *words.split()))
    assert answers[0] == answers[1]
    assert answers[0].startswith(b"-ERR")
