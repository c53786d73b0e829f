from __future__ import annotations

from typing import Any

from ferrite.client_memory import CLIENT_BYTES, ClientMemory
from ferrite.session import Session
from tests.support.in_process import InProcess


class Link:
    """A connection with buffers of a given size."""

    descriptor = -1

    def __init__(self, session: Session, memory: ClientMemory) -> None:
        self.input_bytes = self.output_bytes = 0
        self.closed = False
        self._session = session
        self._memory = memory
        session.link = self

    def push(self, message: Any) -> None:
        raise AssertionError

    def disconnect(self) -> None:
        self.closed = True
        self._memory.forget(self._session.id)


def world(limit: int, sizes: list[int]) -> tuple[ClientMemory, list[Link], list[Session]]:
    state = InProcess().state
    state.sessions.clear()
    memory = ClientMemory(state.sessions, state.watches, lambda: limit)
    sessions = [state.connect() for _ in sizes]
    links = [Link(session, memory) for session in sessions]
    for link, size in zip(links, sizes, strict=True):
        link.input_bytes = size
    memory.note_all()
    return memory, links, sessions


def test_buffers_count() -> None:
    memory, links, sessions = world(0, [100, 200])
    assert memory.total == 2 * CLIENT_BYTES + 300
    links[0].output_bytes = 50
    memory.note(sessions[0])
    assert memory.total == 2 * CLIENT_BYTES + 350
    memory.forget(sessions[1].id)
    assert memory.total == CLIENT_BYTES + 150
    memory.evict()
    assert not links[0].closed


def test_the_largest_go_until_the_rest_fits() -> None:
    memory, links, _ = world(4 * CLIENT_BYTES + 6000, [100, 5000, 300, 9000])
    memory.evict()
    assert [link.closed for link in links] == [False, False, False, True]
    assert memory.evicted == 1


def test_what_is_over_is_measured_anew_before_anybody_goes() -> None:
    memory, links, _ = world(4 * CLIENT_BYTES, [1 << 20, 0])
    links[0].input_bytes = 0
    memory.evict()
    assert not links[0].closed


def test_a_protected_client_stays_and_does_not_count() -> None:
    memory, links, sessions = world(2 * CLIENT_BYTES + 500, [10_000, 100, 200])
    sessions[0].no_evict = True
    memory.note(sessions[0])
    memory.evict()
    assert not any(link.closed for link in links)
    assert memory.total == 3 * CLIENT_BYTES + 10_300
    sessions[0].no_evict = False
    memory.note(sessions[0])
    memory.evict()
    assert [link.closed for link in links] == [True, False, False]


def test_what_a_client_has_begun_counts() -> None:
    client = InProcess()
    memory = client.state.memory.clients

    def grown_by(*lines: str) -> int:
        before = memory.measure(client.session)
        for line in lines:
            client.reply(*line.split())
        return memory.measure(client.session) - before

    assert grown_by("WATCH a b c") > 300
    assert grown_by("UNWATCH") < -300
    assert grown_by("SUBSCRIBE x y", "PSUBSCRIBE z") > 300
    assert grown_by("UNSUBSCRIBE", "PUNSUBSCRIBE") < -300
    assert grown_by("CLIENT TRACKING on BCAST PREFIX a PREFIX b") > 200
    assert grown_by("MULTI", "SET k " + "x" * 10_000) > 10_000
    assert grown_by("DISCARD") < -10_000
