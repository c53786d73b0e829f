from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import SCAN_ORDER_REST_MS, Keyspace
from ferrite.keyspace.graveyard import GRAVEYARD, LARGE
from ferrite.keyspace.journal import Change


class World:
    """A keyspace, its time, and what its listener heard."""

    def __init__(self) -> None:
        self.now = 1_000_000
        self.keyspace = Keyspace(clock=Clock(lambda: self.now))
        self.heard: list[tuple[Change, bytes]] = []

    def listen(self) -> None:
        self.keyspace.listen(self.hear)

    def hear(self, keyspace: Keyspace, change: Change, key: bytes) -> None:
        assert keyspace is self.keyspace
        self.heard.append((change, key))


@pytest.fixture
def world() -> World:
    return World()


def test_a_key_lives_up_to_its_deadline_and_not_beyond(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"k", b"v")
    keyspace.expire_at(b"k", world.now + 10)
    world.now += 10
    assert keyspace.get(b"k") == b"v"
    world.now += 1
    assert len(keyspace) == 1
    assert keyspace.get(b"k") is None
    assert len(keyspace) == 0
    assert keyspace.expired_keys == 1


@pytest.mark.parametrize(
    "look",
    [
        lambda keyspace: b"k" in keyspace,
        lambda keyspace: keyspace.get(b"k"),
        lambda keyspace: keyspace.read(b"k"),
        lambda keyspace: keyspace.string(b"k"),
        lambda keyspace: keyspace.read_string(b"k"),
        lambda keyspace: keyspace.deadline(b"k"),
        lambda keyspace: keyspace.delete(b"k"),
        lambda keyspace: keyspace.persist(b"k"),
        lambda keyspace: list(keyspace.keys()),
        lambda keyspace: keyspace.scan(0, 10)[1],
        lambda keyspace: keyspace.random_key(),
    ],
)
def test_nobody_sees_a_dead_key(world: World, look: object) -> None:
    world.keyspace.set(b"k", b"v")
    world.keyspace.expire_at(b"k", world.now + 1)
    assert look(world.keyspace)  # type: ignore[operator]
    world.keyspace.set(b"k", b"v")
    world.keyspace.expire_at(b"k", world.now + 1)
    world.now += 2
    assert not look(world.keyspace)  # type: ignore[operator]


def test_set_takes_the_deadline_away_and_update_keeps_it(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"k", b"1")
    keyspace.expire_at(b"k", world.now + 50)
    keyspace.update(b"k", b"2")
    assert keyspace.deadline(b"k") == world.now + 50
    assert keyspace.add(b"k", 1) == 3
    assert keyspace.deadline(b"k") == world.now + 50
    keyspace.set(b"k", b"3")
    assert keyspace.deadline(b"k") is None
    assert keyspace.volatile_keys == 0


def test_adding_to_a_dead_key_starts_anew(world: World) -> None:
    world.keyspace.set(b"k", b"41")
    world.keyspace.expire_at(b"k", world.now + 1)
    world.now += 2
    assert world.keyspace.add(b"k", 1) == 1
    assert world.keyspace.deadline(b"k") is None


@pytest.mark.parametrize(("value", "increment"), [(b"x", 1), (b"9223372036854775807", 1)])
def test_a_failed_add_changes_nothing(world: World, value: bytes, increment: int) -> None:
    world.keyspace.set(b"k", value)
    with pytest.raises(CommandError):
        world.keyspace.add(b"k", increment)
    assert world.keyspace.get(b"k") == value


@pytest.mark.parametrize("name", ["string", "read_string"])
def test_a_value_of_another_type_is_refused(world: World, name: str) -> None:
    world.keyspace.set(b"k", [1])
    with pytest.raises(CommandError, match=r"^WRONGTYPE "):
        getattr(world.keyspace, name)(b"k")


