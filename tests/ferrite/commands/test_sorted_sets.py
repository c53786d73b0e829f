from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


@pytest.fixture
def client() -> InProcess:
    client = InProcess()
    client.reply("ZADD", "z", 1, "a", 2, "b", 3, "c")
    return client


def test_rank_with_score(client: InProcess) -> None:
    assert client.reply("ZRANK", "z", "c", "WITHSCORE") == [2, 3.0]
    assert client.reply("ZREVRANK", "z", "c", "withscore") == [0, 3.0]
    assert client.ask(b"ZRANK", b"z", b"x", b"WITHSCORE") == b"*-1\r\n"
    assert client.ask(b"ZRANK", b"none", b"x") == b"$-1\r\n"
    assert isinstance(client.reply("ZRANK", "z", "c", "foo"), CommandError)


def test_only_changes_are_noticed(client: InProcess) -> None:
    seen: list[bytes] = []
    client.call.keyspace.listen(lambda _keyspace, _change, key: seen.append(key))
    client.reply("ZADD", "z", 1, "a")
    client.reply("ZADD", "z", "XX", 9, "x")
    client.reply("ZADD", "z", "GT", 1, "b")
    client.reply("ZREM", "z", "x")
    client.reply("ZREMRANGEBYSCORE", "z", 50, 60)
    assert seen == []
    client.reply("ZADD", "z", 5, "a")
    client.reply("ZINCRBY", "z", 1, "b")
    assert seen == [b"z", b"z"]


def test_a_set_without_members_is_no_key(client: InProcess) -> None:
    client.reply("ZREM", "z", "a", "b", "c")
    assert client.reply("EXISTS", "z") == 0
    client.reply("ZADD", "z", "XX", 1, "a")
    assert client.reply("EXISTS", "z") == 0


def test_a_rollback_takes_changes_back(client: InProcess) -> None:
    client.call.keyspace.journal.begin()
    client.reply("ZADD", "z", 9, "a", 8, "d")
    client.reply("ZPOPMIN", "z", 2)
    client.reply("ZADD", "new", 1, "a")
    client.call.keyspace.journal.rollback()
    assert client.reply("ZRANGE", "z", 0, -1, "WITHSCORES") == [b"a", 1, b"b", 2, b"c", 3]
    assert client.reply("EXISTS", "new") == 0


def test_a_scan_meets_every_member() -> None:
    client = InProcess()
    members = {b"%d" % number for number in range(500)}
    for member in members:
        client.reply("ZADD", "z", 1, member)
    cursor, met = b"0", set()
    while True:
        cursor, flat = client.reply("ZSCAN", "z", cursor, "COUNT", 50)  # type: ignore[misc]
        met |= set(flat[::2])
        if cursor == b"0":
            break
    assert met == members
