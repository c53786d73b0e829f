from __future__ import annotations

from random import Random

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.uses import COUNTER_MAX, COUNTER_OF_NEW_KEYS, Frequency, Recency

MINUTE = 60_000


class Time:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000


def test_recency_ranks_by_the_time_since_the_last_use() -> None:
    time = Time()
    recency = Recency(Clock(lambda: time.now))
    stamp = recency.first()
    time.now += 1500
    assert recency.rank(stamp) == 1500
    assert recency.rank(recency.again(stamp)) == 0
    time.now -= 5000
    assert recency.rank(stamp) == 0


def frequency(time: Time, *, factor: int = 10, decay: int = 1) -> Frequency:
    return Frequency(Clock(lambda: time.now), lambda: factor, lambda: decay, Random(1))


def test_a_counter_rises_the_more_rarely_the_higher_it_is() -> None:
    """Redis's manual, factor 10: about 10 after 100 hits, 18 after 1,000, 142 after 100,000."""
    time = Time()
    uses = frequency(time)
    stamp, seen = uses.first(), {}
    for hits in range(1, 100_001):
        stamp = uses.again(stamp)
        seen[hits] = uses.counter(stamp)
    assert 8 <= seen[100] <= 13
    assert 14 <= seen[1000] <= 24
    assert 120 <= seen[100_000] <= 165


def test_a_factor_of_none_counts_every_use_up_to_the_highest() -> None:
    uses = frequency(Time(), factor=0)
    stamp = uses.first()
    for _ in range(300):
        stamp = uses.again(stamp)
    assert uses.counter(stamp) == COUNTER_MAX
    assert uses.rank(stamp) == 0


def test_a_counter_falls_while_the_key_is_not_used() -> None:
    time = Time()
    uses, never = frequency(time, decay=2), frequency(time, decay=0)
    stamp = uses.stamp(20)
    time.now += 7 * MINUTE
    assert uses.counter(stamp) == 17
    assert never.counter(stamp) == 20
    time.now += 1000 * MINUTE
    assert uses.counter(stamp) == 0
    assert uses.counter(uses.first()) == COUNTER_OF_NEW_KEYS
