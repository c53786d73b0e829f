from __future__ import annotations

from tests.support.in_process import InProcess


def test_only_changes_are_noticed_and_deadlines_stay() -> None:
    client = InProcess()
    client.reply("SETBIT", "a", 9, 1)
    client.reply("EXPIRE", "a", 100)
    seen: list[bytes] = []
    client.call.keyspace.listen(lambda _keyspace, _change, key: seen.append(key))
    client.reply("SETBIT", "a", 9, 1)
    client.reply("BITFIELD", "a", "SET", "u1", 9, 1)
    assert seen == []
    client.reply("SETBIT", "a", 9, 0)
    assert seen == [b"a"]
    assert client.reply("TTL", "a") == 100
    assert client.reply("GET", "a") == b"\0\0"


def test_long_strings() -> None:
    client = InProcess()
    client.reply("SETBIT", "a", 24_000_000, 1)
    assert client.reply("BITCOUNT", "a") == 1
    assert client.reply("BITPOS", "a", 1) == 24_000_000
    assert client.reply("BITOP", "NOT", "b", "a") == 3_000_001
    assert client.reply("BITCOUNT", "b") == 3_000_001 * 8 - 1
