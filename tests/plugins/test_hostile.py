"""Plugins that mean harm, through a real socket: each is refused by name, and nothing has changed.

Sources: tests/plugins/hostile. Rule: whatever one of them does, its client gets one clean
reply (the text is tested to the letter), another client is served, and the keys are what they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrite.errors import CommandError
from tests.support.c_plugins import ALL_STORAGE
from tests.support.hostile_plugins import hostile_plugin
from tests.support.plugin_replies import info, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.real_redis import request_bytes

CONFIG = """
[plugins.sandbox]
max_memory_mb = 8
max_cpu_ms = 600
load_fuel = 2000000
"""
OWN = ("storage.read own:*", "storage.write own:*", "storage.delete own:*")
FUEL = "out of fuel: its limit is 12000000 units"
TRAP = "trap: out of bounds memory access"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginServer]:
    config = tmp_path_factory.mktemp("hostile") / "ferrite.toml"
    config.write_text(CONFIG)
    with plugin_server("--config", str(config), "--enable-debug-command", "yes") as running:
        yield running


@pytest.fixture(params=[2, 3])
def client(server: PluginServer, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client, and a look at what is left when it is done."""
    connected, other = server.client(request.param), server.client()
    other.ask("FLUSHALL")
    other.ask("MSET", "secret", "mine", "own:k", "its")
    other.ask("HSET", "h", "f", "v")
    digest = other.ask("DEBUG", "DIGEST")
    yield connected
    assert connected.ask("PING") == "PONG", "its connection is in step"
    assert other.ask("PING") == "PONG"
    for entry in other.ask("PLUGIN.LIST"):
        assert other.ask("PLUGIN.UNLOAD", entry[1]) == "OK"
    assert other.ask("DEBUG", "DIGEST") == digest
    for each in (connected, other):
        each.close()


def load(client: Client, folder: Path, name: str, *permissions: str, **options: Any) -> None:
    path = hostile_plugin(folder, name, *permissions, **options)
    assert client.ask("PLUGIN.LOAD", name, str(path)) == "OK"


def own(name: str, text: str) -> str:
    """The error of a call that was ended."""
    return f"ERR plugin '{name}': {text}"


def denied(name: str, right: str, place: str = "") -> str:
    return f"NOPERM plugin '{name}' has no permission {right}{place}"


