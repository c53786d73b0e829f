"""Plugins that mean harm in what runs around commands: hooks, transformers, backends, loading.

Sources: tests/plugins/hostile; tests/plugins/test_hostile.py has those that mean it as commands.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.c_plugins import ALL_STORAGE
from tests.support.hostile_plugins import hostile_plugin
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.waiting import until

CONFIG = """
[plugins]
hot_reload = false
timeout_ms = 2000

[plugins.sandbox]
max_memory_mb = 8
max_cpu_ms = 100
load_fuel = 2000000
"""
FUEL = "out of fuel: its limit is 2000000 units"
NOTCAPABLE, NOENT = 76, 44


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PluginServer]:
    config = tmp_path / "ferrite.toml"
    config.write_text(CONFIG)
    with plugin_server("--config", str(config), "--enable-debug-command", "yes") as running:
        yield running


@pytest.fixture(params=[2, 3])
def client(server: PluginServer, request: pytest.FixtureRequest) -> Client:
    connected = server.client(request.param)
    connected.ask("SET", "secret", "mine")
    return connected


def hooks(*events: str, more: str = "") -> str:
    return "".join(f'[[hooks]]\nevent = "{event}"\n{more}' for event in events)


def load(client: Client, folder: Path, name: str, *permissions: str, **options: Any) -> None:
    path = hostile_plugin(folder, name, *permissions, **options)
    assert client.ask("PLUGIN.LOAD", name, str(path)) == "OK"


# --- hooks ----------------------------------------------------------------------------------------


def test_who_refuses_everything_can_be_unloaded(client: Client, tmp_path: Path) -> None:
    extra = hooks("BeforeCommand", "OnKeyWrite", "OnKeyDelete")
    load(client, tmp_path, "jailer", extra=extra)
    for request in ("SET a b", "GET secret", "PING", "DEL secret", "EVAL x 0"):
        assert refusal(client.ask(*request.split())).startswith("ERR NO  way") or "EVAL" in request
    assert client.ask("CONFIG", "SET", "maxclients", "100") == "OK", "an operator is not asked"
    assert client.ask("PLUGIN.DISABLE", "jailer") == "OK"
    assert client.ask("GET", "secret") == b"mine"
    assert client.ask("PLUGIN.ENABLE", "jailer") == "OK"
    assert client.ask("PLUGIN.UNLOAD", "jailer") == "OK"
    assert client.ask("PLUGIN.LIST") == []
    assert client.ask("SET", "a", "b") == "OK"


def test_who_spins_when_it_is_unloaded_is_unloaded(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "clinger")
    assert client.ask("PLUGIN.UNLOAD", "clinger") == "OK"
    assert "unknown command" in refusal(client.ask("CLINGER.RUN"))


def test_a_write_refused_by_a_hook_is_undone(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "jailer", extra=hooks("OnKeyWrite", "OnKeyDelete"))
    assert refusal(client.ask("SET", "a", "b")) == "ERR no write"
    assert refusal(client.ask("DEL", "secret")) == "ERR no removal"
    assert refusal(client.ask("FLUSHALL")) == "ERR no removal"
    assert client.ask("MGET", "a", "secret") == [None, b"mine"]


def chain(client: Client, folder: Path, count: int, *, in_a_row: bool) -> None:
    for index in range(count):
        only = f'filter = "chain:c{index - 1}"\n' if in_a_row and index else ""
        path = hostile_plugin(folder, "chainer", *ALL_STORAGE, extra=hooks("OnKeyWrite", more=only))
        assert client.ask("PLUGIN.LOAD", f"c{index}", str(path)) == "OK"
        if in_a_row and not index:
            assert client.ask("SET", "a", "b") == "OK"


def test_hooks_that_follow_each_other_are_bounded(client: Client, tmp_path: Path) -> None:
    chain(client, tmp_path, 12, in_a_row=True)
    assert refusal(client.ask("SET", "a", "c")) == "ERR hooks may follow each other 8 deep"
    assert client.ask("GET", "a") == b"b"
    assert client.ask("DBSIZE") == 3, "secret, a, and what the first hook wrote before"


def test_a_storm_of_hooks_ends_in_time(
    server: PluginServer, client: Client, tmp_path: Path
) -> None:
    """Twelve that answer each other's writes: millions of short calls, each within its limits."""
    chain(client, tmp_path, 12, in_a_row=False)
    other = server.client()
    keys = client.ask("DBSIZE")
    client.send("SET", "a", "b")
    assert other.ask("PING") == "PONG", "served meanwhile"
    message = refusal(client.receive())
    assert message.endswith("out of time: the wall-clock limit of a call is reached")
    assert client.ask("DBSIZE") == keys


