"""What a comparison with redis-server cannot show: chance, the size of pages, pipelines."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.in_process import InProcess

MEMBERS = [b"m%d" % number for number in range(1000)]


def large_set() -> InProcess:
    client = InProcess()
    client.reply("SADD", "s", *MEMBERS)
    return client


def test_a_walk_over_a_large_set() -> None:
    client = large_set()
    cursor = b"0"
    met: list[bytes] = []
    while not met or cursor != b"0":
        reply: Any = client.reply("SSCAN", "s", cursor)
        cursor, page = reply
        assert len(page) == 10
        met += page
    assert sorted(met) == sorted(MEMBERS)


def test_popping_by_chance_empties_a_set() -> None:
    client = large_set()
    some: Any = client.reply("SPOP", "s", "400")
    popped = [*some, *(client.reply("SPOP", "s") for _ in range(600))]
    assert sorted(popped) == sorted(MEMBERS)
    assert popped != MEMBERS
    assert client.reply("EXISTS", "s") == 0


def test_members_by_chance() -> None:
    client = large_set()
    some: Any = client.reply("SRANDMEMBER", "s", "50")
    assert len(set(some)) == 50
    repeated: Any = client.reply("SRANDMEMBER", "s", "-20000")
    counts = Counter(repeated)
    assert len(counts) == 1000
    assert max(counts.values()) < 60


def test_what_is_not_there_changes_nothing() -> None:
    client = InProcess()
    client.reply("SADD", "s", "1", "2")
    client.reply("SADD", "t", "2")
    heard: list[bytes] = []
    client.call.keyspace.listen(lambda _, __, key: heard.append(key))
    client.reply("SADD", "s", "1")
    client.reply("SREM", "s", "9")
    client.reply("SMOVE", "s", "t", "9")
    client.reply("SPOP", "s", "0")
    assert heard == []
    client.reply("SMOVE", "s", "t", "2")
    assert heard == [b"s"]


def test_a_stored_result_replaces_what_was_there() -> None:
    client = InProcess()
    client.reply("SADD", "s", "1", "2")
    client.reply("SET", "d", "x", "EX", "100")
    assert client.reply("SUNIONSTORE", "d", "s", "d2") == 2
    assert client.reply("TTL", "d") == -1
    assert client.reply("SINTERSTORE", "s", "s", "nokey") == 0
    assert client.reply("EXISTS", "s") == 0
