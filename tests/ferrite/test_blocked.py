from __future__ import annotations

from ferrite.blocked import BlockedClients
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.lists import List
from ferrite.pending import Pending
from ferrite.protocol.replies import NULL_ARRAY, Reply
from tests.support.several_clients import Loop


class World:
    """A database and clients that wait for the first element of a list."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.keyspace = Keyspace()
        self.blocked = BlockedClients(self.loop.call_later)
        self.sessions = 0

    def wait(self, *keys: bytes, timeout: float = 0) -> Pending:
        self.sessions += 1
        return self.blocked.block(
            self.sessions, self.keyspace, keys, self.pop, timeout=timeout, timed_out=NULL_ARRAY
        )

    def pop(self, key: bytes) -> Reply:
        if self.keyspace.find(key, List) is None:
            return None
        found = self.keyspace.edit(key, List)
        (element,) = found.pop_left()
        self.keyspace.edited(key, found)
        return element

    def push(self, key: bytes, *elements: bytes) -> None:
        found = self.keyspace.edit(key, List)
        found.push_right(*elements)
        self.keyspace.edited(key, found)


def test_who_came_first_is_served_first() -> None:
    world = World()
    first, second, third = world.wait(b"a"), world.wait(b"b", b"a"), world.wait(b"a")
    world.push(b"a", b"1", b"2")
    assert not first.done
    world.blocked.serve_ready()
    assert (first.value, second.value, third.done) == (b"1", b"2", False)
    assert len(world.blocked) == 1
    assert b"a" not in world.keyspace


def test_a_client_is_served_once_and_forgotten_at_all_its_keys() -> None:
    world = World()
    pending = world.wait(b"a", b"b", b"a")
    world.push(b"b", b"1")
    world.push(b"a", b"2")
    world.blocked.serve_ready()
    assert pending.value == b"1"
    assert world.keyspace.find(b"a", List) is not None
    assert len(world.blocked) == 0


def test_nobody_listens_while_nobody_waits() -> None:
    world = World()
    assert not world.keyspace._listeners
    pending = world.wait(b"a", b"b")
    assert len(world.keyspace._listeners) == 1
    world.push(b"c", b"1")
    assert not world.blocked.ready
    world.push(b"a", b"1")
    world.blocked.serve_ready()
    assert pending.done
    assert not world.keyspace._listeners


def test_time_is_over() -> None:
    world = World()
    pending, patient = world.wait(b"a", timeout=1.5), world.wait(b"a")
    world.loop.advance(1.4)
    assert not pending.done
    world.loop.advance(0.2)
    assert pending.value is NULL_ARRAY
    world.push(b"a", b"1")
    world.blocked.serve_ready()
    assert patient.value == b"1"


def test_a_served_client_has_no_timer_left() -> None:
    world = World()
    pending = world.wait(b"a", timeout=1)
    world.push(b"a", b"1")
    world.blocked.serve_ready()
    world.loop.advance(5)
    assert pending.value == b"1"


def test_a_client_that_has_gone_takes_nothing() -> None:
    world = World()
    gone, there = world.wait(b"a"), world.wait(b"a")
    gone.abandon()
    assert gone.done
    world.push(b"a", b"1")
    world.blocked.serve_ready()
    assert there.value == b"1"


def test_unblock() -> None:
    world = World()
    first, second = world.wait(b"a"), world.wait(b"a")
    assert 1 in world.blocked
    assert world.blocked.unblock(1, error=False)
    assert first.value is NULL_ARRAY
    assert world.blocked.unblock(2, error=True)
    assert isinstance(second.value, CommandError)
    assert second.value.text.startswith("UNBLOCKED ")
    assert not world.blocked.unblock(2, error=True)
    assert 1 not in world.blocked


def test_a_write_that_is_rolled_back_serves_nobody() -> None:
    world = World()
    pending = world.wait(b"a")
    world.keyspace.journal.begin()
    world.push(b"a", b"1")
    world.keyspace.journal.rollback()
    world.blocked.serve_ready()
    assert not pending.done
    world.keyspace.journal.begin()
    world.push(b"a", b"2")
    assert not world.blocked.ready
    world.keyspace.journal.commit()
    world.blocked.serve_ready()
    assert pending.value == b"2"


def test_an_error_of_the_attempt_is_the_reply() -> None:
    world = World()

    def fail(_: bytes) -> Reply:
        raise CommandError.wrong_type()

    pending = world.blocked.block(9, world.keyspace, [b"a"], fail, timeout=0, timed_out=None)
    world.push(b"a", b"1")
    world.blocked.serve_ready()
    assert isinstance(pending.value, CommandError)
