"""What plugins may ask of the server, through a real socket: any command, hashes, messages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.c_plugins import ALL_STORAGE, manifest_text, write_plugin
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server

COMMANDS = [f"A.{name}" for name in ["CALL", "THEN", "PARTS", "HANDLES", "PUBLISH", "HASH", "ENV"]]


@pytest.fixture(scope="module")
def server() -> Iterator[PluginServer]:
    with plugin_server() as running:
        yield running


@pytest.fixture(params=[2, 3])
def client(
    server: PluginServer, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Client]:
    client = server.client(request.param)
    client.ask("FLUSHALL")
    load(client, tmp_path)
    yield client
    client.ask("PLUGIN.UNLOAD", "a")


def load(client: Client, folder: Path, *grant: str, name: str = "a", **options: Any) -> None:
    options.setdefault("permissions", (*ALL_STORAGE, "system.env"))
    path = write_plugin(folder / f"{name}.wasm", "any.c", manifest_text(COMMANDS, **options))
    words = ("GRANT", *grant) if grant else ()
    assert client.ask("PLUGIN.LOAD", name, str(path), *words) == "OK"


REQUESTS = [
    "SET k v EX 100",
    "GET none",
    "RPUSH l a b c",
    "LRANGE l 0 -1",
    "ZADD z 1 a 2.5 b",
    "ZSCORE z b",
    "SADD s x",
    "SMEMBERS s",
    "HSET h f v g w",
    "HGETALL h",
    "TYPE z",
    "INCR k",
    "PERSIST k",
    "TTL k",
    "MGET k none",
    "ECHO hello",
    "SCAN 0",
]


def test_a_command_answers_as_it_answers_a_client(server: PluginServer, client: Client) -> None:
    clients = [server.client(3) for _ in range(3)]
    for index, each in enumerate(clients):
        each.ask("SELECT", str(index))
    for request in REQUESTS:
        words = request.split()
        plain = clients[0].ask(*words)
        assert repr(clients[1].ask("A.CALL", *words)) == repr(plain), request
        assert repr(clients[2].ask("A.PARTS", *words)) == repr(plain), request


FORBIDDEN = [
    "PLUGIN.UNLOAD a", "CONFIG SET maxclients 5", "SUBSCRIBE x", "BLPOP l 0", "MULTI", "EXEC",
    "AUTH x", "HELLO 3", "MONITOR", "DEBUG SLEEP 1", "SHUTDOWN", "ACL WHOAMI", "RESET", "QUIT",
]  # fmt: skip


def test_what_is_for_clients_a_plugin_may_not(client: Client) -> None:
    for request in FORBIDDEN:
        assert "NOPERM a plugin may not run" in refusal(client.ask("A.CALL", *request.split()))
    assert "unknown command" in refusal(client.ask("A.CALL", "NOSUCH"))
    assert "wrong number" in refusal(client.ask("A.CALL", "GET"))
    assert "one array of bulk strings" in refusal(client.ask("A.CALL"))
    assert client.ask("PING") == "PONG"


def test_a_failing_command_is_its_reply(client: Client) -> None:
    client.ask("SET", "k", "text")
    assert "not an integer" in refusal(client.ask("A.CALL", "INCR", "k"))


def test_a_trap_undoes_commands_and_messages(client: Client, server: PluginServer) -> None:
    client.ask("RPUSH", "l", "a")
    listener = server.client()
    listener.ask("SUBSCRIBE", "news")
    for request in ("RPUSH l b", "DEL l", "EXPIRE l 5", "FLUSHALL", "SELECT 3", "PUBLISH news x"):
        assert "trap" in refusal(client.ask("A.THEN", *request.split()))
        assert client.ask("LRANGE", "l", "0", "-1") == [b"a"], request
        assert client.ask("TTL", "l") == -1
    assert client.ask("PUBLISH", "news", "end") == 1
    assert list(listener.receive()) == [b"message", b"news", b"end"], "nothing came before"
    listener.ask("UNSUBSCRIBE")


def test_messages_leave_when_the_call_is_kept(client: Client, server: PluginServer) -> None:
    listener = server.client()
    listener.ask("SUBSCRIBE", "news")
    assert client.ask("A.PUBLISH", "news", "hello") == 1
    assert client.ask("A.PUBLISH", "other", "hello") == 0
    assert list(listener.receive()) == [b"message", b"news", b"hello"]
    listener.ask("UNSUBSCRIBE")


def test_channels_of_the_callers_acl(client: Client) -> None:
    client.ask("ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*", "resetchannels", "&mine")
    other = Client(client.port)
    other.ask("AUTH", "u", "x")
    assert other.ask("A.PUBLISH", "mine", "x") == 0
    assert "may not publish to the channel 'news'" in refusal(other.ask("A.PUBLISH", "news", "x"))
    assert "may not use these keys" in refusal(other.ask("A.CALL", "PUBLISH", "news", "x"))
    other.close()


def test_a_select_lasts_for_the_call(client: Client) -> None:
    assert client.ask("A.CALL", "SELECT", "5") == "OK"
    assert "db=0 " in str(client.ask("CLIENT", "INFO"))


def test_hashes(client: Client) -> None:
    assert client.ask("A.HASH") == [1, b"value", -1, 1, 0]
    assert client.ask("HGETALL", "h") in ([b"f", b"value"], {b"f": b"value"})
    client.ask("SET", "h", "x")
    assert "WRONGTYPE" in refusal(client.ask("A.HASH"))


def test_handles_are_bounded(client: Client) -> None:
    assert client.ask("A.HANDLES", "10") == 10
    assert "a call may have 10 handles" in refusal(client.ask("A.HANDLES", "11"))
    client.ask("PLUGIN.LIMITS", "a", "HANDLES", "3")
    assert "a call may have 3 handles" in refusal(client.ask("A.HANDLES", "4"))
    assert client.ask("A.HANDLES", "3") == 3, "they die with the call"


def test_the_environment(client: Client) -> None:
    os.environ["FERRITE_TEST"] = "there"
    assert client.ask("A.ENV", "FERRITE_TEST") == b"there"
    assert "no such" in refusal(client.ask("A.ENV", "FERRITE_NONE"))


RIGHTS = [
    ("storage.read", "GET k", True),
    ("storage.read=a*", "GET k", False),
    ("storage.read=a*", "GET ak", True),
    ("storage.read=a*", "MGET ak k", False),
    ("storage.read=a*", "KEYS *", False),
    ("storage.read=a*", "SCAN 0", False),
    ("storage.read=a*", "DBSIZE", False),
    ("storage.read", "KEYS *", True),
    ("storage.read", "SET k v", False),
    ("storage.write", "SET k v", True),
    ("storage.write", "SET k v GET", False),
    ("storage.write", "DEL k", False),
    ("storage.delete", "DEL k", True),
    ("storage.write", "FLUSHALL", False),
    ("storage.write storage.delete", "FLUSHALL", True),
    ("storage.read=a* storage.write", "SORT al BY k_* GET k_*", False),
    ("storage.read", "SORT al BY k_* GET k_*", True),
    ("storage.read=a* storage.write", "COPY ak k", True),
    ("storage.read=a* storage.write", "COPY k ak", False),
    ("storage.read storage.write", "RENAME ak k", False),
    ("storage.read storage.write storage.delete", "RENAME ak k", True),
    ("none", "PUBLISH c m", False),
    ("storage.write", "PUBLISH c m", True),
    ("none", "PING", True),
]


@pytest.mark.parametrize(("grant", "request_", "allowed"), RIGHTS)
def test_rights_of_commands(
    server: PluginServer, tmp_path: Path, grant: str, request_: str, allowed: bool
) -> None:
    client = server.client()
    load(client, tmp_path, *grant.split())
    client.ask("FLUSHALL")
    client.ask("MSET", "k", "1", "ak", "2")
    client.ask("RPUSH", "al", "1")
    try:
        reply = client.ask("A.CALL", *request_.split())
        refused = "NOPERM" in str(reply) or "denied" in str(reply)
        assert refused != allowed, reply
    finally:
        client.ask("PLUGIN.UNLOAD", "a")


def test_without_the_flag_write_no_command_writes(server: PluginServer, tmp_path: Path) -> None:
    client = server.client()
    load(client, tmp_path, flags=("read",))
    try:
        for request in ("SET k v", "DEL k", "PUBLISH c m", "FLUSHALL"):
            assert "no flag write" in refusal(client.ask("A.CALL", *request.split())), request
    finally:
        client.ask("PLUGIN.UNLOAD", "a")


def test_plugins_call_each_other_but_nobody_who_is_under_way(
    client: Client, tmp_path: Path
) -> None:
    text = manifest_text(["B.CALL"], permissions=ALL_STORAGE)
    source = (Path(__file__).parent / "sources" / "any.c").read_text().replace("a_call", "b_call")
    path = write_plugin(tmp_path / "b.wasm", source, text)
    client.ask("PLUGIN.LOAD", "b", str(path))
    assert client.ask("A.CALL", "B.CALL", "SET", "k", "v") == "OK"
    assert client.ask("GET", "k") == b"v"
    assert "plugin 'a' is under way already" in refusal(client.ask("A.CALL", "A.CALL", "PING"))
    assert "plugin 'a' is under way already" in refusal(
        client.ask("A.CALL", "B.CALL", "A.CALL", "PING")
    )
    client.ask("PLUGIN.UNLOAD", "b")


def test_within_exec_each_call_is_kept_or_undone_by_itself(
    client: Client, server: PluginServer
) -> None:
    waiting = server.client()
    waiting.send("BLPOP", "q", "0")
    for request in ("MULTI", "A.CALL RPUSH q one", "A.THEN SET gone 1", "A.CALL SET k v"):
        client.ask(*request.split())
    replies = client.ask("EXEC")
    assert replies[0] == 1
    assert "trap" in refusal(replies[1])
    assert replies[2] == "OK"
    assert waiting.receive() == [b"q", b"one"]
    assert client.ask("MGET", "gone", "k") == [None, b"v"]


def test_who_is_blocked_is_served_after_the_transaction(
    client: Client, server: PluginServer
) -> None:
    waiting = server.client()
    waiting.send("BLPOP", "q", "0")
    for request in ("MULTI", "A.CALL RPUSH q one", "LLEN q", "A.CALL RPUSH q two", "LLEN q"):
        client.ask(*request.split())
    assert client.ask("EXEC") == [1, 1, 2, 2]
    assert waiting.receive() == [b"q", b"one"]
