"""A plugin of each SDK meets what no client should send (tests.support.hostile_inputs).

Rule: with fuel enough, whatever comes is answered or refused in words: an SDK never traps over the
bytes of an argument, a key or a value. What no fuel or memory is enough for is an error as well,
and the next call is served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from tests.support.guest_projects import API_TOOLS, api_plugin
from tests.support.hostile_inputs import KEYS, VALUES, renew, unclean, withstands
from tests.support.plugin_server import Client, PluginServer, plugin_server

CONFIG = "[plugins]\ntimeout_ms = 100000\n[plugins.sandbox]\nmax_cpu_ms = 100000\n"
COMMANDS = ("ECHO", "TEXT", "NUMBER", "READONLY", "TYPED", "CALL", "TCP", "FAIL")
PREFIXES = (b"up:", b"turn:", b"kept:", b"guard:")
"""Of keys that reach the plugin's transformers, backend and hook."""
LOST = re.compile("out of (fuel|memory)|memory limit|unreachable|no room|too (large|long)")
MEGABYTE = 1 << 20


@pytest.fixture(scope="module", params=API_TOOLS)
def module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param) / "api.wasm"
    path.write_bytes(api_plugin(request.param))
    return path


@pytest.fixture
def server(module: Path) -> Iterator[PluginServer]:
    """With the usual limits."""
    with plugin_server("--plugin", str(module)) as running:
        yield running


@pytest.fixture
def patient(module: Path, tmp_path: Path) -> Iterator[PluginServer]:
    """With fuel and time enough."""
    config = tmp_path / "ferrite.toml"
    config.write_text(CONFIG)
    with plugin_server("--config", str(config), "--plugin", str(module)) as running:
        yield running


def ways_of_failing(client: Client) -> set[bytes]:
    return {failure[b"kind"] for failure in client.ask("PLUGIN.ERRORS", "api", "LIMIT", "1000")}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(patient: PluginServer, command: str) -> None:
    withstands(patient.port, [f"API.{command}"])
    assert ways_of_failing(patient.client(3)) <= {b"error"}


def test_a_command_that_crashes(server: PluginServer) -> None:
    outcome = withstands(server.port, ["API.PANIC"])
    assert outcome.values == 0


def test_keys_and_values_on_their_ways(patient: PluginServer) -> None:
    client, other = patient.client(3), patient.client()
    for prefix in PREFIXES:
        for value in VALUES:
            for key in (prefix + value, prefix + b"k"):
                for words in (["SET", key, value], ["GET", key], ["EXISTS", key], ["DEL", key]):
                    problem = unclean(client.ask(*words))
                    assert not problem, (words[0], key[:40], value[:40], problem)
        for words in KEYS.values():
            renew(other)
            problem = unclean(client.ask(words[0], prefix + b"own", *words[2:]))
            assert not problem, (words, problem)
    assert ways_of_failing(client) <= {b"error"}
    assert client.ask("SCAN", "0")


def test_what_no_limit_has_room_for(server: PluginServer) -> None:
    client = server.client(3)
    for size in (30 * MEGABYTE, 100 * MEGABYTE):
        for command, *words in (["API.ECHO"], ["SET", "turn:k"], ["SET", "kept:k"]):
            reply = client.ask(command, *words, b"\xff" * size)
            assert isinstance(reply, CommandError), (command, size)
            assert not unclean(reply), reply
            assert LOST.search(reply.text), reply
            assert client.ask("API.ECHO", "again") == [b"again"]
