from __future__ import annotations

from pathlib import Path

from ferrite.config import Config
from tests.support.in_process import InProcess


def test_deadlines_of_restored_keys() -> None:
    client = InProcess(now=lambda: 1_000_000)
    client.reply("SET", "a", "1")
    payload = client.reply("DUMP", "a")
    assert isinstance(payload, bytes)
    assert client.reply("RESTORE", "b", 500, payload) == "OK"
    assert client.reply("PTTL", "b") == 500
    assert client.reply("RESTORE", "c", 1_000_500, payload, "ABSTTL") == "OK"
    assert client.reply("PTTL", "c") == 500
    assert client.reply("RESTORE", "a", 1, payload, "ABSTTL", "REPLACE") == "OK"
    assert client.reply("EXISTS", "a") == 0
    assert client.reply("RESTORE", "b", 0, payload, "replace", "IDLETIME", 5) == "OK"
    assert client.reply("TTL", "b") == -1


def test_snapshots_are_shown(tmp_path: Path) -> None:
    config = Config()
    config.redis.dir = str(tmp_path)
    client = InProcess(config, now=lambda: 7_000)
    client.reply("SET", "a", "1")
    assert b"rdb_changes_since_last_save:1\r\n" in client.ask(b"INFO", b"persistence")
    assert client.reply("SAVE") == "OK"
    assert client.reply("LASTSAVE") == 7
    assert b"rdb_changes_since_last_save:0\r\n" in client.ask(b"INFO", b"persistence")
    assert client.reply("CONFIG", "GET", "dir") == {b"dir": str(tmp_path).encode()}
