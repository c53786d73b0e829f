"""The listings in Rust: unchanged in their wrappers, built, and run by a real server."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.toolchains.rust import Rust
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.require import ROOT, require
from tests.support.rust_plugins import LISTINGS, built, kept_target
from tests.support.waiting import BUILD_SECONDS_MAX, until

PAGE = ROOT.parent / "shared" / "plugin-system.md"
ADDED = "    use super::*; // added: the listing names what is outside of its module\n"
WRAPPERS = {
    "Rust Plugin": "hello",
    "Unit Testing": "hello",
    "Storage Access": "storage",
    "Event Hooks": "hooks",
}
"""By the heading on the page."""
CALLS = int(os.environ.get("FERRITE_CALLS", "10000"))


def wrapper(name: str) -> str:
    return (LISTINGS / name / "src" / "lib.rs").read_text()


@pytest.mark.parametrize(("heading", "name"), WRAPPERS.items())
def test_a_listing_is_unchanged(heading: str, name: str) -> None:
    if not PAGE.exists():
        pytest.skip("the page is not beside this checkout")
    found = re.search(rf"### {heading}\n.*?```rust\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    assert found[1] in wrapper(name).replace(ADDED, "")


def test_the_unit_test_of_the_listing_passes() -> None:
    require("rust-wasi")
    folder = LISTINGS / "hello"
    command, environment = Rust().unit_tests(folder) or ([], {})
    with kept_target(folder):
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
            timeout=BUILD_SECONDS_MAX,
        )
    assert b"test tests::test_hello_world ... ok" in done.stdout, done.stderr.decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginServer]:
    require("rust-wasi")
    folder = tmp_path_factory.mktemp("listings")
    arguments = []
    for name in ("hello", "storage", "hooks"):
        module = folder / f"{name}.wasm"
        module.write_bytes(built(LISTINGS / name))
        arguments += ["--plugin", str(module)]
    with plugin_server(*arguments) as server:
        yield server


@pytest.fixture
def client(server: PluginServer) -> Client:
    client = server.client()
    client.ask("FLUSHALL")
    return client


def failure(client: Client, *request: bytes | str) -> str:
    reply = client.ask(*request)
    assert isinstance(reply, CommandError)
    return reply.text


def memory(client: Client) -> bytes:
    found = re.search(rb"plugins_memory_bytes:(\d+)", client.ask("INFO", "plugins"))
    assert found
    return found[1]


def test_hello(client: Client) -> None:
    assert client.ask("HELLO.WORLD") == b"Hello, World!"
    assert client.ask("HELLO.WORLD", "Alice") == b"Hello, Alice!"
    assert client.ask("HELLO.WORLD", "") == b"Hello, !"
    assert client.ask("HELLO.WORLD", "a\0b\r\n\u00e9") == "Hello, a\0b\r\n\u00e9!".encode()
    assert client.ask("HELLO.WORLD", b"\xff\xfe") == b"Hello, World!", "as_str() is None"


def test_count(client: Client) -> None:
    assert [client.ask("HELLO.COUNT", "n") for _ in range(3)] == [1, 2, 3]
    assert client.ask("GET", "n") == b"3"
    assert failure(client, "HELLO.COUNT") == "ERR Missing key argument"
    assert failure(client, "HELLO.COUNT", b"\xff") == "ERR Key must be a string"
    client.ask("RPUSH", "list", "a")
    wrong = "WRONGTYPE Operation against a key holding the wrong kind of value"
    assert failure(client, "HELLO.COUNT", "list") == wrong
    client.ask("SET", "text", "abc")
    assert client.ask("HELLO.COUNT", "text") == 1, "the listing takes any text for 0"
    assert client.ask("HELLO.COUNT", "") == 1


def test_storage_access(client: Client) -> None:
    client.ask("SET", "mykey", "before")
    assert client.ask("STORAGE.ACCESS") == 0
    assert client.ask("GET", "mykey") == b"before"
    assert 0 < client.ask("TTL", "mykey") <= 3600
    client.ask("DEL", "mykey")
    assert failure(client, "STORAGE.ACCESS") == "ERR null is no value of a string key"
    assert client.ask("EXISTS", "mykey") == 0, "what a failed command wrote is undone"


def test_hooks(client: Client) -> None:
    assert "Cannot write to protected keys" in failure(client, "SET", "protected:a", "1")
    assert client.ask("EXISTS", "protected:a") == 0
    assert client.ask("SET", b"\xffprotected:", "1") == "OK"
    client.ask("SET", "gone", "1", "PX", "1")
    until(lambda: b"INFO Key expired: gone" in client.ask("PLUGIN.LOG", "hooks"))


def test_huge_arguments(client: Client) -> None:
    megabyte = b"x" * (1 << 20)
    assert client.ask("HELLO.WORLD", megabyte) == b"Hello, " + megabyte + b"!"
    assert failure(client, "HELLO.WORLD", b"x" * (100 << 20))
    assert client.ask("HELLO.WORLD", "again") == b"Hello, again!"


def test_many_calls_leave_memory_where_it_was(client: Client) -> None:
    for _ in range(1000):
        client.ask("HELLO.COUNT", "n")
    before = memory(client)
    for _ in range(CALLS // 100):
        for _ in range(100):
            client.send("HELLO.COUNT", "n")
        for _ in range(100):
            client.receive()
    assert client.ask("HELLO.COUNT", "n") == 1001 + CALLS // 100 * 100
    assert memory(client) == before


def test_where_the_wrappers_are() -> None:
    assert {path.name for path in LISTINGS.iterdir() if path.is_dir()} == set(WRAPPERS.values())
    assert not [path for path in LISTINGS.rglob("*") if path.is_symlink()], Path(LISTINGS)
