"""maxclients where the system permits few open files: what becomes of it, in Redis and in ours."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ferrite.server.sockets import FILES_BESIDES_CLIENTS
from tests.support.program import Program
from tests.support.real_redis import RealRedis, free_port
from tests.support.require import ROOT, require

SERVERS = {
    "redis": ("redis-server", "--save", ""),
    "ours": (sys.executable, "-m", "ferrite", "--save", ""),
}
LIMITED = 'ulimit -Sn 200 && ulimit -Hn 1000 && exec "$@"'
ASKED = (
    "CONFIG SET maxclients 300",
    "CONFIG GET maxclients",
    "CONFIG SET maxclients 100000",
    "CONFIG GET maxclients",
    "CONFIG SET maxclients 10",
    "CONFIG SET maxclients 0",
)


def answers(kind: str, folder: Path, maxclients: int, *asked: str) -> list[bytes]:
    """What a server replies that may open 200 files, and have this raised to 1000."""
    port = free_port()
    words = ("--port", str(port), "--dir", str(folder), "--maxclients", str(maxclients))
    command = ("bash", "-c", LIMITED, "bash", *SERVERS[kind], *words)
    with Program(*command, PYTHONPATH=str(ROOT)) as program:
        program.line("Ready to accept connections")
        client = RealRedis(port)
        replies = [client.ask(*request.encode().split()) for request in asked]
        client.close()
    return [re.sub(rb"try with \d+", b"try with so many", reply) for reply in replies]


def test_maxclients_that_the_system_permits_and_that_it_does_not(tmp_path: Path) -> None:
    require("redis")
    redis = answers("redis", tmp_path, 50, *ASKED)
    if redis[2] == b"+OK\r\n":
        pytest.skip("this user may have more open files than the limit says")
    assert b"try with so many" in redis[2]
    assert answers("ours", tmp_path, 50, *ASKED) == redis


def test_at_the_start_they_are_fewer(tmp_path: Path) -> None:
    (found,) = answers("ours", tmp_path, 100_000, "CONFIG GET maxclients")
    assert found == b"*2\r\n$10\r\nmaxclients\r\n$3\r\n%d\r\n" % (1000 - FILES_BESIDES_CLIENTS)
