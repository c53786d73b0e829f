"""Append-only files between us and a real redis-server, both ways."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from ferrite.dispatch import dispatch
from ferrite.pending import Pending
from ferrite.persistence.files import Disk
from ferrite.protocol.encoder import encode
from tests.support.mixed_keyspace import KEYS, change, contents, fill
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require
from tests.support.simulated import SimulatedServer
from tests.support.waiting import SECONDS_MAX

CHANGES = KEYS // 4
APPENDING = ("--appendonly", "yes", "--aof-use-rdb-preamble")


class Ours:
    """A server of ours with its files in a folder, and the wall clock's time."""

    def __init__(self, folder: Path, preamble: str) -> None:
        self._server = SimulatedServer(
            Disk(), dir=str(folder), aof_use_rdb_preamble=preamble == "yes"  # type: ignore[arg-type]
        )  # fmt: skip

    def ask(self, *arguments: bytes) -> bytes:
        loop = self._server.loop
        loop.sleep(time.time_ns() // 1_000_000 - loop.now)
        pending = dispatch(self._server.calls[0], list(arguments))
        loop.end_turn()
        while isinstance(pending, Pending):
            if pending.done:
                return encode(pending.value, 2)
            loop.sleep(time.time_ns() // 1_000_000 - loop.now)
        return encode(pending, 2)

    def close(self) -> None:
        self._server.state.append_only.close()


def check(folder: Path) -> None:
    checked = subprocess.run(
        ["redis-check-aof", str(folder / "appendonlydir" / "appendonly.aof.manifest")],
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert b"All AOF files and manifest are valid" in checked.stdout, checked.stdout[-500:]


def rewritten(redis: RealRedis) -> None:
    """Rewrite the file of a redis-server, and wait for the end of it."""
    redis.ask(b"BGREWRITEAOF")
    while b"aof_rewrite_in_progress:1" in redis.ask(b"INFO", b"persistence"):
        time.sleep(0.01)


@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_redis_loads_ours(tmp_path: Path, preamble: str) -> None:
    require("redis")
    ours = Ours(tmp_path, preamble)
    fill(ours, KEYS)
    change(ours, CHANGES, seed=1)
    ours.ask(b"BGREWRITEAOF")
    change(ours, CHANGES, seed=2)
    wanted = contents(ours)
    ours.close()
    check(tmp_path)
    with redis_server(tmp_path, *APPENDING, preamble) as port:
        redis = RealRedis(port)
        assert contents(redis) == wanted
        redis.close()


@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_we_load_that_of_redis_and_go_on_in_it(tmp_path: Path, preamble: str) -> None:
    require("redis")
    with redis_server(tmp_path, *APPENDING, preamble) as port:
        redis = RealRedis(port)
        fill(redis, KEYS)
        change(redis, CHANGES, seed=1)
        rewritten(redis)
        change(redis, CHANGES, seed=2)
        wanted = contents(redis)
        redis.close()
    ours = Ours(tmp_path, preamble)
    assert contents(ours) == wanted
    change(ours, CHANGES, seed=3)
    wanted = contents(ours)
    ours.close()
    check(tmp_path)
    with redis_server(tmp_path, *APPENDING, preamble) as port:
        redis = RealRedis(port)
        assert contents(redis) == wanted
        redis.close()
