from __future__ import annotations

import random
from pathlib import Path

from ferrite.config import RedisOptions
from ferrite.persistence.append_log import AppendLog
from ferrite.server.outbox import Outbox
from tests.support.memory_files import MemoryFiles
from tests.support.served import served
from tests.support.simulated import SimulatedLoop


class Client:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.open = True

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def disconnect(self) -> None:
        self.open = False

    def is_closing(self) -> bool:
        return not self.open


class Given:
    def __init__(self) -> None:
        self.loop = SimulatedLoop(random.Random(1))
        self.files = MemoryFiles()
        self.log = AppendLog(RedisOptions(appendfsync="always"), self.loop, lambda: 0)
        self.log.open(self.files.create("/f"), 0)
        self.outbox = Outbox(self.log)
        self.clients = [Client(), Client()]

    def write(self, client: int, data: bytes) -> None:
        self.outbox.write(self.clients[client], self.clients[client], data)


def test_replies_wait_while_there_are_entries() -> None:
    given = Given()
    given.write(0, b"before")
    given.log.add(0, [b"x"])
    given.write(0, b"a")
    given.write(1, b"b")
    given.write(0, b"c")
    assert [client.sent for client in given.clients] == [[b"before"], []]
    given.loop.end_turn()
    assert [client.sent for client in given.clients] == [[b"before", b"a", b"c"], [b"b"]]


def test_replies_leave_behind_the_sync() -> None:
    given = Given()
    given.log.add(0, [b"x"])
    given.write(0, b"a")
    given.files.before = lambda: None if not given.clients[0].sent else 1 / 0  # type: ignore[return-value]
    given.loop.end_turn()
    assert given.clients[0].sent == [b"a"]


def test_who_has_gone_keeps_nobody_waiting() -> None:
    given = Given()
    given.log.add(0, [b"x"])
    given.write(0, b"a")
    given.write(1, b"b")
    given.clients[0].disconnect()
    given.loop.end_turn()
    assert [client.sent for client in given.clients] == [[], [b"b"]]


def test_who_waited_for_a_write_that_failed_is_closed() -> None:
    given = Given()
    given.files.free_bytes = 0
    given.log.add(0, [b"x"])
    given.write(0, b"a")
    given.loop.end_turn()
    assert (given.clients[0].sent, given.clients[0].open) == ([], False)
    assert given.clients[1].open
    given.log.add(0, [b"DEL"])  # a key that has died meanwhile
    given.write(1, b"b")
    given.loop.end_turn()
    assert (given.clients[1].sent, given.clients[1].open) == ([b"b"], True)


def test_what_waits_leaves_before_a_connection_closes(tmp_path: Path) -> None:
    with served("--dir", str(tmp_path), "--appendonly", "yes") as server:
        peer = server.peer()
        peer.send(b"SET a 1\r\nINCR a\r\nQUIT\r\n")
        assert peer.rest() == b"+OK\r\n:2\r\n+OK\r\n"


def test_what_waits_leaves_when_the_log_is_turned_off(tmp_path: Path) -> None:
    with served("--dir", str(tmp_path), "--appendonly", "yes") as server:
        peer = server.peer()
        peer.send(b"SET a 1\r\nCONFIG SET appendonly no\r\nINCR a\r\n")
        assert [peer.reply() for _ in range(3)] == ["OK", "OK", 2]
        peer.send(b"CONFIG SET appendonly yes\r\nINCR a\r\n")
        assert [peer.reply() for _ in range(2)] == ["OK", 3]