def test_a_storm_of_hooks_can_be_killed(
    server: PluginServer, client: Client, tmp_path: Path
) -> None:
    chain(client, tmp_path, 12, in_a_row=False)
    client.send("SET", "a", "b")
    other = server.client()
    names = itertools.cycle(f"c{index}" for index in range(12))
    until(lambda: other.ask("PLUGIN.KILL", next(names)) == "OK")
    assert "killed by PLUGIN.KILL" in refusal(client.receive())


def test_rewriting_takes_no_more_than_the_client_may(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "rewriter", extra=hooks("BeforeCommand"))
    name = "ERR hook of plugin 'rewriter': "
    assert refusal(client.ask("ECHO", "adm")) == f"{name}it may not run shutdown"
    assert refusal(client.ask("ECHO", "raw")) == f"{name}it gives no command"
    client.ask("ACL", "SETUSER", "guest", "on", "nopass", "+@all", "~mine:*")
    client.ask("AUTH", "guest", "x")
    assert refusal(client.ask("ECHO", "other")).startswith("NOPERM")


# --- transformers and backends --------------------------------------------------------------------

GARBLER = '[[transformers]]\nname = "garble"\nkeys = ["garbled:*"]\n'
GARBAGE = {
    "n": "gave null, not a bulk string",
    "i": "gave an integer, not a bulk string",
    "a": "gave an array, not a bulk string",
    "s": "gave a simple string, not a bulk string",
    "o": "gave a simple string, not a bulk string",
    "e": "has failed: plugin returned 3",
    "t": "has failed: plugin 'garbler': trap: out of bounds memory access:"
    " 4 bytes at 2147483632 of 196608 bytes",
    "h": f"has failed: plugin 'garbler': {FUEL}",
}


def test_a_transformer_that_answers_garbage(client: Client, tmp_path: Path) -> None:
    client.ask("SET", "garbled:i", "kept")
    load(client, tmp_path, "garbler", *ALL_STORAGE, extra=GARBLER)
    for key, text in GARBAGE.items():
        expected = f"ERR transformer garble of plugin 'garbler' {text}"
        assert refusal(client.ask("SET", f"garbled:{key}", "v")) == expected
    assert "gave an integer" in refusal(client.ask("GET", "garbled:i"))
    client.ask("PLUGIN.UNLOAD", "garbler")
    assert client.ask("MGET", "garbled:i", "secret") == [b"kept", b"mine"]
    assert client.ask("DBSIZE") == 2


LIAR = '[[storage_backends]]\nname = "lies"\nprefix = "lies:"\n'
PAGE = 1 << 48
LIES = {
    "GET lies:i": "gave an integer, not a bulk string or null",
    "GET lies:a": "gave an array, not a bulk string or null",
    "GET lies:e": "has failed: plugin returned 5",
    "MGET secret lies:i": "gave an integer, not a bulk string or null",
    "SET lies:i v": "gave an integer, not OK",
    "SET lies:n v": "gave null, not OK",
    "SET lies:w v": "has failed: no",
    "MSET other v lies:w v": "has failed: no",
    "DEL lies:x": "gave a bulk string, not an integer",
    "EXISTS lies:x": "gave null, not an integer",
    f"SCAN {PAGE} MATCH lies:c": "gave an array, not an array of cursor and keys",
    f"SCAN {PAGE} MATCH lies:m": "gave an array, not an array of cursor and keys",
    f"SCAN {PAGE} MATCH lies:k": "gave an array, not an array of cursor and keys",
}


def test_a_backend_that_lies(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "liar", *ALL_STORAGE, extra=LIAR)
    for request, text in LIES.items():
        expected = f"ERR storage backend lies of plugin 'liar' {text}"
        assert refusal(client.ask(*request.split())) == expected, request
    assert client.ask("SCAN", str(PAGE)) == [b"0", [b"lies:own"]], "none but those of its prefix"
    client.ask("PLUGIN.UNLOAD", "liar")
    assert client.ask("GET", "secret") == b"mine"
    assert client.ask("DBSIZE") == 1


