"""Writes of plugins in the append-only file: what they left, and never the call itself."""

from __future__ import annotations

from pathlib import Path

from ferrite.errors import CommandError
from ferrite.persistence.command_reader import read_commands
from ferrite.plugins.toolchains import build_plugin
from tests.support.plugin_server import plugin_server
from tests.support.require import ROOT


def test_the_effects_of_calls_are_loaded_without_the_plugin(tmp_path: Path) -> None:
    hello = tmp_path / "hello.wasm"
    build_plugin(ROOT / "plugins" / "hello", hello)
    options = ("--dir", str(tmp_path), "--appendonly", "yes")
    with plugin_server("--plugin", str(hello), *options) as server:
        client = server.client()
        assert client.ask("HELLO.COUNT", "visits") == 1
        assert client.ask("MULTI") == "OK"
        client.ask("SET", "a", "1")
        client.ask("HELLO.COUNT", "visits")
        assert client.ask("EXEC") == ["OK", 2]
        client.ask("RPUSH", "list", "1")
        assert isinstance(client.ask("HELLO.COUNT", "list"), CommandError)
    increment = tmp_path / "appendonlydir" / "appendonly.aof.1.incr.aof"
    requests = [request for _, request in read_commands([increment.read_bytes()])]
    assert requests == [
        [b"SELECT", b"0"], [b"SET", b"visits", b"1"],
        [b"MULTI"], [b"SET", b"a", b"1"], [b"SET", b"visits", b"2"], [b"EXEC"],
        [b"RPUSH", b"list", b"1"],
    ]  # fmt: skip
    with plugin_server(*options) as server:
        assert server.client().ask("MGET", "visits", "a") == [b"2", b"1"]
