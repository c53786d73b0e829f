"""plugins/ts-validate through a real socket: as committed, and as AssemblyScript builds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.guest_projects import built
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, plugin_server
from tests.support.require import require
from tests.support.samples import FOLDER, sample_file

NAME = "ts-validate"


@pytest.fixture(scope="module", params=[2, 3])
def connection(request: pytest.FixtureRequest) -> Iterator[Client]:
    with plugin_server("--plugin", str(sample_file(NAME))) as server:
        yield server.client(request.param)


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


def test_the_committed_module_is_what_its_source_gives() -> None:
    require("assemblyscript")
    assert sample_file(NAME).read_bytes() == built(FOLDER / NAME)


def test_checks(client: Client) -> None:
    assert client.ask("VALIDATE.KINDS") == [b"date", b"email", b"integer", b"number", b"uuid"]
    for kind, text, valid in (
        ("date", "2024-02-29", 1),
        ("date", "2026-02-29", 0),
        ("email", "a@b.example", 1),
        ("email", "a@b", 0),
        ("integer", "-7", 1),
        ("integer", b"\xff", 0),
        ("number", "1.5", 1),
        ("number", "x" * 1_000_000, 0),
    ):
        assert client.ask("VALIDATE.CHECK", kind, text) == valid, (kind, text)
    assert refusal(client.ask("VALIDATE.CHECK", "colour", "red")).startswith(
        "ERR there is no kind 'colour'"
    )


def test_the_parts_of_an_address(client: Client) -> None:
    found = client.ask("VALIDATE.EMAIL", "alice@Example.org")
    pairs = {b"local": b"alice", b"domain": b"example.org"}
    assert found in (pairs, [b"local", b"alice", b"domain", b"example.org"])
    assert client.ask("VALIDATE.EMAIL", "nobody") is None


def test_writes_are_refused(client: Client) -> None:
    assert client.ask("SET", "valid:integer:a", "12") == "OK"
    assert client.ask("INCR", "valid:integer:a") == 13
    refused = "ERR the value of valid:integer:a is no integer"
    for request in (
        "SET valid:integer:a x",
        "APPEND valid:integer:a x",
        "GETSET valid:integer:a x",
    ):
        assert refusal(client.ask(*request.split())) == refused, request
    assert client.ask("GET", "valid:integer:a") == b"13"
    assert refusal(client.ask("RPUSH", "valid:date:l", "x")).endswith("valid:date:l is no date")
    assert client.ask("SET", "valid:other", "x") == "OK"
    assert client.ask("SET", "valid:colour:a", "x") == "OK"
    assert client.ask("DEL", "valid:integer:a") == 1
