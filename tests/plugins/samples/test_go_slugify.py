"""plugins/go-slugify through a real socket: as committed, and as Go builds it here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ferrite.plugins.toolchains import build_plugin
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.require import require
from tests.support.samples import FOLDER, sample_file

NAME = "go-slugify"


@pytest.fixture(scope="module", params=["committed", "go"])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    module = sample_file(NAME)
    if request.param == "go":
        require("go")
        module = build_plugin(FOLDER / NAME, tmp_path_factory.mktemp(NAME) / f"{NAME}.wasm")
    with plugin_server("--plugin", str(module)) as server:
        yield server.client()


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


def test_slugs(client: Client) -> None:
    assert client.ask("SLUG.MAKE", "Crème brûlée & more") == b"creme-brulee-and-more"
    assert client.ask("SLUG.MAKE", "Ärger mit Straßen") == b"aerger-mit-strassen"
    assert client.ask("SLUG.MAKE", "one two three", "8") == b"one-two"
    assert client.ask("SLUG.MAKE", "one two three", "7") == b"one-two"
    assert client.ask("SLUG.MAKE", b"\xff\x00") == b""
    assert len(client.ask("SLUG.MAKE", "x" * 1_000_000)) == 80
    assert refusal(client.ask("SLUG.MAKE", "a", "b")).startswith("ERR value is not an integer")
    assert refusal(client.ask("SLUG.MAKE", "a", "0")) == "ERR the length must be positive"


def test_storing(client: Client) -> None:
    assert client.ask("SLUG.STORE", "k", "Hello, World!") == b"hello-world"
    assert client.ask("GET", "k") == b"hello-world"
    assert "no letter" in refusal(client.ask("SLUG.STORE", "k", "!"))
    assert client.ask("GET", "k") == b"hello-world"


def test_each_owner_has_a_slug_of_its_own(client: Client) -> None:
    owners = ("1", "2", "1", "3", "2")
    slugs = [client.ask("SLUG.UNIQUE", "slugs", owner, "News!") for owner in owners]
    assert slugs == [b"news", b"news-2", b"news", b"news-3", b"news-2"]
    client.ask("SET", "text", "1")
    assert refusal(client.ask("SLUG.UNIQUE", "text", "1", "a")).startswith("WRONGTYPE")
