from __future__ import annotations

import time

from ferrite.keyspace.clock import Clock, unix_milliseconds


def test_follows_its_source() -> None:
    moments = iter([5, 7, 9])
    clock = Clock(lambda: next(moments))
    assert [clock.now(), clock.now()] == [5, 7]


def test_stands_still_and_goes_on() -> None:
    moments = iter([5, 7])
    clock = Clock(lambda: next(moments))
    clock.stop()
    assert [clock.now(), clock.now()] == [5, 5]
    clock.stop()
    assert clock.now() == 5, "it stood still already"
    clock.resume()
    assert clock.now() == 7


def test_default_is_the_wall_clock_in_milliseconds() -> None:
    before = time.time()
    assert before - 1 <= unix_milliseconds() / 1000 <= time.time() + 1