def test_only_reading_counts_hits_and_misses(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"k", b"v")
    keyspace.string(b"k")
    keyspace.get(b"nosuch")
    assert (keyspace.hits, keyspace.misses) == (0, 0)
    keyspace.read_string(b"k")
    keyspace.read(b"k")
    keyspace.read_string(b"nosuch")
    assert (keyspace.hits, keyspace.misses) == (2, 1)


def test_a_deadline_in_the_past_deletes(world: World) -> None:
    world.keyspace.set(b"k", b"v")
    world.listen()
    world.keyspace.expire_at(b"k", world.now)
    assert b"k" not in world.keyspace
    assert world.heard == [(Change.DELETED, b"k")]


def test_a_deadline_of_no_key(world: World) -> None:
    assert not world.keyspace.expire_at(b"k", world.now + 10)
    assert not world.keyspace.expire_at(b"k", world.now - 10)
    assert world.keyspace.volatile_keys == 0


def test_rename_moves_value_and_deadline(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"new", b"old value")
    keyspace.expire_at(b"new", world.now + 7)
    keyspace.set(b"k", b"v")
    keyspace.rename(b"k", b"new")
    assert (keyspace.get(b"new"), keyspace.deadline(b"new")) == (b"v", None)
    keyspace.expire_at(b"new", world.now + 5)
    keyspace.rename(b"new", b"k")
    assert keyspace.deadline(b"k") == world.now + 5
    keyspace.rename(b"k", b"k")
    assert keyspace.deadline(b"k") == world.now + 5
    assert list(keyspace.keys()) == [b"k"]
    with pytest.raises(CommandError, match=r"^ERR no such key$"):
        keyspace.rename(b"nosuch", b"k")


def test_every_change_passes_the_one_notice_point(world: World) -> None:
    keyspace = world.keyspace
    world.listen()
    keyspace.set(b"a", b"1")
    keyspace.update(b"a", b"2")
    keyspace.add(b"a", 1)
    keyspace.expire_at(b"a", world.now + 5)
    keyspace.persist(b"a")
    keyspace.rename(b"a", b"b")
    keyspace.delete(b"b")
    keyspace.delete(b"b")
    keyspace.set(b"c", b"1")
    keyspace.expire_at(b"c", world.now + 5)
    world.now += 6
    keyspace.set(b"c", b"2")
    keyspace.flush()
    assert [f"{change.value} {key.decode()}" for change, key in world.heard] == [
        "written a",
        "written a",
        "written a",
        "deadline a",
        "deadline a",
        "deleted a",
        "written b",
        "deleted b",
        "written c",
        "deadline c",
        "expired c",
        "written c",
        "deleted c",
    ]


def test_a_listener_may_leave(world: World) -> None:
    world.listen()
    world.keyspace.unlisten(world.hear)
    world.keyspace.set(b"a", b"1")
    assert world.heard == []
    with pytest.raises(ValueError, match="not in list"):
        world.keyspace.unlisten(world.hear)


def test_the_active_cycle_removes_so_many_keys_at_a_time(world: World) -> None:
    keyspace = world.keyspace
    for index in range(10):
        keyspace.set(b"%d" % index, b"v")
        for further in (1, 2, 1):
            assert keyspace.expire_at(b"%d" % index, world.now + index + further)
    keyspace.delete(b"0")
    world.now += 6
    assert keyspace.expire_due(3) == 3
    assert keyspace.expire_due(3) == 1
    assert keyspace.expire_due(3) == 0
    assert sorted(keyspace.keys()) == [b"%d" % index for index in range(5, 10)]
    assert keyspace.expired_keys == 4


def test_scanning_sees_what_comes_and_goes(world: World) -> None:
    keyspace = world.keyspace
    for index in range(100):
        keyspace.set(b"%d" % index, b"v")
    cursor, met = keyspace.scan(0, 10)
    keyspace.set(b"new", b"v")
    keyspace.delete(b"5")
    keyspace.rename(b"6", b"renamed")
    while cursor:
        cursor, names = keyspace.scan(cursor, 10)
        met += names
    expected = {b"%d" % index for index in range(100)} - {b"5", b"6"}
    assert expected <= set(met)
    assert len(met) == len(set(met))


