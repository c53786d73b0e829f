from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.in_process import InProcess
from tests.support.served import Served, served


@pytest.fixture
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def test_replies_come_together() -> None:
    client = InProcess()
    assert client.reply("MULTI") == "OK"
    assert client.reply("SET", "k", "1") == "QUEUED"
    assert client.reply("INCR", "k") == "QUEUED"
    assert client.reply("EXEC") == ["OK", 2]
    assert client.session.transaction is None
    assert client.state.turn.owner is None


def test_a_command_that_answers_later_keeps_the_order_and_the_turn(server: Served) -> None:
    peer, other = server.peer(), server.peer()
    peer.send(b"MULTI\r\nSET k 1\r\nFAKE.WAIT\r\nSET k 2\r\nGET k\r\nEXEC\r\nPING\r\n")
    assert [peer.reply() for _ in range(5)] == ["OK", *["QUEUED"] * 4]
    server.until(lambda: server.waiting)
    other.send(b"SET k other\r\nGET k\r\n")
    server.until(lambda: server.app.state.turn.parked)
    server.resolve(b"late")
    assert peer.reply() == ["OK", b"late", "OK", b"2"]
    assert peer.reply() == "PONG"
    assert other.reply() == "OK"
    assert other.reply() == b"other"
    assert server.app.state.turn.owner is None


def test_a_client_that_goes_while_it_waits(server: Served) -> None:
    peer, other = server.peer(), server.peer()
    peer.send(b"MULTI\r\nFAKE.WAIT\r\nSET k 2\r\nEXEC\r\n")
    assert [peer.reply() for _ in range(3)] == ["OK", "QUEUED", "QUEUED"]
    server.until(lambda: server.waiting and len(server.app.state.sessions) == 2)
    peer.reset()
    server.until(lambda: len(server.app.state.sessions) == 1)
    server.resolve(b"late")
    assert other.ask("GET k") == b"2"
