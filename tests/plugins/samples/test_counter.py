"""plugins/counter through a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_server


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    build, protocol = request.param
    with sample_server("counter", tmp_path_factory.mktemp("counter"), build) as server:
        yield server.client(protocol)


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


def test_counting(client: Client) -> None:
    assert [client.ask("COUNTER.INCR", "c") for _ in range(3)] == [1, 2, 3]
    assert client.ask("COUNTER.INCR", "c", "40") == 43
    assert client.ask("COUNTER.INCR", "c", "-50") == -7
    assert client.ask("GET", "c") == b"-7"
    assert client.ask("INCR", "c") == -6
    assert client.ask("COUNTER.GET", "c") == -6
    assert client.ask("COUNTER.GET", "none") == 0
    assert client.ask("EXISTS", "none") == 0


def test_a_counter_that_is_reset_is_gone(client: Client) -> None:
    client.ask("COUNTER.INCR", "c", "9")
    assert client.ask("COUNTER.RESET", "c") == 9
    assert client.ask("EXISTS", "c") == 0
    assert client.ask("COUNTER.RESET", "c") == 0


def test_a_counter_keeps_its_time_to_live(client: Client) -> None:
    client.ask("SET", "c", "1", "EX", "100")
    client.ask("COUNTER.INCR", "c")
    assert 0 < client.ask("TTL", "c") <= 100


def test_errors_are_those_of_incr(client: Client) -> None:
    client.ask("SET", "word", "x")
    client.ask("SET", "most", "9223372036854775807")
    client.ask("RPUSH", "list", "a")
    for request in (["word"], ["most"], ["list"], ["c", "x"], ["c", "1.5"]):
        incr = ["INCR", *request] if len(request) == 1 else ["INCRBY", *request]
        assert refusal(client.ask("COUNTER.INCR", *request)) == refusal(client.ask(*incr)), request
    assert refusal(client.ask("COUNTER.GET", "word")) == refusal(client.ask("INCR", "word"))
    assert refusal(client.ask("COUNTER.GET", "list")) == refusal(client.ask("INCR", "list"))
    assert refusal(client.ask("COUNTER.RESET", "word")) == refusal(client.ask("INCR", "word"))
    assert client.ask("GET", "word") == b"x"
    client.ask("SET", "long", "1" * 21)
    assert "not an integer" in refusal(client.ask("COUNTER.GET", "long"))
    assert refusal(client.ask("COUNTER.INCR", "k" * 1025)) == "ERR The key is too long"


def test_mymget_is_mget(client: Client) -> None:
    client.ask("MSET", "a", "1", "b", "x" * 300_000, "c", "\r\n")
    client.ask("RPUSH", "list", "a")
    keys = ["a", "none", "b", "list", "c", "a"]
    assert client.ask("MYMGET", *keys) == client.ask("MGET", *keys)
    wrong = "ERR wrong number of arguments for 'mymget' command"
    assert refusal(client.ask("MYMGET")) == wrong
    assert refusal(client.ask("MYMGET", *["k" * 1000] * 70)) == "ERR There are too many keys"


def test_what_the_server_says_of_the_commands(client: Client) -> None:
    infos = client.ask("COMMAND", "INFO", "COUNTER.INCR", "COUNTER.GET", "COUNTER.RESET", "MYMGET")
    found = {info[0]: (info[1], set(map(str, info[2])), *info[3:6]) for info in infos}
    write = {"write", "denyoom", "module", "fast"}
    assert found[b"counter.incr"] == (-2, write, 1, 1, 1)
    assert found[b"counter.get"] == (2, {"readonly", "module", "fast"}, 1, 1, 1)
    assert found[b"counter.reset"] == (2, {"write", "module", "fast"}, 1, 1, 1)
    assert found[b"mymget"] == (-2, {"readonly", "module", "fast"}, 1, -1, 1)
    assert client.ask("COMMAND", "GETKEYS", "MYMGET", "a", "b") == [b"a", b"b"]
