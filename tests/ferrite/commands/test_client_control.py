from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.served import Served, served


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served() as running:
        yield running


def test_kill_by_id_and_by_address(server: Served) -> None:
    one, two, three = server.peer(), server.peer(), server.peer()
    number = two.ask("CLIENT ID")
    assert one.ask(f"CLIENT KILL ID {number}") == 1
    assert two.rest() == b""
    address = "{}:{}".format(*three.socket.getsockname())
    assert one.ask(f"CLIENT KILL {address}") == "OK"
    assert three.rest() == b""
    assert one.ask(f"CLIENT KILL ID {one.ask('CLIENT ID')} SKIPME no") == 1
    assert one.rest() == b""


def test_pause_lets_writes_wait_and_reads_pass(server: Served) -> None:
    one, two = server.peer(), server.peer()
    assert one.ask("CLIENT PAUSE 100000 WRITE") == "OK"
    two.send(b"GET k\r\nSET k 1\r\nGET k\r\n")
    assert two.reply() is None
    server.until(lambda: len(server.app.state.pause) == 1)
    assert one.ask("CLIENT UNPAUSE") == "OK"
    assert two.reply() == "OK"
    assert two.reply() == b"1"


def test_reply_off_skip_and_on(server: Served) -> None:
    peer = server.peer()
    peer.send(
        b"CLIENT REPLY SKIP\r\nPING one\r\nPING two\r\nCLIENT REPLY OFF\r\nPING three\r\n"
        b"CLIENT REPLY ON\r\nPING four\r\n"
    )
    assert [peer.reply() for _ in range(3)] == [b"two", "OK", b"four"]


def test_unblock(server: Served) -> None:
    one, two = server.peer(), server.peer()
    number = two.ask("CLIENT ID")
    two.send(b"BLPOP none 0\r\n")
    server.until(lambda: len(server.app.state.blocked))
    assert one.ask(f"CLIENT UNBLOCK {number} ERROR") == 1
    assert two.reply().text == "UNBLOCKED client unblocked via CLIENT UNBLOCK"
