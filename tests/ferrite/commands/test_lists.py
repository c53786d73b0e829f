"""What a comparison with redis-server cannot show; the rest is compared."""

from __future__ import annotations

from ferrite.keyspace.journal import Change
from tests.support.in_process import InProcess


def test_a_reply_does_not_follow_later_changes() -> None:
    client = InProcess()
    client.reply("RPUSH", "l", "a", "b")
    reply = client.reply("LRANGE", "l", "0", "-1")
    client.reply("LSET", "l", "0", "x")
    assert reply == [b"a", b"b"]


def test_every_changed_key_is_told_of_once() -> None:
    client = InProcess()
    client.reply("RPUSH", "l", "a", "b")
    heard: list[tuple[Change, bytes]] = []
    client.call.keyspace.listen(lambda _, change, key: heard.append((change, key)))
    client.reply("LMOVE", "l", "m", "LEFT", "RIGHT")
    assert heard == [(Change.WRITTEN, b"m"), (Change.WRITTEN, b"l")]
    heard.clear()
    client.reply("RPOPLPUSH", "l", "m")
    assert heard == [(Change.WRITTEN, b"m"), (Change.DELETED, b"l")]
    heard.clear()
    client.reply("LMOVE", "m", "m", "LEFT", "RIGHT")
    assert heard == [(Change.WRITTEN, b"m")]
    heard.clear()
    for request in (("LREM", "m", "0", "zz"), ("LPOP", "m", "0"), ("LPUSHX", "nokey", "a")):
        client.reply(*request)
    assert heard == []


def test_lists_of_a_hundred_thousand_elements() -> None:
    client = InProcess()
    client.reply("RPUSH", "l", *range(50_000))
    client.reply("LPUSH", "l", *range(50_000))
    assert client.reply("LINDEX", "l", "50000") == b"0"
    assert client.reply("LINSERT", "l", "BEFORE", "49999", "x") == 100_001
    assert client.reply("LPOS", "l", "49999", "RANK", "-1") == 100_000
    assert client.reply("LRANGE", "l", "49999", "50002") == [b"1", b"0", b"0", b"1"]
    assert client.reply("DEL", "l") == 1
