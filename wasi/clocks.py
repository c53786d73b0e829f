"""clock_* and sched_yield.

Without the permission "clock" time stands still but for what the guest sleeps.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wasi.abi import U64, ClockId, Errno, WasiError
from wasi.door import system_call
from wasi.memory import GuestMemory
from wasi.policy import Decision

if TYPE_CHECKING:
    from wasi.system import Wasi

_SOURCES = {ClockId.REALTIME: time.time_ns, ClockId.MONOTONIC: time.monotonic_ns}
_RESOLUTION_NS = 1_000


def clock_of(number: int) -> ClockId:
    """A clock that is served; a guest's own CPU time would show the host's speed."""
    if number not in _SOURCES:
        raise WasiError(Errno.INVAL)
    return ClockId(number)


def is_real(wasi: Wasi) -> bool:
    """True where the guest sees the host's time, so that waiting takes time."""
    return wasi.clock is None and may_see(wasi)


def may_see(wasi: Wasi) -> bool:
    """True where the policy lets the guest have a clock that runs."""
    return wasi.policy.verdict("clock_time_get", "clock") is Decision.ALLOWED


def now(wasi: Wasi, clock: ClockId) -> int:
    """The time that the guest sees, in nanoseconds."""
    if not may_see(wasi):
        return wasi.frozen_time_ns
    return (wasi.clock or _SOURCES[clock])()


@system_call("i32 i32 -> i32")
def clock_res_get(wasi: Wasi, memory: GuestMemory, clock: int, resolution_at: int) -> None:
    """The resolution in nanoseconds; the same everywhere."""
    clock_of(clock)
    memory.write(resolution_at, U64.pack(_RESOLUTION_NS))


def clock_time(wasi: Wasi, memory: GuestMemory, clock: int, precision: int, time_at: int) -> None:
    """The time in nanoseconds, or that at which the embedder has stopped the clocks."""
    memory.write(time_at, U64.pack(now(wasi, clock_of(clock)) & (1 << 64) - 1))


@system_call("i32 i64 i32 -> i32", group="clock", substitute=clock_time)
def clock_time_get(
    wasi: Wasi, memory: GuestMemory, clock: int, precision: int, time_at: int
) -> None:
    """The time in nanoseconds."""
    clock_time(wasi, memory, clock, precision, time_at)


@system_call("-> i32")
def sched_yield(wasi: Wasi, memory: GuestMemory) -> None:
    """A guest has one thread: there is nobody to yield to but the embedder."""
    memory.checkpoint()
