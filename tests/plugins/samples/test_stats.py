"""plugins/stats through a real socket."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_server


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, int]]:
    build, protocol = request.param
    with sample_server("stats", tmp_path_factory.mktemp("stats"), build) as server:
        yield server.client(protocol), protocol


@pytest.fixture
def client(connection: tuple[Client, int]) -> Client:
    connection[0].ask("FLUSHALL")
    return connection[0]


def figures(client: Client, key: str) -> dict[bytes, Any]:
    found = pairs(client.ask("STATS.GET", key))
    return {name: float(value) for name, value in found.items()}


def test_the_figures_of_a_series(client: Client, connection: tuple[Client, int]) -> None:
    assert client.ask("STATS.ADD", "s", "3", "-1.5") == 2
    assert client.ask("STATS.ADD", "s", "4.5") == 3
    whole = {b"count": 3, b"sum": 6.0, b"mean": 2.0, b"min": -1.5, b"max": 4.5}
    assert figures(client, "s") == whole
    reply = client.ask("STATS.GET", "s")
    if connection[1] == 3:
        assert reply == whole
        assert isinstance(reply[b"sum"], float)
    else:
        assert reply == [
            *(b"count", 3, b"sum", b"6", b"mean", b"2", b"min", b"-1.5", b"max", b"4.5")
        ]
    assert client.ask("STATS.GET", "none") is None


def test_any_series(client: Client) -> None:
    chance = random.Random(1)
    numbers = [chance.uniform(-1e6, 1e6) for _ in range(200)]
    for number in numbers:
        client.ask("STATS.ADD", "s", repr(number))
    found = figures(client, "s")
    assert found[b"count"] == len(numbers)
    assert found[b"min"] == min(numbers)
    assert found[b"max"] == max(numbers)
    total = 0.0
    for number in numbers:
        total += number
    assert found[b"sum"] == pytest.approx(total, rel=1e-15)
    assert found[b"mean"] == pytest.approx(total / len(numbers), rel=1e-15)


def test_a_number_that_is_none_adds_nothing(client: Client) -> None:
    client.ask("STATS.ADD", "s", "1")
    for bad in ("x", "", "1e", "nan", "inf", "-inf"):
        message = refusal(client.ask("STATS.ADD", "s", "5", bad))
        nans = {"inf": "value is NaN or Infinity", "-inf": "value is NaN or Infinity"}
        assert message == f"ERR {nans.get(bad, 'value is not a valid float')}", bad
    assert figures(client, "s")[b"count"] == 1
    refusal(client.ask("STATS.ADD", "new", "x"))
    assert client.ask("EXISTS", "new") == 0


def test_the_type(client: Client) -> None:
    client.ask("STATS.ADD", "s", "1")
    assert client.ask("TYPE", "s") == "STATS"
    assert client.ask("OBJECT", "ENCODING", "s") == b"stats"
    assert client.ask("COPY", "s", "t") == 1
    client.ask("STATS.ADD", "t", "3")
    assert figures(client, "s")[b"count"] == 1
    assert figures(client, "t")[b"mean"] == 2
    wrong = "WRONGTYPE Operation against a key holding the wrong kind of value"
    client.ask("SET", "string", "1")
    assert refusal(client.ask("STATS.ADD", "string", "1")) == wrong
    assert refusal(client.ask("STATS.GET", "string")) == wrong
    assert refusal(client.ask("GET", "s")) == wrong


def test_safe_divide(client: Client, connection: tuple[Client, int]) -> None:
    reply = client.ask("SAFE.DIVIDE", "1", "8")
    assert reply == (0.125 if connection[1] == 3 else b"0.125")
    assert float(client.ask("SAFE.DIVIDE", "-6", "3")) == -2
    assert float(client.ask("SAFE.DIVIDE", "1e300", "1e-5")) == 1e305
    for divisor in ("0", "0.0", "-0", "0e5"):
        assert refusal(client.ask("SAFE.DIVIDE", "1", divisor)) == "ERR division by zero"
    for dividend, divisor in (("1e300", "1e-300"), ("inf", "2"), ("inf", "inf")):
        message = refusal(client.ask("SAFE.DIVIDE", dividend, divisor))
        assert message == "ERR the quotient would be NaN or Infinity"
    assert refusal(client.ask("SAFE.DIVIDE", "x", "1")) == "ERR value is not a valid float"
    wrong = "ERR wrong number of arguments for 'safe.divide' command"
    assert refusal(client.ask("SAFE.DIVIDE", "1")) == wrong
