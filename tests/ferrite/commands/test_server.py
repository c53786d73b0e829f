from __future__ import annotations

from ferrite.keyspace.graveyard import GRAVEYARD
from tests.support.in_process import InProcess


def test_time() -> None:
    client = InProcess(now=lambda: 1_700_000_000_123)
    assert client.reply("TIME") == [b"1700000000", b"123000"]


def test_flushing_one_database_and_all() -> None:
    client = InProcess()
    client.reply("SET", "a", "1")
    client.reply("SELECT", "1")
    client.reply("SET", "a", "1")
    assert client.reply("DBSIZE") == 1
    assert client.reply("FLUSHDB") == "OK"
    assert client.reply("DBSIZE") == 0
    client.reply("SELECT", "0")
    assert client.reply("DBSIZE") == 1
    assert client.reply("FLUSHALL", "ASYNC") == "OK"
    assert client.reply("DBSIZE") == 0


def test_info_is_text_in_resp3() -> None:
    client = InProcess()
    assert client.ask(b"INFO", b"cluster") == b"$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n"
    client.ask(b"HELLO", b"3")
    assert client.ask(b"INFO", b"cluster").startswith(b"=34\r\ntxt:# Cluster\r\n")


def test_large_values_are_freed_after_their_deletion() -> None:
    client = InProcess()
    client.reply("RPUSH", "l", *range(5000))
    before = len(GRAVEYARD)
    assert client.reply("UNLINK", "l") == 1
    assert len(GRAVEYARD) > before
    while GRAVEYARD.dig(10_000):
        pass
