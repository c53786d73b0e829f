from __future__ import annotations

from pathlib import Path

from ferrite.config import from_command_line
from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def error(client: InProcess, *request: str) -> str:
    reply = client.reply(*request)
    assert isinstance(reply, CommandError)
    return reply.text


def test_get_answers_a_map_with_the_names_as_asked() -> None:
    client = InProcess()
    assert client.reply("CONFIG", "GET", "MaxMemory", "nosuch", "*-policy", "maxmemory") == {
        b"MaxMemory": b"0",
        b"maxmemory-policy": b"noeviction",
    }


def test_set_changes_all_or_nothing() -> None:
    client = InProcess()
    options = client.state.config.redis
    assert error(client, "CONFIG", "SET", "maxclients", "5", "proto-max-bulk-len", "1").endswith(
        "- argument must be between 1048576 and 9223372036854775807 inclusive"
    )
    assert options.maxclients == 10_000
    assert client.reply("CONFIG", "SET", "maxclients", "5", "proto-max-bulk-len", "2mb") == "OK"
    assert (options.maxclients, options.proto_max_bulk_len) == (5, 2 * 2**20)


def test_an_option_of_plugins_under_its_redis_names() -> None:
    client = InProcess()
    assert client.reply("CONFIG", "SET", "busy-reply-threshold", "70") == "OK"
    assert client.state.config.plugins.busy_reply_ms == 70
    assert client.reply("CONFIG", "GET", "lua-time-limit") == {b"lua-time-limit": b"70"}


def test_bytes_that_are_no_text() -> None:
    client = InProcess()
    assert client.reply(b"CONFIG", b"SET", b"requirepass", b"\xff") == "OK"
    assert client.reply(b"CONFIG", b"GET", b"requirepass") == {b"requirepass": b"\xff"}
    assert client.ask(b"CONFIG", b"SET", b"\xff", b"x").endswith(b"CONFIG SET - '\xff'\r\n")


def test_rewrite_needs_a_file_and_replaces_it(tmp_path: Path) -> None:
    client = InProcess()
    assert error(client, "CONFIG", "REWRITE") == "ERR The server is running without a config file"
    path = tmp_path / "redis.conf"
    path.write_text("# mine\nmaxclients 10\n")
    config = from_command_line(["--redis-conf", str(path)])
    client = InProcess(config)
    assert client.reply("CONFIG", "SET", "maxclients", "20") == "OK"
    assert client.reply("ACL", "SETUSER", "bob", "on") == "OK"
    assert client.reply("CONFIG", "REWRITE") == "OK"
    lines = path.read_text().splitlines()
    assert lines[:2] == ["# mine", "maxclients 20"]
    assert any(line.startswith("user bob on ") for line in lines)
    path.unlink()
    assert error(client, "CONFIG", "REWRITE").startswith("ERR Rewriting config file: ")


def test_what_a_follower_refuses_is_as_before_with_all_the_rest() -> None:
    client = InProcess()
    config = client.state.config
    seen: list[int] = []
    config.on_change("maxclients", lambda: seen.append(config.redis.maxclients))

    def refuse() -> None:
        if config.redis.port != 6379:
            raise ValueError("no such luck")

    config.on_change("port", refuse)
    assert error(client, "CONFIG", "SET", "maxclients", "5", "port", "7", "timeout", "9") == (
        "ERR CONFIG SET failed (possibly related to argument 'port') - no such luck"
    )
    assert (config.redis.maxclients, config.redis.port, config.redis.timeout) == (10_000, 6379, 0)
    assert seen == [5, 10_000]
    assert client.reply("CONFIG", "SET", "port", "6379") == "OK"
