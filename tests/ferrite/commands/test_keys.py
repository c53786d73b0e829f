from __future__ import annotations

from ferrite.errors import CommandError
from ferrite.keyspace.lists import List
from tests.support.in_process import InProcess


def test_scan_walks_with_match_and_type() -> None:
    client = InProcess()
    for index in range(200):
        client.reply("SET", f"key:{index}", "v")
    client.call.keyspace.edit(b"key:list", List)
    met: list[bytes] = []
    cursor = b"0"
    pages = 0
    while True:
        cursor, names = client.reply(  # type: ignore[misc]
            "SCAN", cursor, "MATCH", "key:1*", "COUNT", "20", "TYPE", "STRING"
        )
        met += names
        pages += 1
        if cursor == b"0":
            break
    assert sorted(met) == sorted(
        f"key:{index}".encode() for index in range(200) if str(index).startswith("1")
    )
    assert 5 <= pages <= 20


def test_scan_leaves_dead_keys_out() -> None:
    now = 1000
    client = InProcess(now=lambda: now)
    client.reply("SET", "a", "1", "PX", "5")
    client.reply("SET", "b", "1")
    now += 10
    assert client.reply("SCAN", "0") == [b"0", [b"b"]]


def test_a_long_pattern_is_an_error_reply() -> None:
    client = InProcess()
    for request in (("KEYS", "?" * 20_000), ("SCAN", "0", "MATCH", "?" * 20_000)):
        reply = client.reply(*request)
        assert isinstance(reply, CommandError)
        assert reply.text == "ERR pattern is longer than 16384 bytes"


def test_keys_come_in_the_order_they_were_made() -> None:
    client = InProcess()
    for name in ("b", "a", "c"):
        client.reply("SET", name, "1")
    client.reply("SET", "b", "2")
    assert client.reply("KEYS", "*") == [b"b", b"a", b"c"]


def test_type_and_encoding() -> None:
    client = InProcess()
    assert client.ask(b"TYPE", b"a") == b"+none\r\n"
    client.reply("SET", "a", "1")
    assert client.ask(b"TYPE", b"a") == b"+string\r\n"
    assert client.ask(b"OBJECT", b"ENCODING", b"a") == b"$3\r\nint\r\n"


def test_a_key_named_twice() -> None:
    client = InProcess()
    client.reply("SET", "a", "1")
    assert client.reply("EXISTS", "a", "a") == 2
    assert client.reply("DEL", "a", "a") == 1