def test_scanning_follows_an_undone_change(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"a", b"1")
    keyspace.scan(0, 10)
    keyspace.journal.begin()
    keyspace.set(b"b", b"1")
    keyspace.delete(b"a")
    assert keyspace.scan(0, 10) == (0, [b"b"])
    keyspace.journal.rollback()
    assert keyspace.scan(0, 10) == (0, [b"a"])


def test_the_scan_order_is_given_up_when_nobody_scans(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"a", b"1")
    keyspace.scan(0, 10)
    assert keyspace._order is not None
    world.now += SCAN_ORDER_REST_MS + 1
    keyspace.expire_due(10)
    assert keyspace._order is None
    assert not keyspace._noticed
    assert keyspace.scan(0, 10) == (0, [b"a"])


def test_random_key(world: World) -> None:
    assert world.keyspace.random_key() is None
    world.keyspace.set(b"a", b"1")
    world.keyspace.set(b"b", b"1")
    assert {world.keyspace.random_key() for _ in range(200)} == {b"a", b"b"}


def test_flush_forgets_deadlines_and_scan_order(world: World) -> None:
    keyspace = world.keyspace
    keyspace.set(b"a", b"1")
    keyspace.expire_at(b"a", world.now + 5)
    keyspace.scan(0, 10)
    keyspace.flush()
    keyspace.set(b"a", b"2")
    world.now += 100
    assert keyspace.expire_due(10) == 0
    assert keyspace.scan(0, 10) == (0, [b"a"])


@pytest.mark.parametrize("way", ["plain", "noticed", "volatile"])
def test_setting_several_keys_is_setting_each(world: World, way: str) -> None:
    keyspace = world.keyspace
    keyspace.set(b"b", b"0")
    if way == "volatile":
        keyspace.expire_at(b"b", world.now + 5)
    if way == "noticed":
        world.listen()
    keyspace.set_all([b"a", b"b", b"a"], [b"1", b"2", b"3"])
    assert [keyspace.get(key) for key in (b"a", b"b")] == [b"3", b"2"]
    assert keyspace.deadline(b"b") is None
    written = [(Change.WRITTEN, key) for key in (b"a", b"b", b"a")]
    assert world.heard == (written if way == "noticed" else [])


def test_what_a_flush_removes_is_freed_in_slices() -> None:
    while GRAVEYARD.dig(1 << 20):
        pass
    keyspace = Keyspace(clock=Clock(lambda: 1000))
    for number in range(LARGE + 1):
        keyspace.set(b"%d" % number, b"x", 2000)
    keyspace.flush()
    assert len(keyspace) == 0
    assert keyspace.volatile_keys == 0
    assert len(GRAVEYARD) == 3  # keys, deadlines, and the queue of those
    freed = GRAVEYARD.freed
    while GRAVEYARD.dig(1000):
        pass
    assert GRAVEYARD.freed == freed + 3
    keyspace.set(b"a", b"x", 2000)
    assert keyspace.expire_due(10) == 0
    assert keyspace.get(b"a") == b"x"


def test_a_key_by_chance_among_dead_ones_that_stay() -> None:
    now = [1000]
    keyspace = Keyspace(clock=Clock(lambda: now[0]))
    keyspace.set(b"dead", b"x", 1500)
    keyspace.keeps_dead = True
    now[0] = 2000
    assert keyspace.random_key() is None
    keyspace.set(b"alive", b"x")
    assert keyspace.random_key() == b"alive"


def test_an_evicted_key_is_a_loss_as_an_expired_one() -> None:
    lost: list[bytes] = []
    keyspace = Keyspace(clock=Clock(lambda: 1000))
    keyspace.on_loss = lambda _, key: lost.append(key)
    keyspace.set(b"a", b"x")
    keyspace.set(b"b", b"x")
    keyspace.delete(b"b")
    keyspace.evict(b"a")
    assert (lost, keyspace.losses, len(keyspace)) == ([b"a"], 1, 0)
