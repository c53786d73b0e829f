from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.ledger import Account, Growth, Ledger
from ferrite.keyspace.uses import Recency
from ferrite.keyspace.values import entry_bytes

KEYS = [b"a", b"b", b"c", b"d"]


class World:
    def __init__(self) -> None:
        self.now = 1000
        clock = Clock(lambda: self.now)
        self.keyspace = Keyspace(clock=clock)
        self.other = Keyspace(1, clock, self.keyspace.journal)
        self.account = Account()
        self.uses = Recency(clock)
        self.ledgers: list[Ledger] = []

    def follow(self) -> Ledger:
        self.ledgers = [
            Ledger(keyspace, self.uses, self.account) for keyspace in (self.keyspace, self.other)
        ]
        return self.ledgers[0]

    def check(self) -> None:
        """The ledgers say what one would find by looking at every key."""
        total = 0
        for keyspace, ledger in zip((self.keyspace, self.other), self.ledgers, strict=True):
            everything = [(key, keyspace.peek(key)) for key in KEYS]
            present = {key: value for key, value in everything if value is not None}
            total += sum(entry_bytes(key, value) for key, value in present.items())
            assert len(ledger) == len(present)
            volatile = {key for key in present if keyspace.deadline_of(key) is not None}
            assert {key for key in KEYS if key in ledger.volatile} == volatile
            assert {key for key in KEYS if ledger.stamp(key) is not None} == set(present)
        assert self.account.bytes == total


def test_it_takes_in_the_keys_there_are_and_follows_until_it_is_closed() -> None:
    world = World()
    world.keyspace.set(b"a", b"x" * 500)
    world.keyspace.set(b"b", b"x", 9_000)
    ledger = world.follow()
    world.check()
    ledger.close()
    world.keyspace.delete(b"a")
    assert len(ledger) == 2


def test_a_use_moves_the_stamp() -> None:
    world = World()
    world.keyspace.set(b"a", b"x")
    ledger = world.follow()
    world.now = 5000
    world.keyspace.set(b"b", b"x")
    assert (ledger.stamp(b"a"), ledger.stamp(b"b"), ledger.stamp(b"c")) == (1000, 5000, None)
    ledger.use(b"a")
    ledger.use(b"c")
    assert ledger.stamp(b"a") == 5000
    ledger.set_stamp(b"a", 77)
    assert ledger.stamp(b"a") == 77
    world.now = 6000
    ledger.measure_anew(world.uses, 6000)
    assert (ledger.stamp(b"a"), ledger.stamp(b"b")) == (6000, 6000)


def test_keys_by_chance_are_all_about_as_likely() -> None:
    world = World()
    ledger = world.follow()
    for key in KEYS:
        world.keyspace.set(key, b"x")
    world.keyspace.delete(b"b")
    generator = Random(1)
    counts = Counter(ledger.choose(generator) for _ in range(3000))
    assert counts.keys() == {b"a", b"c", b"d"}
    assert min(counts.values()) > 900


def test_an_undone_change_leaves_no_trace() -> None:
    world = World()
    world.follow()
    world.keyspace.set(b"a", b"x" * 100)
    world.keyspace.journal.begin()
    world.keyspace.set(b"a", b"x" * 9000)
    world.keyspace.set(b"b", b"y")
    world.keyspace.journal.rollback()
    world.check()


actions = st.tuples(
    st.sampled_from(["set", "volatile", "hash", "delete", "expire", "persist", "rename", "later"])
    | st.sampled_from(["move", "swap", "flush", "begin", "commit", "rollback", "evict"]),
    st.sampled_from(KEYS),
    st.sampled_from(KEYS),
    st.integers(0, 3000),
)


@given(st.lists(actions, max_size=40))
def test_the_figures_are_right_whatever_happens(
    steps: list[tuple[str, bytes, bytes, int]],
) -> None:
    world = World()
    world.follow()
    keyspace, open_levels = world.keyspace, 0
    for action, key, other, number in steps:
        match action:
            case "set":
                keyspace.set(key, b"x" * number)
            case "volatile":
                keyspace.set(key, b"x" * number, world.now + number)
            case "hash":
                if keyspace.get(key) is None or isinstance(keyspace.get(key), Hash):
                    value = keyspace.edit(key, Hash)
                    value.put(b"%d" % number, b"v" * number)
                    keyspace.edited(key, value)
            case "delete":
                keyspace.delete(key)
            case "expire":
                keyspace.expire_at(key, world.now + number)
            case "persist":
                keyspace.persist(key)
            case "rename" if key in keyspace:
                keyspace.rename(key, other)
            case "move" if key in keyspace:
                keyspace.move(key, world.other, other)
            case "evict" if key in keyspace:
                keyspace.evict(key)
            case "swap":
                keyspace.swap(world.other)
            case "flush":
                keyspace.flush()
            case "later" if not open_levels:
                world.now += number
                keyspace.expire_due(100)
            case "begin":
                keyspace.journal.begin()
                open_levels += 1
            case "commit" | "rollback" if open_levels:
                open_levels -= 1
                keyspace.journal.commit() if action == "commit" else keyspace.journal.rollback()
    for _ in range(open_levels):
        keyspace.journal.commit()
    world.check()


def test_growth_tells_what_a_commit_will_add() -> None:
    world = World()
    world.keyspace.set(b"a", b"x" * 1000)
    world.follow()
    journal = world.keyspace.journal
    before = world.account.bytes
    journal.begin()
    growth = Growth(journal, world.ledgers)
    assert growth.total == 0
    world.keyspace.set(b"a", b"x" * 3000)
    assert growth.total == 2000
    world.other.set(b"a", b"y")
    added = entry_bytes(b"a", b"y")
    assert growth.total == 2000 + added
    world.keyspace.delete(b"a")
    world.other.set(b"a", b"yy")
    total = growth.total
    assert total == added + 1 - entry_bytes(b"a", b"x" * 1000)
    assert world.account.bytes == before, "the ledgers are told at the end"
    journal.commit()
    assert world.account.bytes == before + total
    world.check()


def test_growth_without_ledgers_is_nothing() -> None:
    world = World()
    assert Growth(world.keyspace.journal, ()).total == 0
