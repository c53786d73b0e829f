from __future__ import annotations

from collections.abc import Callable

from ferrite.keyspace.databases import Databases
from ferrite.protocol.replies import Push
from ferrite.session import Session
from ferrite.tracking import Tracking, TrackingTable
from tests.ferrite.test_pubsub import client


class World:
    def __init__(self) -> None:
        self.databases = Databases(1)
        self.sessions: dict[int, Session] = {}
        self.later: list[Callable[[], None]] = []
        self.keys_max = 0
        self.table = TrackingTable(
            self.databases,
            self.sessions,
            lambda: self.keys_max,
            lambda _, callback: self.later.append(callback),
        )
        self.session, self.link = client(1, 3)
        self.sessions[1] = self.session


def test_told_once_for_each_reading() -> None:
    world = World()
    world.table.start(world.session, Tracking())
    world.table.remember(world.session, [b"k"])
    world.databases[0].set(b"k", b"1")
    world.databases[0].set(b"k", b"2")
    assert world.link.sent == [Push([b"invalidate", [b"k"]])]
    world.table.stop(world.session)
    assert not world.databases[0]._listeners


def test_broadcast_by_prefix_in_one_message() -> None:
    world = World()
    world.table.start(world.session, Tracking(broadcast=True, prefixes=[b"a"]))
    for key in (b"a1", b"b1", b"a2"):
        world.databases[0].set(key, b"")
    (tell,) = world.later
    tell()
    assert world.link.sent == [Push([b"invalidate", [b"a1", b"a2"]])]


def test_bounds_and_broken_redirection() -> None:
    world = World()
    world.table.start(world.session, Tracking(redirect=7))
    world.table.remember(world.session, [b"a", b"b"])
    world.keys_max = 1
    world.table.limit()
    assert list(world.table.keys) == [b"b"]
    assert world.link.sent == [Push([b"tracking-redir-broken", 7])]
    assert world.session.tracking is not None
    assert world.session.tracking.redirect_broken


def test_who_wants_no_news_of_own_changes_hears_of_keys_that_are_too_many() -> None:
    world = World()
    world.table.start(world.session, Tracking(no_loop=True))
    world.table.remember(world.session, [b"a", b"b"])
    world.table.current = world.session
    world.keys_max = 1
    world.table.limit()
    assert world.link.sent == [Push([b"invalidate", [b"a"]])]
    assert world.table.current is world.session
