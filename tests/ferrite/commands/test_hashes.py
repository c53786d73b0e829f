"""What a comparison with redis-server cannot show: chance, the size of pages, pipelines."""

from __future__ import annotations

from typing import Any

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def large_hash() -> InProcess:
    client = InProcess()
    for start in range(0, 2000, 100):
        pairs = [word for number in range(start, start + 100) for word in (f"f{number}", number)]
        client.reply("HSET", "h", *pairs)
    return client


def test_a_walk_over_a_large_hash() -> None:
    client = large_hash()
    met: dict[bytes, bytes] = {}
    cursor, pages = b"0", 0
    while pages == 0 or cursor != b"0":
        reply: Any = client.reply("HSCAN", "h", cursor, "COUNT", "50")
        cursor, items = reply
        assert len(items) == 100
        met.update(zip(items[::2], items[1::2], strict=True))
        pages += 1
    assert pages == 40
    assert met == {b"f%d" % number: b"%d" % number for number in range(2000)}


def test_fields_by_chance() -> None:
    client = large_hash()
    some: Any = client.reply("HRANDFIELD", "h", "50")
    assert len(set(some)) == 50
    repeated: Any = client.reply("HRANDFIELD", "h", "-5000", "WITHVALUES")
    assert len(repeated) == 10_000
    assert all(field == b"f" + value for field, value in zip(*[iter(repeated)] * 2, strict=True))
    refused = client.reply("HRANDFIELD", "h", "-100000000")
    assert isinstance(refused, CommandError)


def test_pairs_are_pairs_in_resp3() -> None:
    client = InProcess()
    client.reply("HELLO", "3")
    client.reply("HSET", "h", "f", "v")
    assert client.reply("HRANDFIELD", "h", "-1", "WITHVALUES") == [[b"f", b"v"]]


def test_a_reply_does_not_follow_later_changes() -> None:
    client = InProcess()
    client.reply("HSET", "h", "f", "v")
    replies = [client.reply(name, "h") for name in ("HGETALL", "HKEYS", "HVALS")]
    client.reply("HSET", "h", "g", "w")
    assert replies == [{b"f": b"v"}, [b"f"], [b"v"]]


def test_fields_that_are_not_there_change_nothing() -> None:
    client = InProcess()
    client.reply("HSET", "h", "f", "v")
    heard: list[bytes] = []
    client.call.keyspace.listen(lambda _, __, key: heard.append(key))
    client.reply("HDEL", "h", "g")
    client.reply("HSETNX", "h", "f", "w")
    client.reply("HINCRBY", "h", "f", "1")
    assert heard == []
    client.reply("HDEL", "h", "f")
    assert heard == [b"h"]
    assert client.reply("EXISTS", "h") == 0