READING = {
    "THIEF.GET": denied("thief", "storage.read", " for 'secret'"),
    "THIEF.HGET": denied("thief", "storage.read", " for 'secret'"),
    "THIEF.EXISTS": denied("thief", "storage.read", " for 'secret'"),
}
WRITING = {
    f"VANDAL.{name}": denied("vandal", f"storage.{'delete' if name == 'DELETE' else 'write'}")
    for name in ("SET", "DELETE", "EXPIRE", "APPEND", "HSET", "PUBLISH", "FLUSH")
}
LOGGING = {
    "FLOODER.LINES": "ERR a call may log 100 lines",
    "FLOODER.LEVEL": "ERR there is no log level 9",
}
COUNTING = {
    "MISCOUNTER.FEW": own("miscounter", "the reply's array misses 2 announced values"),
    "MISCOUNTER.MANY": own("miscounter", "the guest replied again after its reply was complete"),
    "MISCOUNTER.TWICE": own("miscounter", "the guest replied again after its reply was complete"),
    "MISCOUNTER.MAP": own("miscounter", "the reply's map misses 1 announced values"),
    "MISCOUNTER.SAME": own("miscounter", "a map of the reply has the same key twice"),
    "MISCOUNTER.NEGATIVE": "ERR a reply may have 250000 values",
    "MISCOUNTER.INNER": own("miscounter", "the reply's array misses 1 announced values"),
}
INJECTING = {
    "INJECTOR.ERROR": "BAD x  $6  forged  ",
    "INJECTOR.BIGNUM": "ERR a big number has decimal digits only",
    "INJECTOR.VERBATIM": "ERR b'\\r\\n:' is no verbatim format",
    "INJECTOR.TWO": "ERR the bytes hold 2 whole replies",
    "INJECTOR.HALF": "ERR the bytes hold 0 whole replies",
    "INJECTOR.NOTHING": "ERR the bytes hold 0 whole replies",
    "INJECTOR.PUSH": "ERR a reply is no push message",
    "INJECTOR.PUSH_WITHIN": "ERR a reply is no push message",
}
BOMBING = {
    "BOMBER.COUNT": "ERR a reply may have 250000 values",
    "BOMBER.NESTED": own("bomber", "the reply's array misses 99999 announced values"),
    "BOMBER.BYTES": own("bomber", FUEL),
    "BOMBER.DIGITS": "ERR a big number is too long",
    "BOMBER.RESP_DEPTH": "ERR a reply may nest 32 levels",
    "BOMBER.RESP_DEEPER": (
        "ERR the reply is no RESP3: Protocol error: a reply nests deeper than 128"
    ),
    "BOMBER.RESP_ANNOUNCED": "ERR the bytes hold 0 whole replies",
    "BOMBER.RESP_COUNT": "ERR a reply may have 250000 values",
}
HOARDING = {
    "HOARDER.LEAK": "ERR a call may have 10 handles",
    "HOARDER.GUESS": "ERR there is no handle 999",
    "HOARDER.TWICE": "ERR there is no handle 1",
    "HOARDER.CONFUSE": "ERR there is no connection 1",
}
RECURSING = {
    "RECURSER.CALL": "ERR plugin 'recurser' is under way already",
    "RECURSER.STACK": own("recurser", "trap: call stack exhausted"),
}
PROBING = {
    "PROBER.ENV": denied("prober", "system.env"),
    "PROBER.CONFIG": "ERR no such key",
    "PROBER.CONTEXT": "ERR no such key",
}
POINTING = {
    "POINTER.READ": own("pointer", f"{TRAP}: 8 bytes at 2147483632 of 1179648 bytes"),
    "POINTER.WRITE": own("pointer", f"{TRAP}: 7 bytes at 2147483632 of 1179648 bytes"),
    "POINTER.WRAP": own("pointer", f"{TRAP}: 8 bytes at 4294967292 of 1179648 bytes"),
    "POINTER.OUT": own("pointer", f"{TRAP}: 8 bytes at 4294967292 of 1179648 bytes"),
    "POINTER.OWN": own("pointer", f"{TRAP}: 4 bytes at 2147483632 of 1179648 bytes"),
    "POINTER.NEGATIVE": own("pointer", f"{TRAP}: 4294967295 bytes at 65540 of 1179648 bytes"),
    "POINTER.KEY": own("pointer", f"{TRAP}: 2147483647 bytes at 65540 of 1179648 bytes"),
    "POINTER.LONG": "ERR a key may have 1048576 bytes, not 1100000",
}
PUBLISHING = dict.fromkeys(("CRIER.PUBLISH", "CRIER.CALL"), "ERR a call may publish 10000 messages")
DRAINING = {
    "DRAINER.MUCH": "ERR a call gives 65536 random bytes at most",
    "DRAINER.OFTEN": own("drainer", FUEL),
}

REFUSALS: list[tuple[str, tuple[str, ...], dict[str, str]]] = [
    ("thief", OWN, READING),
    ("vandal", ("storage.read",), WRITING),
    ("flooder", (), LOGGING),
    ("injector", (), INJECTING),
    ("miscounter", (), COUNTING),
    ("bomber", (), BOMBING),
    ("hoarder", ("network.tcp_connect *",), HOARDING),
    ("recurser", ALL_STORAGE, RECURSING),
    ("prober", (), PROBING),
    ("timer", (), {"TIMER.PROBE": denied("timer", "system.time")}),
    ("spinner", ALL_STORAGE, {"SPINNER.SPIN": own("spinner", FUEL)}),
    ("pointer", (*ALL_STORAGE, "system.time"), POINTING),
    ("crier", ALL_STORAGE, PUBLISHING),
    ("drainer", (), {"DRAINER.MUCH": denied("drainer", "system.random")}),
    ("drainer", ("system.random",), DRAINING),
    ("escaper", (), {"ESCAPER.EXIT": own("escaper", "exited with code 0")}),
]


