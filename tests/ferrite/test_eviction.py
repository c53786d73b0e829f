from __future__ import annotations

import pytest

from ferrite.eviction import Eviction, seconds_to_evict
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.container import RANDOM
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.ledger import Account, Ledger
from ferrite.keyspace.uses import Frequency, Recency, Uses

KEYS = [b"%d" % number for number in range(500)]


class World:
    def __init__(self, policy: str) -> None:
        self.now = 1_700_000_000_000
        clock = Clock(lambda: self.now)
        self.databases = Databases(2, clock)
        self.uses: Uses = Recency(clock)
        if policy.endswith("lfu"):
            self.uses = Frequency(clock, lambda: 0, lambda: 1, RANDOM)
        account = Account()
        self.ledgers = [Ledger(database, self.uses, account) for database in self.databases]
        self.eviction = Eviction(self.databases, self.ledgers, self.uses)
        self.policy = policy

    def evict(self, samples: int = 64) -> bool:
        return self.eviction.evict(self.policy, samples)

    def fill(self) -> None:
        """Ten keys, used one after the other; those of an even number have a deadline, the later
        the higher the number, and lie in the second database."""
        for number, key in enumerate(KEYS[:10]):
            self.now += 1000
            self.databases[1 - number % 2].set(key, b"x")
            if number % 2 == 0:
                self.databases[1].expire_at(key, self.now + 1_000_000 + number)

    def names(self) -> list[int]:
        return sorted(int(key) for database in self.databases for key in KEYS if key in database)


def test_the_key_goes_that_was_not_used_for_longest() -> None:
    world = World("allkeys-lru")
    world.fill()
    world.now += 1000
    world.ledgers[1].use(b"0")
    for _ in range(3):
        assert world.evict()
    assert world.names() == [0, 4, 5, 6, 7, 8, 9]


def test_a_candidate_that_is_used_meanwhile_is_none_any_more() -> None:
    world = World("allkeys-lru")
    world.fill()
    assert world.evict()
    world.now += 1000
    world.ledgers[0].use(b"1")
    assert world.evict(samples=0)
    assert world.names() == [1, 3, 4, 5, 6, 7, 8, 9]


def test_the_key_goes_that_is_used_least() -> None:
    world = World("allkeys-lfu")
    world.fill()
    for number in range(10):
        for _ in range(number if number != 3 else 0):
            world.ledgers[1 - number % 2].use(b"%d" % number)
    assert world.evict()
    assert world.evict()
    assert world.names() == [1, 2, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random"])
def test_only_keys_with_a_deadline_go(policy: str) -> None:
    world = World(policy)
    world.fill()
    for _ in range(5):
        assert world.evict()
    assert not world.evict()
    assert world.names() == [1, 3, 5, 7, 9]


def test_the_key_goes_that_dies_first() -> None:
    world = World("volatile-ttl")
    world.fill()
    world.databases[1].expire_at(b"8", world.now + 10)
    world.databases[1].persist(b"0")
    assert world.evict()
    assert world.evict()
    assert world.names() == [0, 1, 3, 4, 5, 6, 7, 9]


def test_any_key_goes_by_chance_until_there_is_none() -> None:
    world = World("allkeys-random")
    world.fill()
    for left in reversed(range(10)):
        assert world.evict()
        assert len(world.names()) == left
    assert not world.evict()


def test_no_key_goes() -> None:
    world = World("noeviction")
    world.fill()
    assert not world.evict()


def test_a_small_sample_spares_what_is_used_often() -> None:
    """Five keys compared at a time, as by default: of 500 keys the 100 in use stay."""
    world = World("allkeys-lru")
    for key in KEYS:
        world.databases[0].set(key, b"x")
    for _ in range(300):
        world.now += 1000
        for key in KEYS[:100]:
            world.ledgers[0].use(key)
        assert world.evict(samples=5)
    assert sum(number < 100 for number in world.names()) >= 98


def test_tenacity_is_time() -> None:
    assert seconds_to_evict(0) == 0
    assert seconds_to_evict(10) == pytest.approx(0.0005)
    assert seconds_to_evict(99) == pytest.approx(0.0005 * 1.15**89)
    assert seconds_to_evict(100) is None
