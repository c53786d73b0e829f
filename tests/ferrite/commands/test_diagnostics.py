from __future__ import annotations

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
