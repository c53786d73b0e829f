from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.scan_order import BUCKET_KEYS, ScanOrder


def walk(order: ScanOrder, count: int) -> list[bytes]:
    met: list[bytes] = []
    cursor = 0
    while True:
        cursor, keys = order.page(cursor, count)
        met += keys
        if not cursor:
            return met


@given(st.sets(st.binary(max_size=8)), st.integers(1, 50), st.integers(0, 10_000))
def test_a_walk_meets_every_key_once(keys: set[bytes], count: int, size: int) -> None:
    met = walk(ScanOrder(keys, size), count)
    assert sorted(met) == sorted(keys)


def test_pages_are_about_as_large_as_asked_for() -> None:
    order = ScanOrder([b"key:%d" % index for index in range(10_000)], 10_000)
    sizes = []
    cursor = 0
    while True:
        cursor, keys = order.page(cursor, 10)
        sizes.append(len(keys))
        if not cursor:
            break
    assert max(sizes) <= 10 + 4 * BUCKET_KEYS
    assert 500 <= len(sizes) <= 2000


def test_keys_that_stay_are_met_whatever_comes_goes_and_resizes() -> None:
    chance = random.Random(7)
    staying = {b"stay:%d" % index for index in range(300)}
    keys = set(staying)
    order = ScanOrder(keys, len(keys))
    met: set[bytes] = set()
    cursor = 0
    for page in range(100_000):
        cursor, found = order.page(cursor, 5)
        met.update(found)
        if not cursor:
            break
        growing = page < 20
        for _ in range(100):
            key = b"new:%d" % chance.randrange(100_000)
            if growing:
                keys.add(key)
                order.add(key)
        if not growing and page < 60:
            for key in list(keys - staying)[:200]:
                keys.discard(key)
                order.discard(key)
        if order.unbalanced:
            order = ScanOrder(keys, len(keys))
    assert not cursor
    assert staying <= met


def test_any_cursor_is_accepted() -> None:
    order = ScanOrder([b"a", b"b"], 2)
    for cursor in (1, 2**31, 2**32, 2**64 - 1):
        assert order.page(cursor, 10)[0] == 0


def test_a_page_over_empty_buckets_is_bounded() -> None:
    order = ScanOrder([], 1_000_000)
    cursor, keys = order.page(0, 1)
    assert cursor
    assert keys == []


def test_adding_twice_and_discarding_what_is_not_there_count_nothing() -> None:
    order = ScanOrder([b"a"], 1)
    order.add(b"a")
    order.discard(b"b")
    assert len(order) == 1
    order.discard(b"a")
    assert len(order) == 0
    assert order.random_key(random.Random(1)) is None


@pytest.mark.parametrize("count", [0, 1, 7, 8, 100, 5000])
def test_a_new_order_is_balanced(count: int) -> None:
    assert not ScanOrder([b"%d" % index for index in range(count)], count).unbalanced


def test_growth_and_shrinking_unbalance_it() -> None:
    keys = [b"%d" % index for index in range(1000)]
    assert ScanOrder(keys, 0).unbalanced
    assert ScanOrder([], 1000).unbalanced


def test_random_keys_cover_the_keys() -> None:
    keys = {b"%d" % index for index in range(100)}
    order = ScanOrder(keys, 100)
    chance = random.Random(3)
    assert {order.random_key(chance) for _ in range(5000)} == keys
