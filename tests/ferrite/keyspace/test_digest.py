"""Digests are Redis's own: the same contents here and there answer the same."""

from __future__ import annotations

from pathlib import Path

from tests.support.in_process import InProcess
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

CONTENTS = """
SET s hello
SET n 12
SET v x
PEXPIRE v 100000000
RPUSH l a b 3 a
SADD si 1 2 3
SADD ss a b 3
ZADD z 1 a 1.5 b -inf c 1e300 d
HSET h a 1 b 2
"""
KEYS = ("s", "n", "v", "l", "si", "ss", "z", "h", "missing")


def client() -> InProcess:
    made = InProcess()
    made.state.config.redis.enable_debug_command = "yes"
    return made


def test_equal_contents_have_equal_digests_in_any_order() -> None:
    one, other = client(), client()
    assert one.reply("DEBUG", "DIGEST") == "0" * 40
    one.reply("SADD", "k", "a", "b")
    other.reply("SADD", "k", "b", "a")
    assert one.reply("DEBUG", "DIGEST") == other.reply("DEBUG", "DIGEST")
    one.reply("RPUSH", "l", "a", "b")
    other.reply("RPUSH", "l", "b", "a")
    assert one.reply("DEBUG", "DIGEST") != other.reply("DEBUG", "DIGEST")


def test_digests_are_those_of_redis(tmp_path: Path) -> None:
    require("redis")
    ours = client()
    with redis_server(tmp_path, "--enable-debug-command", "yes") as port:
        theirs = RealRedis(port)
        for line in CONTENTS.strip().splitlines():
            theirs.ask(*line.encode().split())
            ours.reply(*line.split())
        for request in (("DEBUG", "DIGEST-VALUE", *KEYS), ("DEBUG", "DIGEST")):
            encoded = [item.encode() for item in request]
            assert ours.ask(*encoded) == theirs.ask(*encoded)
        theirs.close()
