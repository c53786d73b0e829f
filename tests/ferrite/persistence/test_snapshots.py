from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ferrite.config import RedisOptions
from ferrite.errors import CommandError, StartError
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.databases import Databases
from ferrite.persistence.child import Child, Timer
from ferrite.persistence.snapshots import Snapshots
from tests.support.waiting import in_loop

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


class Server:
    """Databases with their snapshots in a folder; time stands at `moment` (Unix ms)."""

    def __init__(self, folder: Path, save: str = "") -> None:
        self.moment = 1_000_000
        self.databases = Databases(4, Clock(lambda: self.moment))
        self.options = RedisOptions(dir=str(folder), save=save)
        self.child = Child(self.call_later)
        self.snapshots = Snapshots(self.databases, self.options, self.child, {})

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(delay, callback)

    async def rest(self) -> None:
        """Until no snapshot is under way."""
        while self.snapshots.running:
            await asyncio.sleep(0.01)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.databases[1].set(b"a", b"1")
    assert server.snapshots.changes == 1
    server.moment += 5000
    server.snapshots.save()
    assert (server.snapshots.changes, server.snapshots.last_save) == (0, 1005)
    again = Server(tmp_path)
    again.snapshots.load()
    assert again.databases[1].get(b"a") == b"1"
    assert again.snapshots.changes == 0


def test_no_file_is_no_keys(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.snapshots.load()
    assert not any(map(len, server.databases))


def test_a_damaged_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"REDIS0010\xff" + b"x" * 8)
    with pytest.raises(StartError, match=r"dump\.rdb: the checksum is wrong"):
        Server(tmp_path).snapshots.load()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    server = Server(tmp_path / "none")
    with pytest.raises(CommandError, match="ERR the snapshot has failed: No such file"):
        server.snapshots.save()


@needs_fork
def test_the_background_sees_one_moment(tmp_path: Path) -> None:
    async def session() -> None:
        server = Server(tmp_path)
        server.databases[0].set(b"a", b"before")
        server.snapshots.save_in_background()
        server.databases[0].set(b"a", b"after")
        with pytest.raises(CommandError, match="already in progress"):
            server.snapshots.save_in_background()
        with pytest.raises(CommandError, match="already in progress"):
            server.snapshots.save()
        await server.rest()
        assert server.snapshots.last_succeeded
        assert server.snapshots.changes == 1

    in_loop(session())
    again = Server(tmp_path)
    again.snapshots.load()
    assert again.databases[0].get(b"a") == b"before"
    assert os.listdir(tmp_path) == ["dump.rdb"]


@needs_fork
def test_a_failure_in_the_background_is_noticed(tmp_path: Path) -> None:
    async def session() -> None:
        server = Server(tmp_path / "none")
        server.databases[0].set(b"a", b"1")
        server.snapshots.save_in_background()
        await server.rest()
        assert not server.snapshots.last_succeeded
        assert server.snapshots.changes == 1

    in_loop(session())


@needs_fork
def test_save_points(tmp_path: Path) -> None:
    async def session() -> None:
        server = Server(tmp_path, save="60 2")
        for change in range(2):
            server.snapshots.save_if_due()
            assert not server.snapshots.running
            server.databases[0].set(b"a", b"%d" % change)
        server.snapshots.save_if_due()
        assert not server.snapshots.running
        server.moment += 60_000
        server.databases.journal.begin()
        server.snapshots.save_if_due()
        assert not server.snapshots.running
        server.databases.journal.commit()
        server.snapshots.save_if_due()
        assert server.snapshots.running
        await server.rest()
        assert server.snapshots.changes == 0
        assert (tmp_path / "dump.rdb").exists()

    in_loop(session())


@needs_fork
def test_the_end_gives_up_what_is_under_way_and_saves_a_last_time(tmp_path: Path) -> None:
    async def session() -> None:
        server = Server(tmp_path, save="3600 1")
        server.databases[0].set(b"a", b"1")
        server.snapshots.save_in_background()
        server.databases[0].set(b"a", b"2")
        server.snapshots.close()
        assert not server.snapshots.running

    in_loop(session())
    again = Server(tmp_path)
    again.snapshots.load()
    assert again.databases[0].get(b"a") == b"2"
    assert os.listdir(tmp_path) == ["dump.rdb"]
