"""The manifest that the Rust SDK's attributes make: what the script's own one says, and served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.plugins.manifest import SECTION_NAME, Manifest, parse_manifest
from tests.support.echo_server import echo
from tests.support.guest_projects import built
from tests.support.plugin_server import Client, plugin_server
from tests.support.require import ROOT, require
from wasm_vm import load

FOLDER = ROOT / "tests" / "sdk"


@pytest.fixture(scope="module")
def module() -> bytes:
    require("rust-wasi")
    return built(FOLDER / "projects" / "rust")


@pytest.fixture(scope="module")
def made(module: bytes) -> Manifest:
    return parse_manifest((load(module).module.custom(SECTION_NAME) or b"").decode(), "section")


@pytest.fixture(scope="module")
def client(module: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("made") / "api.wasm"
    path.write_bytes(module)
    with plugin_server("--plugin", str(path)) as server:
        yield server.client(3)


def written() -> Manifest:
    path: Path = FOLDER / "api.toml"
    return parse_manifest(path.read_text(), path.name)


@pytest.mark.parametrize("array", ["data_types", "hooks", "transformers", "storage_backends"])
def test_tables(made: Manifest, array: str) -> None:
    assert getattr(made, array)
    assert getattr(made, array) == getattr(written(), array)


def test_permissions(made: Manifest) -> None:
    assert set(made.permissions) == set(written().permissions)
    assert len(made.permissions) == len(set(made.permissions)), "each once"


def test_transformers_and_a_backend_are_served(client: Client) -> None:
    client.ask("SET", "up:a", b"abc\xff")
    client.ask("SET", "turn:a", b"abc\xff")
    client.ask("SET", "kept:a", b"abc\xff")
    assert client.ask("MGET", "up:a", "turn:a") == [b"ABC\xff", b"abc\xff"]
    assert client.ask("GET", "kept:a") == b"abc\xff"
    assert client.ask("HGETALL", "kept") == {b"kept:a": b"abc\xff"}


def test_a_right_that_an_attribute_narrows(client: Client) -> None:
    with echo() as port:
        assert client.ask("API.TCP", "127.0.0.1", str(port), "é", "1") == "é".encode()
        refused = client.ask("API.TCP", "localhost", str(port), "x", "1")
    assert refused.text.startswith("NOPERM")
