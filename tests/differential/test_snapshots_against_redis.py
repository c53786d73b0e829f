"""Snapshots and payloads between us and a real redis-server, both ways."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.config import Config
from tests.support.in_process import InProcess
from tests.support.random_sessions import parsed
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

KEYS = 100_000 if os.environ.get("FERRITE_SOAK") else 10_000
DATABASES = (b"0", b"3")
READ = {
    b"string": (b"GET",),
    b"list": (b"LRANGE", b"0", b"-1"),
    b"set": (b"SMEMBERS",),
    b"hash": (b"HGETALL",),
    b"zset": (b"ZRANGE", b"0", b"-1", b"WITHSCORES"),
}


def number(chance: random.Random) -> bytes:
    return b"%d" % chance.randrange(-(10 ** chance.randrange(1, 18)), 10**6)


def text(chance: random.Random) -> bytes:
    sizes = (0, 1, 8, 63, 64, 200)
    return chance.choice(
        [number(chance), chance.randbytes(chance.choice(sizes)), b"xyz" * chance.choice(sizes)]
    )


def command(index: int, chance: random.Random) -> list[bytes]:
    """A command that creates the key of an index, one type after the other."""
    key, many = b"key:%d" % index, chance.choice((1, 3, 20))
    match index % 6:
        case 0:
            return [b"SET", key, text(chance)]
        case 1:
            return [b"RPUSH", key, *(text(chance) for _ in range(many))]
        case 2:
            return [b"SADD", key, *(number(chance) for _ in range(many))]
        case 3:
            return [b"SADD", key, *(text(chance) for _ in range(many))]
        case 4:
            return [b"HSET", key, *(text(chance) for _ in range(2 * many))]
    scores = [b"1", b"-2.5", b"inf", b"-inf", b"1e300", b"0.1", b"123456789012"]
    members = [item for _ in range(many) for item in (chance.choice(scores), text(chance))]
    return [b"ZADD", key, *members]


def large() -> Iterator[list[bytes]]:
    numbers = [b"%d" % index for index in range(3000)]
    yield [b"RPUSH", b"large:list", *numbers, b"y" * 20_000, b"z" * 9_000]
    yield [b"SADD", b"large:set", *numbers]
    yield [b"HSET", b"large:hash", *numbers]
    yield [b"ZADD", b"large:zset", *(item for each in numbers for item in (each, each + b"m"))]
    yield [b"SET", b"large:string", b"ab" * 200_000]


def fill(client: RealRedis | InProcess, count: int) -> None:
    chance = random.Random(1)
    for index in range(count):
        client.ask(*command(index, chance))
        if index % 10 == 7:
            client.ask(b"PEXPIREAT", b"key:%d" % index, b"%d" % (4 * 10**12 + index))
    for each in large():
        client.ask(*each)
    client.ask(b"SELECT", b"3")
    client.ask(b"SET", b"other", b"database")
    client.ask(b"SELECT", b"0")


def contents(client: RealRedis | InProcess) -> dict[tuple[bytes, bytes], object]:
    """Database and key -> type, value, deadline."""
    found: dict[tuple[bytes, bytes], object] = {}
    for database in DATABASES:
        client.ask(b"SELECT", database)
        for key in parsed(client.ask(b"KEYS", b"*")):
            kind = parsed(client.ask(b"TYPE", key)).encode()
            name, *rest = READ[kind]
            value = parsed(client.ask(name, key, *rest))
            if kind == b"set":
                value = sorted(value)
            elif kind == b"hash":
                value = sorted(zip(value[::2], value[1::2], strict=True))
            found[database, key] = (kind, value, client.ask(b"PEXPIRETIME", key))
    client.ask(b"SELECT", b"0")
    return found


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
