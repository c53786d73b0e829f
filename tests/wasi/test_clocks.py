from __future__ import annotations

import time

import pytest

import wasi
from tests.support.guests import Guest, call
from wasi.abi import ClockId

ALLOWED = wasi.Policy(permitted=frozenset({"clock"}))


def test_without_the_permission_time_stands_still() -> None:
    system = wasi.Wasi()
    system.frozen_time_ns = 1_700_000_000_123_456_789
    guest = Guest(system, "clock_time_get")
    for clock in (ClockId.REALTIME, ClockId.MONOTONIC):
        assert guest(clock, 0, 8) == wasi.Errno.SUCCESS
        assert guest.u64(8) == 1_700_000_000_123_456_789
    assert {event.decision for event in system.events} == {wasi.Decision.SUBSTITUTED}


def test_with_the_permission_it_is_the_systems() -> None:
    before = time.time_ns()
    errno, guest = call("clock_time_get", ClockId.REALTIME, 0, 8, policy=ALLOWED)
    assert errno == wasi.Errno.SUCCESS
    assert before <= guest.u64(8) <= time.time_ns()
    guest(ClockId.MONOTONIC, 0, 8)
    first = guest.u64(8)
    guest(ClockId.MONOTONIC, 0, 8)
    assert 0 < first <= guest.u64(8) <= time.monotonic_ns()


def test_a_clock_of_the_embedder_takes_the_place_of_the_systems() -> None:
    ticks = iter((5, 7))
    guest = Guest(wasi.Wasi(policy=ALLOWED, clock=lambda: next(ticks)), "clock_time_get")
    for expected in (5, 7):
        assert guest(ClockId.REALTIME, 0, 8) == wasi.Errno.SUCCESS
        assert guest.u64(8) == expected


@pytest.mark.parametrize(
    "options", [{}, {"policy": ALLOWED}, {"policy": ALLOWED, "clock": lambda: 1}]
)
@pytest.mark.parametrize("clock", [2, 3, 4, -1])
def test_clocks_that_are_not_served(clock: int, options: dict[str, object]) -> None:
    assert call("clock_time_get", clock, 0, 8, **options)[0] == wasi.Errno.INVAL
    assert call("clock_res_get", clock, 8, **options)[0] == wasi.Errno.INVAL


def test_the_resolution_is_the_same_everywhere() -> None:
    errno, guest = call("clock_res_get", ClockId.REALTIME, 8)
    assert (errno, guest.u64(8)) == (wasi.Errno.SUCCESS, 1_000)


def test_yielding_is_allowed() -> None:
    errno, guest = call("sched_yield")
    assert errno == wasi.Errno.SUCCESS
    assert guest.system.events[0].decision is wasi.Decision.ALLOWED


def test_an_address_outside_of_the_memory() -> None:
    assert call("clock_time_get", 0, 0, 65_529)[0] == wasi.Errno.FAULT
    assert call("clock_res_get", 0, -1)[0] == wasi.Errno.FAULT
