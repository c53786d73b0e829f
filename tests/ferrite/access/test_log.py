"""The access log: grouping, order, bounds."""

from __future__ import annotations

from ferrite.access.log import COMPARED_MAX, GROUPED_MS_MAX, AccessLog
from ferrite.access.selector import Reason


def add(log: AccessLog, denied: bytes, now: int = 0, context: str = "toplevel") -> None:
    log.add(Reason.KEY, context, denied, user=b"bob", client=b"c%d" % now, now=now, entries_max=20)


def test_newest_first_and_numbered() -> None:
    log = AccessLog()
    for denied in (b"a", b"b"):
        add(log, denied)
    assert [(entry.object, entry.id) for entry in log] == [(b"b", 1), (b"a", 0)]
    log.clear()
    add(log, b"c")
    assert [entry.id for entry in log] == [2]


def test_the_same_again_counts() -> None:
    log = AccessLog()
    add(log, b"a", 0)
    add(log, b"b", 1)
    add(log, b"a", 2)
    first, second = log
    assert (first.object, first.count, first.created_at, first.updated_at) == (b"a", 2, 0, 2)
    assert (first.client, second.object) == (b"c2", b"b")
    add(log, b"a", 2, "multi")
    assert len(log) == 3


def test_after_a_minute_it_is_another() -> None:
    log = AccessLog()
    add(log, b"a", 0)
    add(log, b"a", GROUPED_MS_MAX)
    add(log, b"a", 2 * GROUPED_MS_MAX + 1)
    assert [entry.count for entry in log] == [1, 2]


def test_only_the_newest_are_compared() -> None:
    log = AccessLog()
    for number in range(COMPARED_MAX + 1):
        add(log, b"%d" % number)
    add(log, b"0")
    assert len(log) == COMPARED_MAX + 2


def test_the_oldest_are_forgotten() -> None:
    log = AccessLog()
    for number in range(30):
        add(log, b"%d" % number)
    assert len(log) == 20
    assert next(iter(log)).object == b"29"


def test_all_are_counted_by_their_reasons() -> None:
    log = AccessLog()
    for denied in (b"a", b"a", b"b"):
        add(log, denied)
    log.clear()
    assert log.counts == {Reason.KEY: 3}
