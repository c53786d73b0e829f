"""plugins/rate-limiter: through a real socket, and with a clock that a test turns."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_file, sample_server
from tests.support.waiting import until

WINDOW = 60_000


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    build, protocol = request.param
    with sample_server("rate-limiter", tmp_path_factory.mktemp("rate"), build) as server:
        yield server.client(protocol)


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


def test_a_limit(client: Client) -> None:
    for left in (2, 1, 0):
        assert client.ask("RATE.LIMIT", "r", "3", str(WINDOW)) == [1, left, 0]
    allowed, left, wait = client.ask("RATE.LIMIT", "r", "3", str(WINDOW))
    assert (allowed, left) == (0, 0)
    assert 0 < wait <= WINDOW
    assert client.ask("RATE.LIMIT", "other", "1", str(WINDOW)) == [1, 0, 0]
    assert client.ask("TYPE", "r") == "RATE"
    assert 0 < client.ask("PTTL", "r") <= WINDOW


def test_peeking_takes_nothing(client: Client) -> None:
    assert client.ask("RATE.PEEK", "r", "1", str(WINDOW)) == [1, 1, 0]
    assert client.ask("EXISTS", "r") == 0
    client.ask("RATE.LIMIT", "r", "1", str(WINDOW))
    assert client.ask("RATE.PEEK", "r", "1", str(WINDOW))[:2] == [0, 0]
    assert client.ask("RATE.PEEK", "r", "2", str(WINDOW)) == [1, 1, 0]


def test_the_window_passes(client: Client) -> None:
    assert client.ask("RATE.LIMIT", "r", "1", "50")[0] == 1
    until(lambda: client.ask("RATE.LIMIT", "r", "1", "50")[0])
    until(lambda: not client.ask("EXISTS", "r"))


def test_refusals(client: Client) -> None:
    for request, message in (
        ("r 0 1", "ERR the limit must be from 1 to 4096"),
        ("r 4097 1", "ERR the limit must be from 1 to 4096"),
        ("r x 1", "ERR the limit must be from 1 to 4096"),
        ("r 1 0", "ERR the window must be from 1 to 31536000000 ms"),
        ("r 1 x", "ERR the window must be from 1 to 31536000000 ms"),
        ("r 1", "ERR wrong number of arguments for 'rate.limit' command"),
    ):
        assert refusal(client.ask("RATE.LIMIT", *request.split())) == message
    client.ask("SET", "s", "x")
    assert refusal(client.ask("RATE.LIMIT", "s", "1", "1")).startswith("WRONGTYPE")
    assert client.ask("EXISTS", "r") == 0


def test_any_schedule_against_a_list_of_moments() -> None:
    """No window ever has more than the limit, and the wait that is told is exact."""
    chance, now = random.Random(4), 1_700_000_000_000
    with plugin_bench() as bench:
        clock = bench.state.databases.clock
        clock._source = lambda: now
        clock.resume()
        bench.load(sample_file("rate-limiter").read_bytes(), "rate-limiter")
        taken: list[int] = []
        for _ in range(300):
            now += chance.choice([0, 1, 3, 10, 40])
            limit, window = chance.choice([1, 3, 5]), 100
            inside = [moment for moment in taken if moment > now - window]
            reply = bench.reply("RATE.LIMIT", "r", str(limit), str(window))
            if len(inside) < limit:
                taken.append(now)
                assert reply == [1, limit - len(inside) - 1, 0]
            else:
                assert reply == [0, 0, inside[len(inside) - limit] + window - now]
