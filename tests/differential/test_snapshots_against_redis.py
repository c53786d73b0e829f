"""Snapshots and payloads between us and a real redis-server, both ways."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.config import Config
from tests.support.in_process import InProcess
from tests.support.mixed_keyspace import KEYS, contents, fill
from tests.support.random_sessions import parsed
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedis]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        client = RealRedis(port)
        yield client
        client.close()


def server_in(folder: Path) -> InProcess:
    config = Config()
    config.redis.dir = str(folder)
    return InProcess(config)


def test_we_load_the_file_of_redis_and_redis_loads_ours(tmp_path: Path) -> None:
    require("redis")
    with redis_server(tmp_path) as port:
        redis = RealRedis(port)
        fill(redis, KEYS)
        wanted = contents(redis)
        redis.ask(b"SAVE")
        redis.close()
    ours = server_in(tmp_path)
    ours.state.snapshots.load()
    assert contents(ours) == wanted
    assert len(wanted) == KEYS + 6

    assert ours.ask(b"SAVE") == b"+OK\r\n"
    checked = subprocess.run(
        ["redis-check-rdb", str(tmp_path / "dump.rdb")], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert b"RDB looks OK" in checked.stdout
    with redis_server(tmp_path) as port:
        redis = RealRedis(port)
        assert contents(redis) == wanted
        redis.close()


def test_every_value_by_dump_and_restore(real: RealRedis) -> None:
    """There as DUMP of redis-server, back as ours."""
    real.ask(b"FLUSHALL")
    fill(real, 300)
    ours, wanted = InProcess(), contents(real)
    for database, key in wanted:
        for client in (real, ours):
            client.ask(b"SELECT", database)
        payload = parsed(real.ask(b"DUMP", key))
        deadline = max(int(real.ask(b"PEXPIRETIME", key)[1:]), 0)
        assert ours.ask(b"RESTORE", key, b"%d" % deadline, payload, b"ABSTTL") == b"+OK\r\n"
    ours.ask(b"SELECT", b"0")
    assert contents(ours) == wanted
    real.ask(b"FLUSHALL")
    for database, key in wanted:
        for client in (real, ours):
            client.ask(b"SELECT", database)
        payload = parsed(ours.ask(b"DUMP", key))
        deadline = max(int(ours.ask(b"PEXPIRETIME", key)[1:]), 0)
        assert real.ask(b"RESTORE", key, b"%d" % deadline, payload, b"ABSTTL") == b"+OK\r\n"
    assert contents(real) == wanted


def test_a_stream_is_refused_by_name(real: RealRedis) -> None:
    real.ask(b"FLUSHALL")
    real.ask(b"XADD", b"s", b"*", b"f", b"v")
    payload = parsed(real.ask(b"DUMP", b"s"))
    assert InProcess().ask(b"RESTORE", b"s", b"0", payload) == b"-ERR Bad data format\r\n"
