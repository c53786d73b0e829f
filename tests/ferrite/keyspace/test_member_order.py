from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.errors import CommandError
from ferrite.keyspace.member_order import REPEATED_MAX, MemberOrder

NAMES = [b"%d" % number for number in range(30)]
changes = st.lists(st.tuples(st.booleans(), st.sampled_from(NAMES)), max_size=6)


@given(st.sets(st.sampled_from(NAMES)), st.lists(changes), st.integers(1, 7))
def test_a_scan_meets_all_that_stay(
    start: set[bytes], steps: list[list[tuple[bool, bytes]]], count: int
) -> None:
    order, present, stayed = MemberOrder(start), set(start), set(start)
    met: set[bytes] = set()
    cursor, page = order.page(0, count)
    met.update(page)
    for step in steps:
        for added, name in step:
            if added and name not in present:
                order.add(name)
                present.add(name)
            elif not added and name in present:
                order.discard(name)
                present.remove(name)
                stayed.discard(name)
        if cursor:
            cursor, page = order.page(cursor, count)
            met.update(page)
    while cursor:
        cursor, page = order.page(cursor, count)
        met.update(page)
    assert stayed <= met
    assert len(order) == len(present)


def test_a_walk_over_what_does_not_change_meets_each_once() -> None:
    order = MemberOrder(NAMES)
    cursor, met = order.page(0, 7)
    while cursor:
        cursor, page = order.page(cursor, 7)
        met += page
    assert sorted(met) == sorted(NAMES)


def test_any_cursor_is_accepted() -> None:
    order = MemberOrder(NAMES)
    assert order.page(2**64 - 1, 100) == (0, NAMES)
    assert MemberOrder([]).page(5, 10) == (0, [])


def test_choosing_is_fair() -> None:
    order, generator = MemberOrder(NAMES[:4]), random.Random(1)
    counts = Counter(order.choose(generator) for _ in range(4000))
    assert set(counts) == set(NAMES[:4])
    assert all(900 < count < 1100 for count in counts.values())


def test_samples() -> None:
    order, generator = MemberOrder(NAMES), random.Random(1)
    assert len(set(order.sample(10, generator))) == 10
    assert sorted(order.sample(100, generator)) == sorted(NAMES)
    assert len(order.sample(-100, generator)) == 100
    with pytest.raises(CommandError):
        order.sample(-REPEATED_MAX - 1, generator)
