"""Eviction: which keys go when memory is short.

Rule: a policy is two things: which keys may go (all, or those with a deadline) and by what rank.
A few keys by chance are compared with the best found so far, and the one of the highest rank goes;
what remains is kept for the next time, so the choice is better than its sample. Ranks are always
those of now: a candidate that was used meanwhile is one no more.
Source: https://redis.io/docs/latest/develop/reference/eviction/
"""

from __future__ import annotations

from collections.abc import Sequence

from ferrite.keyspace.container import RANDOM
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.ledger import Ledger
from ferrite.keyspace.uses import Uses

CANDIDATES_MAX = 16
"""Keys remembered from one choice to the next."""


class Eviction:
    """Chooses the keys that go, over the ledgers of all databases."""

    def __init__(self, databases: Databases, ledgers: Sequence[Ledger], uses: Uses) -> None:
        self._databases = databases
        self._ledgers = ledgers
        self.uses = uses
        """By which keys are ranked."""
        self._candidates: dict[tuple[int, bytes], None] = {}
        self._turn = 0

    def evict(self, policy: str, samples: int) -> bool:
        """Remove one key by a policy; whether there was one that may go."""
        kind, _, measure = policy.partition("-")
        volatile = kind == "volatile"
        if measure == "random":
            chosen = self._by_chance(volatile)
        elif measure:
            chosen = self._best(volatile, measure, samples)
        else:
            chosen = None
        if chosen is None:
            return False
        index, key = chosen
        self._databases[index].evict(key)
        return True

    def may_evict(self, policy: str) -> bool:
        """Whether a policy removes keys, and there are some that it may."""
        kind, _, measure = policy.partition("-")
        if kind == "volatile":
            return any(ledger.volatile for ledger in self._ledgers)
        return bool(measure)

    def _by_chance(self, volatile: bool) -> tuple[int, bytes] | None:
        """A key of the next database that has one."""
        for step in range(1, len(self._ledgers) + 1):
            index = (self._turn + step) % len(self._ledgers)
            keys = self._ledgers[index].volatile if volatile else self._ledgers[index]
            if keys:
                self._turn = index
                return index, keys.choose(RANDOM)
        return None

    def _best(self, volatile: bool, measure: str, samples: int) -> tuple[int, bytes] | None:
        """The key of the highest rank among the candidates and a sample of every database."""
        candidates = self._candidates
        for index, ledger in enumerate(self._ledgers):
            keys = ledger.volatile if volatile else ledger
            for key in keys.sample(samples, RANDOM):
                candidates[index, key] = None
        ranked: list[tuple[int, int, bytes]] = []
        for index, key in candidates:
            rank = self._rank(index, key, volatile, measure)
            if rank is not None:
                ranked.append((rank, index, key))
        if not ranked:
            candidates.clear()
            return None
        ranked.sort(reverse=True)
        self._candidates = {(index, key): None for _, index, key in ranked[1:CANDIDATES_MAX]}
        _, index, key = ranked[0]
        return index, key

    def _rank(self, index: int, key: bytes, volatile: bool, measure: str) -> int | None:
        """How good it is to lose a key; None for one that has gone or may not go."""
        ledger = self._ledgers[index]
        stamp = ledger.stamp(key)
        if stamp is None or (volatile and key not in ledger.volatile):
            return None
        if measure == "ttl":
            return -(self._databases[index].deadline_of(key) or 0)
        return self.uses.rank(stamp)


def seconds_to_evict(tenacity: int) -> float | None:
    """How long one command may spend on evicting, by maxmemory-eviction-tenacity; None for as long
    as it takes. From 0 to 0.5 ms at 10, then 15 % more with every step."""
    if tenacity >= 100:
        return None
    if tenacity <= 10:
        return tenacity * 50e-6
    return 500e-6 * 1.15 ** (tenacity - 10)
