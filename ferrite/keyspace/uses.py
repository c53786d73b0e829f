"""When or how often a key was used, in one integer: its stamp.

Rule: a stamp is made by the way of measuring that is in force and means nothing to another; when
the way changes, all stamps are made anew. The rank of a stamp says how good it would be to lose the
key: the higher, the better.
Source: https://redis.io/docs/latest/develop/reference/eviction/ (the LFU mode and its two options)
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from ferrite.keyspace.clock import Clock

COUNTER_BITS = 8
COUNTER_MAX = (1 << COUNTER_BITS) - 1
COUNTER_OF_NEW_KEYS = 5
"""So that a new key is not the first to be lost."""
MILLISECONDS_PER_MINUTE = 60_000


class Uses(Protocol):
    """A way of measuring."""

    def first(self) -> int:
        """The stamp of a key that has just come into being."""

    def again(self, stamp: int, /) -> int:
        """The stamp of a key that is used once more."""

    def rank(self, stamp: int) -> int:
        """How good it would be to lose the key."""


class Recency:
    """A stamp is the Unix time of the last use, in milliseconds; the rank is the time since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def first(self) -> int:
        """Now."""
        return self._clock.now()

    def again(self, _: int, /) -> int:
        """Now, whenever it was used before."""
        return self._clock.now()

    def rank(self, stamp: int) -> int:
        """Milliseconds since the last use."""
        return max(self._clock.now() - stamp, 0)


class Frequency:
    """A stamp is a counter of uses, in 8 bits, below the minute it was counted in. The counter
    rises by chance, the more rarely the higher it is, and falls while the key is not used."""

    def __init__(
        self,
        clock: Clock,
        log_factor: Callable[[], int],
        decay_minutes: Callable[[], int],
        generator: Random,
    ) -> None:
        self._clock = clock
        self._log_factor = log_factor
        self._decay_minutes = decay_minutes
        self._generator = generator

    def stamp(self, counter: int) -> int:
        """A stamp of now with this counter, 0 to 255."""
        return self._clock.now() // MILLISECONDS_PER_MINUTE << COUNTER_BITS | counter

    def first(self) -> int:
        """Higher than 0."""
        return self.stamp(COUNTER_OF_NEW_KEYS)

    def again(self, stamp: int, /) -> int:
        """Counted once more, perhaps."""
        counter = self.counter(stamp)
        above = max(counter - COUNTER_OF_NEW_KEYS, 0)
        likely = 1.0 / (above * self._log_factor() + 1)
        if counter < COUNTER_MAX and self._generator.random() < likely:
            counter += 1
        return self.stamp(counter)

    def counter(self, stamp: int) -> int:
        """The counter as it is now: one less for every lfu-decay-time minutes without use."""
        minutes = self._clock.now() // MILLISECONDS_PER_MINUTE - (stamp >> COUNTER_BITS)
        decay = self._decay_minutes()
        fallen = max(minutes, 0) // decay if decay else 0
        return max((stamp & COUNTER_MAX) - fallen, 0)

    def rank(self, stamp: int) -> int:
        """The less it is used, the higher."""
        return COUNTER_MAX - self.counter(stamp)