def test_a_prefix_of_another_backend_is_not_taken_over(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "liar", *ALL_STORAGE, extra=LIAR)
    path = hostile_plugin(tmp_path, "liar", extra=LIAR.replace('"lies:"', '"lies:own:"'))
    message = refusal(client.ask("PLUGIN.LOAD", "heir", str(path)))
    assert message.endswith("the prefix 'lies:own:' meets 'lies:' of plugin 'liar'")


# --- memory, files, network -----------------------------------------------------------------------


def test_memory_grows_to_its_bound(client: Client, tmp_path: Path) -> None:
    load(client, tmp_path, "grower")
    assert client.ask("GROWER.LEAP") == -1
    pages = client.ask("GROWER.GROW")
    assert 100 < pages <= 128, "of 64 KiB: 8 MiB"
    assert pairs(client.ask("PLUGIN.INFO", "grower"))[b"memory_bytes"] <= 8 << 20
    assert client.ask("PLUGIN.LIMITS", "grower", "MEMORY", "2MB") == "OK"
    assert client.ask("GROWER.GROW") <= 32


PATHS = [
    ("../secret", NOTCAPABLE), ("a/../../secret", NOTCAPABLE), ("/etc/passwd", NOTCAPABLE),
    ("//etc/passwd", NOTCAPABLE), ("..", NOTCAPABLE), ("out", NOTCAPABLE),
    ("up/secret", NOTCAPABLE), ("\0/etc/passwd", None), ("a" * 900, None),
]  # fmt: skip


def test_no_path_leaves_its_folder(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "a").mkdir(parents=True)
    (tmp_path / "secret").write_text("outside")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    rights = (f"filesystem.read {folder}", f"filesystem.write {folder}")
    load(client, tmp_path, "escaper", *rights)
    assert client.ask("ESCAPER.OPEN", "a") == 0
    for path, errno in PATHS:
        found = client.ask("ESCAPER.OPEN", path)
        assert found == errno if errno else found > 0, path
    assert client.ask("ESCAPER.LINK", "/etc/passwd") != 0
    assert client.ask("ESCAPER.LINK", "../secret") == 0, "a link is only a text"
    assert client.ask("ESCAPER.OPEN", "link") == NOTCAPABLE
    assert client.ask("ESCAPER.ENVIRON") == 0, "the environment of a guest is empty"


NETWORK = {
    "CRAWLER.HTTP http://127.0.0.1:6379/": "http_get for 127.0.0.1:6379",
    "CRAWLER.HTTP http://10.0.0.1/": "http_get for 10.0.0.1:80",
    "CRAWLER.HTTP http://169.254.169.254/latest": "http_get for 169.254.169.254:80",
    "CRAWLER.HTTP http://[::1]/": "http_get for ::1:80",
    "CRAWLER.HTTP http://example.com.evil.test/": "http_get for example.com.evil.test:80",
    "CRAWLER.HTTP http://0x7f000001/": "http_get for 0x7f000001:80",
    "CRAWLER.POST http://example.com/": "http_post",
    "CRAWLER.TCP 127.0.0.1 22": "tcp_connect for 127.0.0.1:22",
    "CRAWLER.TCP localhost 1": "tcp_connect for localhost:1",
}
NO_URLS = {
    "file:///etc/passwd": "ERR 'file:///etc/passwd' is no http or https URL",
    "http://example.com@10.0.0.1/": "ERR 'http://example.com@10.0.0.1/' is no plain URL",
    "http://example.com/\r\nHost: inner": (
        "ERR 'http://example.com/\\r\\nHost: inner' is no plain URL"
    ),
}


def test_the_inner_network_is_out_of_reach(client: Client, tmp_path: Path) -> None:
    rights = ("network.http_get example.com", "network.tcp_connect example.com 127.0.0.1:1")
    load(client, tmp_path, "crawler", *rights)
    for request, right in NETWORK.items():
        expected = f"NOPERM plugin 'crawler' has no permission network.{right}"
        assert refusal(client.ask(*request.split())) == expected, request
    for url, text in NO_URLS.items():
        assert refusal(client.ask("CRAWLER.HTTP", url)) == text
    assert (
        refusal(client.ask("CRAWLER.TCP", "example.com", "70000")) == "ERR there is no port 70000"
    )
    smuggled = refusal(client.ask("CRAWLER.SMUGGLE", "http://example.com/"))
    assert smuggled == "ERR 'Host: inne' is no header of a request"
