from __future__ import annotations

from ferrite.keyspace.graveyard import Graveyard


def test_contents_are_freed_in_slices_oldest_first() -> None:
    graveyard = Graveyard()
    numbers, names = list(range(10)), dict.fromkeys(range(5))
    graveyard.bury(numbers)
    graveyard.bury(names)
    assert len(graveyard) == 2
    assert graveyard.dig(4)
    assert (numbers, len(names), graveyard.freed) == ([0, 1, 2, 3, 4, 5], 5, 0)
    assert graveyard.dig(8)
    assert (numbers, len(names), graveyard.freed) == ([], 3, 1)
    assert not graveyard.dig(8)
    assert (names, len(graveyard), graveyard.freed) == ({}, 0, 2)


def test_empty_contents_are_no_endless_work() -> None:
    graveyard = Graveyard()
    for _ in range(5):
        graveyard.bury([])
    assert graveyard.dig(3)
    assert not graveyard.dig(3)
