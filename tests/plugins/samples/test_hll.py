"""plugins/hll through a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_server

WRONG = "WRONGTYPE Operation against a key holding the wrong kind of value"
ERROR_MAX = 0.05
"""Three times the standard error of 4096 registers."""


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    build, protocol = request.param
    with sample_server("hll", tmp_path_factory.mktemp("hll"), build) as server:
        yield server.client(protocol)


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


def add(client: Client, key: str, first: int, end: int) -> None:
    for start in range(first, end, 500):
        items = [f"item:{n}" for n in range(start, min(start + 500, end))]
        client.ask("HLL.ADD", key, *items)


def test_few_items_are_counted_exactly(client: Client) -> None:
    assert client.ask("HLL.COUNT", "none") == 0
    assert client.ask("EXISTS", "none") == 0
    assert client.ask("HLL.ADD", "h") == 1, "as PFADD does, it makes the key"
    assert client.ask("HLL.ADD", "h") == 0
    assert client.ask("HLL.COUNT", "h") == 0
    for count, item in enumerate(("a", "b", "", "\x00", "c"), 1):
        assert client.ask("HLL.ADD", "h", item) == 1
        assert client.ask("HLL.ADD", "h", item) == 0
        assert client.ask("HLL.COUNT", "h") == count


@pytest.mark.parametrize("count", [100, 3000, 20000])
def test_many_items_are_counted_about(client: Client, count: int) -> None:
    add(client, "h", 0, count)
    found = client.ask("HLL.COUNT", "h")
    assert abs(found - count) <= count * ERROR_MAX
    add(client, "h", 0, min(count, 1000))
    assert client.ask("HLL.COUNT", "h") == found, "they were there"


def test_several_together(client: Client) -> None:
    add(client, "a", 0, 2000)
    add(client, "b", 1000, 3000)
    both = client.ask("HLL.COUNT", "a", "b", "none")
    assert abs(both - 3000) <= 3000 * ERROR_MAX
    assert client.ask("HLL.MERGE", "c", "a", "b") == "OK"
    assert client.ask("HLL.COUNT", "c") == both
    assert client.ask("HLL.MERGE", "a", "b") == "OK"
    assert client.ask("HLL.COUNT", "a") == both, "the destination counts too"
    assert client.ask("HLL.MERGE", "new", "none") == "OK"
    assert client.ask("TYPE", "new") == "HLL"


def test_other_types_are_refused(client: Client) -> None:
    client.ask("SET", "string", "x")
    client.ask("HLL.ADD", "h", "a")
    for request in ("ADD string x", "COUNT string", "COUNT h string", "MERGE string h",
                    "MERGE h string"):  # fmt: skip
        assert refusal(client.ask(*f"HLL.{request}".split())) == WRONG, request
    wrong = "ERR wrong number of arguments for 'hll.merge' command"
    assert refusal(client.ask("HLL.MERGE", "a")) == wrong
    assert client.ask("COMMAND", "GETKEYS", "HLL.MERGE", "a", "b") == [b"a", b"b"]
