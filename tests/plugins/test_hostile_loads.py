"""Plugins that mean harm and are not even loaded: modules that do not come up, manifests.

Sources: tests/plugins/hostile; tests/plugins/test_hostile.py has those that mean it as commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hostile_plugins import hostile_plugin
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server

LOAD_FUEL = 2_000_000


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    config = tmp_path / "ferrite.toml"
    config.write_text(f"[plugins.sandbox]\nload_fuel = {LOAD_FUEL}\n")
    with plugin_server("--config", str(config)) as server:
        yield server.client()


UNLOADABLE = {
    "stillborn": "while starting: trap: unreachable",
    "endless": f"while starting: out of fuel: its limit is {LOAD_FUEL} units",
    "stranger": "unknown import ferrite_v1.format_disk; offered are ferrite_v1,"
    " wasi_snapshot_preview1, env",
    "mistaken": "import ferrite_v1.reply_int has type [i32] -> [i32], and should have"
    " [i64] -> [i32]",
    "giant": "the module has a 64-bit memory (memory64): a plugin's has 32 bits",
    "misfit": "section ferrite-manifest:5: commands[0].name MISFIT.RUN needs an exported function"
    " 'MISFIT.RUN' or 'misfit_run' or 'misfitRun' of type [] -> [i32] or [] -> []; exported are:"
    " misfit_run [i32] -> [i64]",
}


@pytest.mark.parametrize("name", UNLOADABLE)
def test_what_does_not_come_up(client: Client, tmp_path: Path, name: str) -> None:
    path = hostile_plugin(tmp_path, name)
    message = refusal(client.ask("PLUGIN.LOAD", name, str(path)))
    assert message == f"ERR plugin '{name}': {UNLOADABLE[name]}"
    assert client.ask("PLUGIN.LIST") == []
    assert client.ask("PING") == "PONG"


PACKAGE = '[package]\nname = "plain"\nversion = "1.0.0"\n'
GET = '[[commands]]\nname = "A.B"\nexport = "get"\n'
MANIFESTS = {
    GET.replace("A.B", "plugin|unload"): ":5: commands[0].name must be of the form HELLO.WORLD,"
    " not 'plugin|unload'",
    GET.replace(
        "A.B", "A\\nB"
    ): ":5: commands[0].name must be of the form HELLO.WORLD, not 'A\\nB'",
    GET + 'flags = ["root"]\n': ":7: commands[0].flags must be one of read, write, admin, readonly,"
    " denyoom, loading, stale, fast, slow, not 'root'",
    GET + "min_args = -1\n": ":7: commands[0].min_args must be between 0 and 2147483647 inclusive",
    GET + GET: ":8: commands[1].name 'A.B' is declared twice",
    '[[permissions]]\nresource = "kernel"\naction = "read"\n': ":5: permissions[0].resource must"
    " be one of storage, network, filesystem, system, not 'kernel'",
    '[[permissions]]\nresource = "storage"\naction = "own"\n': ":6: permissions[0].action must be"
    " one of read, write, delete, http_get, http_post, tcp_connect, time, random, env, not 'own'",
    '[[permissions]]\nresource = "system"\naction = "delete"\n': ":6: permissions[0].action"
    " 'delete' is none of system (known are time, random, env)",
    '[[permissions]]\nresource = "storage"\naction = "read"\nkey = ["x"]\n': ":7: permissions[0]"
    ".key is no known key (known are resource, action, keys, hosts, paths)",
    '[[hooks]]\nevent = "OnEverything"\n': ":5: hooks[0].event must be one of BeforeCommand,"
    " AfterCommand, OnKeyWrite, OnKeyRead, OnKeyExpiry, OnKeyDelete, OnClientConnect,"
    " OnClientDisconnect, OnServerStartup, OnServerShutdown, not 'OnEverything'",
    "[trust]\nlevel = 9\n": ":4: trust is no known table (known are package, commands, data_types,"
    " hooks, permissions, dependencies, transformers, storage_backends)",
    "x = [\n": ": Invalid value (at end of document)",
}


@pytest.mark.parametrize("text", MANIFESTS)
def test_manifests_that_ask_for_what_is_not_there(
    client: Client, tmp_path: Path, text: str
) -> None:
    path = hostile_plugin(tmp_path, "plain", manifest=PACKAGE + GET)
    other = tmp_path / "other.toml"
    other.write_text(PACKAGE + text)
    message = refusal(client.ask("PLUGIN.LOAD", "plain", str(path), "MANIFEST", str(other)))
    assert message == f"ERR plugin 'plain': {other}{MANIFESTS[text]}"
    assert client.ask("PLUGIN.LIST") == []


TAKEN = {
    "GET": "command get exists already",
    "Config": "command config exists already",
    "PLUGIN.UNLOAD": "command plugin.unload would be one of the server's own",
    "FIRST.RUN": "command first.run exists already",
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_is_taken(client: Client, tmp_path: Path, name: str) -> None:
    first = hostile_plugin(tmp_path, "plain", manifest=PACKAGE + GET.replace("A.B", "FIRST.RUN"))
    assert client.ask("PLUGIN.LOAD", "first", str(first)) == "OK"
    second = hostile_plugin(tmp_path, "plain", manifest=PACKAGE + GET.replace("A.B", name))
    message = refusal(client.ask("PLUGIN.LOAD", "second", str(second)))
    assert message == f"ERR plugin 'second': {TAKEN[name]}"
    assert client.ask("FIRST.RUN") == "OK"
