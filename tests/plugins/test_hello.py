"""plugins/hello through a real socket: built by our own build and by clang, in both protocols."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.toolchains import build_plugin
from tests.support.clang import build_by_clang
from tests.support.plugin_server import PluginServer, plugin_server
from tests.support.require import ROOT, require
from tests.support.waiting import SECONDS_MAX

HELLO = ROOT / "plugins" / "hello"


@pytest.fixture(scope="module", params=["ferrite plugin build", "clang"])
def binary(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("hello") / "hello.wasm"
    if request.param == "clang":
        build_by_clang(HELLO / "hello.c", target)
        shutil.copy(HELLO / "plugin.toml", target.with_name("plugin.toml"))
    else:
        build_plugin(HELLO, target)
    return target


@pytest.fixture(scope="module")
def server(binary: Path) -> Iterator[PluginServer]:
    with plugin_server("--plugin", str(binary)) as running:
        yield running


def text(reply: Any) -> str:
    assert isinstance(reply, CommandError)
    return reply.text


@pytest.mark.parametrize("protocol", [2, 3])
def test_hello_world(server: PluginServer, protocol: int) -> None:
    client = server.client(protocol)
    assert client.ask("HELLO.WORLD", "Alice") == b"Hello, Alice!"
    assert client.ask("HELLO.WORLD") == b"Hello, World!"
    assert client.ask("hello.world", b"\x00\xff\r\n") == b"Hello, \x00\xff\r\n!"
    assert client.ask("HELLO.WORLD", "") == b"Hello, !"
    assert client.ask("HELLO.WORLD", "x" * 256) == b"Hello, " + b"x" * 256 + b"!"
    assert text(client.ask("HELLO.WORLD", "x" * 257)) == "ERR The name is too long"
    too_many = "ERR wrong number of arguments for 'hello.world' command"
    assert text(client.ask("HELLO.WORLD", "a", "b")) == too_many


@pytest.mark.parametrize("protocol", [2, 3])
def test_hello_count(server: PluginServer, protocol: int) -> None:
    client = server.client(protocol)
    client.ask("FLUSHALL")
    assert text(client.ask("HELLO.COUNT")) == "ERR Missing key argument"
    assert [client.ask("HELLO.COUNT", "k") for _ in range(3)] == [1, 2, 3]
    assert client.ask("GET", "k") == b"3"
    for before, after in (("41", 42), ("-1", 0), ("-10", -9)):
        client.ask("SET", "n", before)
        assert client.ask("HELLO.COUNT", "n") == after, before
        assert client.ask("GET", "n") == str(after).encode()
    client.ask("SET", "big", "9223372036854775806")
    assert client.ask("HELLO.COUNT", "big") == 2**63 - 1
    for before in ("word", "1.5", "", "9223372036854775807"):
        client.ask("SET", "n", before)
        refusal = text(client.ask("HELLO.COUNT", "n"))
        assert refusal.startswith("ERR ")
        assert "integer" in refusal or "overflow" in refusal
        assert client.ask("GET", "n") == before.encode(), "nothing is lost"
    assert text(client.ask("HELLO.COUNT", "k" * 1025)) == "ERR The key is too long"


def test_plugin_info(server: PluginServer) -> None:
    fields = ["name", "version", "state", "commands", "hooks", "loaded_at", "executions", "errors"]
    flat = server.client().ask("PLUGIN.INFO", "hello")
    assert [name.decode() for name in flat[:16:2]] == fields
    assert flat[1:8:2] == [b"hello", b"1.0.0", b"active", [b"HELLO.WORLD", b"HELLO.COUNT"]]
    whole = server.client(3).ask("PLUGIN", "INFO", "hello")
    assert list(whole)[:8] == [name.encode() for name in fields]
    assert whole[b"hooks"] == []
    assert isinstance(whole[b"executions"], int)


def test_command_info(server: PluginServer) -> None:
    client = server.client()
    name, arity, flags, first, last, step, *_ = client.ask("COMMAND", "INFO", "HELLO.COUNT")[0]
    assert (name, arity, first, last, step) == (b"hello.count", -1, 1, 1, 1)
    assert {"write", "module", "fast"} <= {str(flag) for flag in flags}


def test_redis_py_speaks_with_it(server: PluginServer) -> None:
    redis = pytest.importorskip("redis")
    for protocol in (2, 3):
        client = redis.Redis(port=server.port, protocol=protocol)
        assert client.execute_command("HELLO.WORLD", "redis-py") == b"Hello, redis-py!"
        with pytest.raises(redis.ResponseError, match="Missing key argument"):
            client.execute_command("HELLO.COUNT")
        client.close()


def test_redis_cli_speaks_with_it(server: PluginServer) -> None:
    require("redis")
    command = ["redis-cli", "-p", str(server.port), "HELLO.WORLD", "Alice"]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS_MAX)
    assert answer.stdout == b"Hello, Alice!\n"
