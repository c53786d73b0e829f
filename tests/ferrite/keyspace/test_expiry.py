from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.expiry import STALE_ENTRIES_MIN, ExpiryQueue


def queue_of(deadlines: dict[bytes, int]) -> ExpiryQueue:
    queue = ExpiryQueue(deadlines)
    for key, deadline in deadlines.items():
        queue.add(key, deadline)
    return queue


def test_due_keys_come_earliest_first_and_a_key_lives_at_its_deadline() -> None:
    queue = queue_of({b"c": 30, b"a": 10, b"b": 20})
    assert queue.due(20, 10) == [b"a"]
    assert queue.due(31, 10) == [b"b", b"c"]
    assert queue.due(1000, 10) == []


def test_no_more_keys_than_asked_for() -> None:
    queue = queue_of({b"%d" % index: index for index in range(10)})
    assert queue.due(100, 3) == [b"0", b"1", b"2"]
    assert queue.due(100, 3) == [b"3", b"4", b"5"]


def test_moved_and_removed_deadlines_do_not_come_up() -> None:
    deadlines = {b"moved": 10, b"removed": 10, b"stays": 10}
    queue = queue_of(deadlines)
    deadlines[b"moved"] = 50
    queue.add(b"moved", 50)
    del deadlines[b"removed"]
    assert queue.due(20, 10) == [b"stays"]
    del deadlines[b"stays"]
    assert queue.due(60, 10) == [b"moved"]


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.integers(0, 1000)), max_size=400))
def test_memory_is_bounded_by_the_live_deadlines(changes: list[tuple[bytes, int]]) -> None:
    deadlines: dict[bytes, int] = {}
    queue = ExpiryQueue(deadlines)
    for key, deadline in changes:
        deadlines[key] = deadline
        queue.add(key, deadline)
        assert len(queue) <= 2 * len(deadlines) + STALE_ENTRIES_MIN
    assert set(queue.due(2000, 1000)) == set(deadlines)
