"""Types of values that plugins bring, through a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.c_plugins import ALL_STORAGE, SOURCES, manifest_text, write_plugin
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.real_redis import redis_server
from tests.support.require import require

COMMANDS = [f"C.{name}" for name in ["SET", "GET", "BYTES", "FORGE"]]
KEYS = "first_key = 1\nlast_key = 1\nstep = 1\n"


def counters(path: Path, version: int = 1, *, encoding: str = "eight", type_: str = "COUNTERS",
             prefix: str = "C") -> Path:  # fmt: skip
    text = manifest_text([], permissions=ALL_STORAGE, version=f"{version}.0.0")
    for command in COMMANDS:
        text += f'[[commands]]\nname = "{command.replace("C.", prefix + ".")}"\n'
        text += f'flags = ["write"]\n{KEYS}'
    text += f'[[data_types]]\nname = "{type_}"\nencoding = "{encoding}"\nversion = {version}\n'
    source = (SOURCES / "types.c").read_text().replace("VERSION", str(version))
    source = source.replace("c_", f"{prefix.lower()}_")
    return write_plugin(path, source, text)


def load(client: Client, path: Path) -> None:
    assert client.ask("PLUGIN.LOAD", path.stem, str(path)) == "OK"


@pytest.fixture(params=[2, 3])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with plugin_server() as server:
        client = server.client(request.param)
        load(client, counters(tmp_path / "c.wasm"))
        yield client


def test_a_value_of_an_own_type(client: Client) -> None:
    assert client.ask("C.GET", "k") is None
    assert client.ask("C.SET", "k", "42") == "OK"
    assert client.ask("C.GET", "k") == [1, 42]
    assert client.ask("TYPE", "k") == "COUNTERS"
    assert client.ask("OBJECT", "ENCODING", "k") == b"eight"
    assert client.ask("MEMORY", "USAGE", "k") == 4711
    assert client.ask("C.BYTES", "k", "0") == bytes([42, *[0] * 7])
    assert client.ask("C.BYTES", "k", "6") == bytes(2)
    assert client.ask("SCAN", "0", "TYPE", "counters") == [b"0", [b"k"]]
    for command in ("GET k", "LPUSH k x", "INCR k", "HGET k f"):
        assert "WRONGTYPE" in refusal(client.ask(*command.split()))
    assert client.ask("EXPIRE", "k", "100") == 1
    assert client.ask("C.SET", "k", "1") == "OK"
    assert 0 < client.ask("TTL", "k") <= 100, "its time to live stays"


def test_other_types_are_neither_read_nor_forged(client: Client, tmp_path: Path) -> None:
    client.ask("SET", "s", "x")
    assert "WRONGTYPE" in refusal(client.ask("C.GET", "s"))
    assert "WRONGTYPE" in refusal(client.ask("C.SET", "s", "1"))
    assert client.ask("GET", "s") == b"x"
    message = refusal(client.ask("C.FORGE", "k"))
    assert "plugin 'c' has no data type 'OTHER'" in message
    taken = counters(tmp_path / "d.wasm", prefix="D")
    assert "COUNTERS is one of plugin 'c'" in refusal(client.ask("PLUGIN.LOAD", "d", str(taken)))
    own = counters(tmp_path / "e.wasm", prefix="E", type_="String")
    assert "is one of the server's own" in refusal(client.ask("PLUGIN.LOAD", "e", str(own)))


def test_dump_restore_copy_rename_and_undo(client: Client) -> None:
    client.ask("C.SET", "k", "7")
    payload = client.ask("DUMP", "k")
    assert client.ask("RESTORE", "r", "0", payload) == "OK"
    assert client.ask("COPY", "k", "c") == 1
    assert client.ask("RENAME", "k", "n") == "OK"
    assert client.ask("MOVE", "c", "1") == 1
    assert [client.ask("C.GET", key) for key in ("r", "n", "k")] == [[1, 7], [1, 7], None]
    for command in ("MULTI", "C.SET n 8", "C.FORGE n", "C.GET n"):
        client.ask(*command.split())
    replies: list[Any] = client.ask("EXEC")
    assert replies[2] == [1, 8]
    damaged = payload[:3] + b"\0" + payload[4:]
    refusal(client.ask("RESTORE", "x", "0", damaged))


def test_without_its_plugin_a_value_stays_what_it_is(client: Client, tmp_path: Path) -> None:
    client.ask("C.SET", "k", "7")
    client.ask("PLUGIN.UNLOAD", "c")
    assert client.ask("TYPE", "k") == "COUNTERS"
    assert client.ask("OBJECT", "ENCODING", "k") == b"raw"
    assert client.ask("MEMORY", "USAGE", "k") > 50
    assert client.ask("COPY", "k", "c") == 1
    assert client.ask("RESTORE", "r", "0", client.ask("DUMP", "k")) == "OK"
    assert "WRONGTYPE" in refusal(client.ask("GET", "k"))
    assert client.ask("DEL", "c") == 1
    load(client, tmp_path / "c.wasm")
    assert client.ask("C.GET", "r") == [1, 7]


def test_older_encodings_are_migrated(client: Client, tmp_path: Path) -> None:
    client.ask("C.SET", "k", "7")
    client.ask("C.SET", "bad", "13")
    newer = counters(tmp_path / "c2.wasm", 2)
    assert client.ask("PLUGIN.RELOAD", "c", str(newer)) == "OK"
    assert client.ask("C.GET", "k") == [2, 14]
    assert client.ask("C.GET", "k") == [2, 14], "once"
    assert "unlucky" in refusal(client.ask("C.GET", "bad"))
    assert client.ask("TYPE", "bad") == "COUNTERS"
    client.ask("PLUGIN.ROLLBACK", "c")
    assert client.ask("C.GET", "bad") == [1, 13], "what could not be migrated is as it was"


def test_they_are_in_snapshots(tmp_path: Path) -> None:
    arguments = "--dir", str(tmp_path)
    path = counters(tmp_path / "c.wasm")
    with plugin_server(*arguments) as server:
        client = server.client()
        load(client, path)
        client.ask("C.SET", "k", "7")
        client.ask("C.SET", "t", "8")
        client.ask("PEXPIRE", "t", "100000000")
        client.ask("SET", "s", "x")
        client.ask("SELECT", "3")
        client.ask("C.SET", "k", "9")
        assert client.ask("SAVE") == "OK"
    with plugin_server(*arguments) as server:
        client = server.client()
        assert client.ask("DBSIZE") == 3
        assert client.ask("TYPE", "k") == "COUNTERS"
        load(client, path)
        assert client.ask("C.GET", "k") == [1, 7]
        assert client.ask("C.GET", "t") == [1, 8]
        assert 90000 < client.ask("TTL", "t") <= 100000
        client.ask("SELECT", "3")
        assert client.ask("C.GET", "k") == [1, 9]


def test_redis_skips_them_in_snapshots(tmp_path: Path) -> None:
    with plugin_server("--dir", str(tmp_path)) as server:
        client = server.client()
        load(client, counters(tmp_path / "c.wasm"))
        client.ask("C.SET", "k", "7")
        client.ask("SET", "s", "x")
        client.ask("SAVE")
    require("redis")
    with redis_server(tmp_path) as port:
        other = Client(port)
        assert other.ask("GET", "s") == b"x"
        assert other.ask("DBSIZE") == 1
        other.close()


def test_they_are_in_the_append_only_file(tmp_path: Path) -> None:
    arguments = "--dir", str(tmp_path), "--appendonly", "yes"
    path = counters(tmp_path / "c.wasm")
    with plugin_server(*arguments) as server:
        client = server.client()
        load(client, path)
        client.ask("C.SET", "k", "7")
        client.ask("C.SET", "t", "8")
        client.ask("PEXPIRE", "t", "100000000")
        client.ask("COPY", "k", "copy")
    with plugin_server(*arguments) as server:
        client = server.client()
        assert client.ask("TYPE", "k") == "COUNTERS"
        load(client, path)
        assert [client.ask("C.GET", key) for key in ("k", "t", "copy")] == [[1, 7], [1, 8], [1, 7]]
        assert 90000 < client.ask("TTL", "t") <= 100000
