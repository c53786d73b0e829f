from __future__ import annotations

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


def test_a_constant_takes_its_own_value_only() -> None:
    client = InProcess()
    assert client.reply("CONFIG", "SET", "maxmemory", "0", "save", "") == "OK"
    assert error(client, "CONFIG", "SET", "maxmemory", "1mb") == (
        "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - only '0' is supported"
    )


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
