"""plugins/protect through a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, PluginServer
from tests.support.samples import BUILDS, sample_server

NO_WRITE, NO_DELETE = "ERR Cannot write to protected keys", "ERR Cannot delete protected keys"


@pytest.fixture(scope="module", params=BUILDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PluginServer]:
    folder = tmp_path_factory.mktemp("protect")
    settings = {"owner": "keeper"}
    with sample_server("protect", folder, request.param, settings=settings) as running:
        running.client().ask("ACL", "SETUSER", "keeper", "on", ">secret", "~*", "&*", "+@all")
        yield running


@pytest.fixture
def keeper(server: PluginServer) -> Client:
    client = server.client()
    assert client.ask("AUTH", "keeper", "secret") == "OK"
    client.ask("FLUSHALL")
    return client


@pytest.mark.parametrize("protocol", [2, 3])
def test_only_the_owner_changes_them(server: PluginServer, keeper: Client, protocol: int) -> None:
    client = server.client(protocol)
    assert refusal(client.ask("SET", "protected:a", "1")) == NO_WRITE
    assert client.ask("EXISTS", "protected:a") == 0
    assert keeper.ask("SET", "protected:a", "1") == "OK"
    assert client.ask("GET", "protected:a") == b"1"
    for request in ("SET protected:a 2", "INCR protected:a", "APPEND protected:a x",
                    "RPUSH protected:l x", "COPY other protected:a REPLACE",
                    "MSET x 1 protected:a 2", "RENAME other protected:a"):  # fmt: skip
        client.ask("SET", "other", "1")
        assert refusal(client.ask(*request.split())) == NO_WRITE, request
    for request in ("DEL protected:a", "UNLINK protected:a", "GETDEL protected:a"):
        assert refusal(client.ask(*request.split())) == NO_DELETE, request
    assert client.ask("GET", "protected:a") == b"1"
    assert client.ask("EXISTS", "x", "protected:l") == 0
    assert client.ask("DEL", "other") == 1
    assert keeper.ask("DEL", "protected:a") == 1


def test_flushing_is_refused(server: PluginServer, keeper: Client) -> None:
    client = server.client()
    client.ask("SET", "other", "1")
    for request in ("FLUSHALL", "FLUSHDB", "FLUSHALL ASYNC"):
        message = refusal(client.ask(*request.split()))
        assert message == "NOPERM Cannot flush while keys are protected"
    assert client.ask("GET", "other") == b"1"
    assert keeper.ask("FLUSHDB") == "OK"
    assert client.ask("EXISTS", "other") == 0


def test_in_a_transaction_one_command_is_refused(server: PluginServer, keeper: Client) -> None:
    client = server.client()
    for request in ("MULTI", "SET a 1", "SET protected:a 1", "INCR a"):
        client.ask(*request.split())
    one, two, three = client.ask("EXEC")
    assert (one, refusal(two), three) == ("OK", NO_WRITE, 2)


def test_without_an_owner_nobody_does(tmp_path_factory: pytest.TempPathFactory) -> None:
    with sample_server("protect", tmp_path_factory.mktemp("nobody")) as server:
        client = server.client()
        assert refusal(client.ask("SET", "protected:a", "1")) == NO_WRITE
        assert client.ask("SET", "a", "1") == "OK"