@pytest.mark.parametrize(
    ("name", "permissions", "expected"), REFUSALS, ids=[row[0] for row in REFUSALS]
)
def test_refused_by_name(
    client: Client,
    tmp_path: Path,
    name: str,
    permissions: tuple[str, ...],
    expected: dict[str, str],
) -> None:
    load(client, tmp_path, name, *permissions)
    for command, text in expected.items():
        assert refusal(client.ask(command)) == text, command
    assert info(client, name)[b"errors"] == len(expected), "each is booked"
    assert len(client.ask("PLUGIN.ERRORS", name)) == len(expected)


# --- what call() does not run ---------------------------------------------------------------------

FOR_OPERATORS = [
    "PLUGIN.UNLOAD usurper", "PLUGIN.KILL usurper", "PLUGIN.LIST", "CONFIG SET maxclients 5",
    "CONFIG GET requirepass", "DEBUG SLEEP 1", "SHUTDOWN NOSAVE", "ACL WHOAMI", "ACL SETUSER x on",
    "CLIENT KILL ID 1", "REPLICAOF NO ONE", "SAVE", "BGREWRITEAOF", "SLOWLOG GET",
]  # fmt: skip
FOR_CLIENTS = [
    "SUBSCRIBE news", "PSUBSCRIBE *", "MONITOR", "BLPOP l 0", "BLMOVE a b LEFT LEFT 0", "WAIT 1 0",
    "MULTI", "EXEC", "WATCH secret", "AUTH x y", "HELLO 3", "RESET",
    "QUIT", "CLIENT SETNAME x", "CLIENT REPLY OFF",
]  # fmt: skip


@pytest.mark.parametrize("request_", FOR_OPERATORS + FOR_CLIENTS)
def test_what_is_for_operators_and_clients(client: Client, tmp_path: Path, request_: str) -> None:
    words = tuple(request_.encode().split())
    load(client, tmp_path, "usurper", *ALL_STORAGE)
    reply = refusal(client.ask("USURPER.CALL", request_bytes(words)))
    assert reply.startswith("NOPERM a plugin may not run "), reply
    assert words[0].decode().lower() in reply


MALFORMED = {
    b"": "ERR a command is one array of bulk strings",
    b"*0\r\n": "ERR a command is one array of bulk strings",
    b"*2147483647\r\n$3\r\nGET\r\n": "ERR a command is one array of bulk strings",
    b"*1\r\n$2147483647\r\nGET\r\n": "ERR a command is one array of bulk strings",
    b"*1\r\n:1\r\n": "ERR a command is one array of bulk strings",
    b"*1\r\n*1\r\n$4\r\nPING\r\n": "ERR a command is one array of bulk strings",
    b"PING\r\n": "ERR the command is no RESP: Protocol error: a reply cannot start with b'PING'",
    b"*x\r\n": "ERR the command is no RESP: Protocol error: b'x' is no length or integer",
    b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n": "ERR a command is one array of bulk strings",
    b"*1\r\n$2\r\nNO\r\n": "ERR unknown command 'NO', with args beginning with: ",
    b"*1\r\n$3\r\nGET\r\n": "ERR wrong number of arguments for 'get' command",
}


def test_commands_that_are_none(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "usurper", *ALL_STORAGE)
    for words, text in MALFORMED.items():
        assert refusal(client.ask("USURPER.CALL", words)) == text, words


def test_many_arguments(client: Client, tmp_path: Path) -> None:
    """To the plugin, which reads what it wants, and to one whose manifest bounds them."""
    load(client, tmp_path, "usurper", *ALL_STORAGE)
    ping = request_bytes((b"PING",))
    assert client.ask("USURPER.CALL", ping, *["x"] * 100_000) == b"+PONG\r\n"
    bounded = '[package]\nname = "plain"\nversion = "1.0.0"\n[[commands]]\nname = "PLAIN.RUN"\n'
    load(client, tmp_path, "plain", manifest=bounded + "max_args = 2\n")
    wrong = "ERR wrong number of arguments for 'plain.run' command"
    assert refusal(client.ask("PLAIN.RUN", *["x"] * 100_000)) == wrong


