"""plugins/audit-log through a real socket."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.plugin_server import Client, PluginServer
from tests.support.samples import BUILDS, sample_server
from tests.support.waiting import until

LINE = re.compile(r"(\d{13}) (\w+)( client_id=\d+)?( user=\S+)?( address=\S+)?(?: (.*))?")


@pytest.fixture(params=BUILDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PluginServer]:
    folder, settings = tmp_path_factory.mktemp("audit"), {"list": "audit:mine", "length": 20}
    with sample_server("audit-log", folder, request.param, settings=settings) as running:
        yield running


def lines(client: Client) -> list[tuple[str, str]]:
    """Event and what it says, of each line."""
    found = []
    for line in client.ask("LRANGE", "audit:mine", "0", "-1"):
        match = LINE.fullmatch(line.decode())
        assert match is not None, line
        found.append((match[2], match[6] or ""))
    return found


@pytest.mark.parametrize("protocol", [2, 3])
def test_what_changes_is_noted(server: PluginServer, protocol: int) -> None:
    client = server.client(protocol)
    client.ask("SET", "gone", "1")
    client.ask("FLUSHDB")
    assert lines(client) == [("command", "FLUSHDB")], "it took the lines before it as well"
    client.ask("SET", "a", "value")
    client.ask("GET", "a")
    client.ask("MSET", "b\x00", "1", "c", "2")
    client.ask("LPUSH", "a", "x")
    client.ask("DEL", "c")
    found = [said for _, said in lines(client)]
    wrong = "WRONGTYPE Operation against a key holding the wrong kind of value"
    assert found[1:] == ["SET a +1", "MSET b. +3", f"LPUSH a +1 -> {wrong}", "DEL c"]
    last = client.ask("LINDEX", "audit:mine", "-1").decode()
    assert f" client_id={client.ask('CLIENT', 'ID')} user=default address=127.0.0.1:" in last


def test_clients_come_and_go(server: PluginServer) -> None:
    client = server.client()
    assert lines(client)[0] == ("startup", "")
    assert ("connect", "") in lines(client)
    other = server.client()
    other.ask("PING")
    other.close()
    until(lambda: ("disconnect", "") in lines(client))


def test_the_list_is_bounded(server: PluginServer) -> None:
    client = server.client()
    for n in range(50):
        client.ask("SET", f"k{n}", "v")
    found = lines(client)
    assert len(found) == 20
    assert found[-1] == ("command", "SET k49 +1")
    client.ask("SET", "x" * 5000, "v")
    assert len(client.ask("LINDEX", "audit:mine", "-1")) == 1024


def test_a_list_out_of_its_reach_stops_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    with sample_server("audit-log", folder, settings={"list": "elsewhere"}) as server:
        client = server.client()
        assert client.ask("SET", "a", "1") == "OK"
        assert client.ask("EXISTS", "elsewhere") == 0
        log = str(client.ask("PLUGIN.LOG", "audit-log"))
        assert "a line could not be kept" in log
