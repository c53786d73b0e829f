from __future__ import annotations

from pathlib import Path

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def test_debug_needs_its_option() -> None:
    client = InProcess()
    refused = client.reply("DEBUG", "SLEEP", "0")
    assert isinstance(refused, CommandError)
    assert refused.text.startswith("ERR DEBUG command not allowed.")
    client.state.config.redis.enable_debug_command = "local"
    assert client.reply("DEBUG", "SLEEP", "0") == "OK"
    client.session.address = "10.0.0.1:5"
    assert client.reply("DEBUG", "SLEEP", "0") != "OK"


def test_debug_subcommands() -> None:
    client = InProcess()
    client.state.config.redis.enable_debug_command = "yes"
    assert client.reply("DEBUG", "SET-ACTIVE-EXPIRE", "0") == "OK"
    assert not client.state.active_expire
    assert client.reply("DEBUG", "STRINGMATCH-LEN", "100000", "*a*b*") == "OK"
    assert isinstance(client.reply("DEBUG", "OBJECT", "none"), CommandError)
    client.reply("SET", "k", "1")
    assert "encoding:int" in str(client.reply("DEBUG", "OBJECT", "k"))
    assert isinstance(client.reply("DEBUG", "NOSUCH"), CommandError)


def test_monitors_run_no_commands_on_keys() -> None:
    client = InProcess()
    assert client.reply("MONITOR") == "OK"
    assert client.ask(b"GET", b"k") == b"-ERR Replica can't interact with the keyspace\r\n"
    client.reply("RESET")
    assert not client.state.monitors.sessions
    assert client.reply("GET", "k") is None


def debugging(folder: Path) -> InProcess:
    client = InProcess()
    client.state.config.redis.enable_debug_command = "yes"
    client.state.config.redis.dir = str(folder)
    return client


def test_reload_brings_all_keys_back(tmp_path: Path) -> None:
    client = debugging(tmp_path)
    client.reply("RPUSH", "l", "a", "b")
    client.reply("SET", "v", "1", "PX", "100000")
    before = client.reply("DEBUG", "DIGEST")
    assert client.reply("DEBUG", "RELOAD") == "OK"
    assert client.reply("DEBUG", "DIGEST") == before
    client.reply("SET", "new", "1")
    assert client.reply("DEBUG", "RELOAD", "NOSAVE") == "OK"
    assert client.reply("DEBUG", "DIGEST") == before
    (tmp_path / "dump.rdb").write_bytes(b"nonsense")
    refused = client.reply("DEBUG", "RELOAD", "NOSAVE")
    assert isinstance(refused, CommandError)
    assert refused.text == "ERR Error trying to load the RDB dump, check server logs."


def test_populate_makes_keys_and_leaves_those_there_are(tmp_path: Path) -> None:
    client = debugging(tmp_path)
    client.reply("SET", "key:1", "mine")
    assert client.reply("DEBUG", "POPULATE", "3") == "OK"
    assert client.reply("MGET", "key:0", "key:1", "key:2") == [b"value:0", b"mine", b"value:2"]
    assert client.reply("DEBUG", "POPULATE", "1", "long", "10") == "OK"
    assert client.reply("GET", "long:0") == b"value:0\0\0\0"


def test_attributes_stand_before_a_reply_in_resp3(tmp_path: Path) -> None:
    client = debugging(tmp_path)
    plain = b"$39\r\nSome real reply following the attribute\r\n"
    assert client.ask(b"DEBUG", b"PROTOCOL", b"attrib") == plain
    client.reply("HELLO", "3")
    assert client.ask(b"DEBUG", b"PROTOCOL", b"attrib") == (
        b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n" + plain
    )