# --- types, clocks, logs --------------------------------------------------------------------------

TYPE = '[[data_types]]\nname = "{}"\nversion = 2\n'


def test_types_are_not_forged(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "plain", extra=TYPE.format("GENUINE"))
    load(client, tmp_path, "forger", *ALL_STORAGE, extra=TYPE.format("FORGED"))
    foreign = "NOPERM plugin 'forger' has no data type 'GENUINE'"
    versions = "ERR data type FORGED has versions 1 to 2, not "
    assert refusal(client.ask("FORGER.OTHER", "new")) == foreign
    assert refusal(client.ask("FORGER.READ", "new")) == foreign
    assert refusal(client.ask("FORGER.BUILTIN", "h")) == foreign.replace("GENUINE", "hash")
    assert refusal(client.ask("FORGER.VERSION", "new")) == f"{versions}3"
    assert refusal(client.ask("FORGER.NEGATIVE", "new")) == f"{versions}4294967295"
    wrong = "WRONGTYPE Operation against a key holding the wrong kind of value"
    assert refusal(client.ask("FORGER.OWN", "secret")) == wrong
    assert client.ask("FORGER.OWN", "new") == "OK"
    assert client.ask("DEL", "new") == 1


def test_a_type_of_another_plugin_is_not_taken_over(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "plain", extra=TYPE.format("GENUINE"))
    path = hostile_plugin(tmp_path, "forger", extra=TYPE.format("GENUINE"))
    taken = own("forger", "data type GENUINE is one of plugin 'plain'")
    assert refusal(client.ask("PLUGIN.LOAD", "forger", str(path))) == taken
    path = hostile_plugin(tmp_path, "forger", extra=TYPE.format("hash"))
    builtin = own("forger", "data type hash is one of the server's own")
    assert refusal(client.ask("PLUGIN.LOAD", "forger", str(path))) == builtin


def test_the_clock_stands_still_during_a_call(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "timer", "system.time")
    assert client.ask("TIMER.PROBE") == 0


def test_what_is_logged_is_cut_and_made_visible(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "flooder")
    assert client.ask("FLOODER.LONG") == "OK"
    long, forged = (
        line.partition(b" INFO ")[2] or line for line in client.ask("PLUGIN.LOG", "flooder")
    )
    assert long.endswith(b"x" * 4096)
    assert len(long) < 4200
    assert b"\n" not in forged
    assert b"\x1b" not in forged
    assert b"# WARNING forged" in forged


def test_line_ends_do_not_end_a_reply(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "injector")
    assert client.ask("INJECTOR.SIMPLE") == "x  $6  forged  "
    within = client.ask("INJECTOR.WITHIN")
    assert within[0] == "x  $6  forged  "
    assert refusal(within[1]) == "BAD x  $6  forged  "
    assert client.ask("INJECTOR.RESP") == ["x :1"]


def test_a_reply_that_nests_too_deeply(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "bomber")
    reply = client.ask("BOMBER.DEPTH")
    while isinstance(reply, list):
        (reply,) = reply
    assert refusal(reply) == "ERR a reply may nest 32 levels"


def test_nobody_hears_of_a_flood(client: Client, server: PluginServer, tmp_path: Path) -> None:
    listener = server.client()
    listener.ask("SUBSCRIBE", "news")
    load(client, tmp_path, "crier", *ALL_STORAGE)
    assert isinstance(client.ask("CRIER.PUBLISH"), CommandError)
    assert isinstance(client.ask("CRIER.CALL"), CommandError)
    client.ask("PUBLISH", "news", "end")
    assert list(listener.receive()) == [b"message", b"news", b"end"]
    listener.close()
