"""Pipelines of a plugin's commands through real sockets: nothing is lost, nobody is held up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.c_plugins import manifest_text, write_plugin
from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.real_redis import request_bytes

SOURCE = """
FERRITE_COMMAND(p_add)
{
    long long sum;
    if (ferrite_incr_by("k", 1, 1, &sum) < 0)
        return ferrite_fail();
    return ferrite_reply_int(sum);
}
FERRITE_COMMAND(p_spin)
{
    long long turns;
    volatile long long i;
    if (ferrite_arg_i64(0, &turns) < 0)
        return ferrite_fail();
    for (i = 0; i < turns; i++)
        ;
    return ferrite_reply_int(i);
}
FERRITE_COMMAND(p_look)
{
    long long turns;
    volatile long long i;
    if (ferrite_arg_i64(0, &turns) < 0)
        return ferrite_fail();
    for (i = 0; i < turns; i++)
        ;
    return ferrite_reply_int(ferrite_exists("seen", 4));
}
FERRITE_COMMAND(p_size)
{
    return ferrite_reply_int(ferrite_arg_read(0, (char *)0, 0));
}
"""
COMMANDS = ["P.ADD", "P.SPIN", "P.LOOK", "P.SIZE"]
SHORT, LONG = "20000", "400000"
"""Turns of a call that gives way at least once, and of one that does so often."""
MANY = 500


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PluginServer]:
    config = tmp_path / "ferrite.toml"
    config.write_text('[plugins]\nslice_ms = 1\nenable_plugin_command = "yes"\n')
    path = write_plugin(tmp_path / "p", SOURCE, manifest_text(COMMANDS))
    with plugin_server("--config", str(config), "--dir", str(tmp_path)) as made:
        assert made.client().ask("PLUGIN.LOAD", "p", str(path)) == "OK"
        yield made


def send_all(client: Client, *requests: tuple[str, ...]) -> None:
    items = (tuple(item.encode() for item in request) for request in requests)
    client.send_bytes(b"".join(map(request_bytes, items)))


@pytest.fixture(params=[2, 3])
def client(server: PluginServer, request: pytest.FixtureRequest) -> Client:
    return server.client(request.param)


def test_long_pipelines_are_answered_whole(client: Client) -> None:
    send_all(client, *[("P.ADD",)] * 5000, ("PING",), *[("P.ADD",)] * 700)
    assert [client.receive() for _ in range(5000)] == list(range(1, 5001))
    assert client.receive() == "PONG"
    assert [client.receive() for _ in range(700)] == list(range(5001, 5701))


def test_large_requests_are_answered_whole(client: Client) -> None:
    send_all(client, *[("P.SIZE", "x" * 3_000_000)] * 8)
    assert [client.receive() for _ in range(8)] == [3_000_000] * 8
    assert client.ask("PING") == "PONG"


def test_requests_behind_a_call_that_gives_way(client: Client) -> None:
    client.send("P.SPIN", LONG)
    client.send("PING")
    spin = request_bytes((b"P.ADD",))
    client.send_bytes(spin[:9])
    assert client.receive() == int(LONG)
    assert client.receive() == "PONG"
    client.send_bytes(spin[9:])
    assert client.receive() == 1


def test_replies_in_front_of_a_long_call_do_not_wait_for_it(
    server: PluginServer, client: Client
) -> None:
    client.ask("SET", "a", "b")
    send_all(client, ("GET", "a"), ("P.ADD",), ("P.SPIN", "1000000000000"))
    assert [client.receive(), client.receive()] == [b"b", 1]
    other = server.client()
    while other.ask("PLUGIN.KILL", "p") != "OK":
        pass
    assert "killed" in refusal(client.receive())


def test_a_client_that_sends_no_more_is_answered_and_closed(client: Client) -> None:
    send_all(client, ("P.SPIN", LONG), ("P.ADD",))
    client.send_no_more()
    assert [client.receive(), client.receive()] == [int(LONG), 1]
    with pytest.raises(ConnectionError):
        client.receive()


def test_others_have_their_turn_between_long_calls(server: PluginServer, client: Client) -> None:
    other = server.client()
    send_all(client, *[("P.LOOK", SHORT)] * MANY)
    assert client.receive() == 0
    assert other.ask("SET", "seen", "1") == "OK"
    assert [client.receive() for _ in range(MANY - 1)][-1] == 1


def test_rights_that_are_taken_away_hold_for_what_is_still_to_come(
    server: PluginServer, client: Client
) -> None:
    other = server.client()
    other.ask("ACL", "SETUSER", "bob", "on", "nopass", "~*", "+@all")
    client.ask("AUTH", "bob", "x")
    send_all(client, *[("P.SPIN", SHORT)] * MANY)
    assert client.receive() == int(SHORT)
    assert other.ask("ACL", "SETUSER", "bob", "-p.spin") == "OK"
    replies = [client.receive() for _ in range(MANY - 1)]
    assert "NOPERM" in refusal(replies[-1])


def test_a_client_that_is_killed_takes_nothing(server: PluginServer) -> None:
    for _ in range(10):
        victim, killer, other = (server.client() for _ in range(3))
        number = str(victim.ask("CLIENT", "ID"))
        send_all(victim, ("P.ADD",), ("BLPOP", "l", "0"))
        send_all(killer, ("P.ADD",), ("CLIENT", "KILL", "ID", number))
        assert isinstance(killer.receive(), int)
        assert killer.receive() == 1
        assert other.ask("RPUSH", "l", "x") == 1
        assert other.ask("LPOP", "l") == b"x"
        other.ask("DEL", "l")
