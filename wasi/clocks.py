"""clock_* and sched_yield. Without the permission "clock" time stands still."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wasi.abi import U64, ClockId, Errno, WasiError
from wasi.door import system_call
from wasm_vm import Memory

if TYPE_CHECKING:
    from wasi.system import Wasi

_SOURCES = {ClockId.REALTIME: time.time_ns, ClockId.MONOTONIC: time.monotonic_ns}
_RESOLUTION_NS = 1_000


def _clock(number: int) -> ClockId:
    """A clock that is served; a guest's own CPU time would show the host's speed."""
    if number not in _SOURCES:
        raise WasiError(Errno.INVAL)
    return ClockId(number)


@system_call("i32 i32 -> i32")
def clock_res_get(wasi: Wasi, memory: Memory, clock: int, address: int) -> None:
    """The resolution in nanoseconds; the same everywhere."""
    _clock(clock)
    memory.write(address, U64.pack(_RESOLUTION_NS))


def frozen_time(wasi: Wasi, memory: Memory, clock: int, precision: int, address: int) -> None:
    """The time at which the embedder has stopped the clocks."""
    _clock(clock)
    memory.write(address, U64.pack(wasi.frozen_time_ns))


@system_call("i32 i64 i32 -> i32", group="clock", substitute=frozen_time)
def clock_time_get(wasi: Wasi, memory: Memory, clock: int, precision: int, address: int) -> None:
    """The time in nanoseconds."""
    source = _SOURCES[_clock(clock)]
    memory.write(address, U64.pack((wasi.clock or source)()))


@system_call("-> i32")
def sched_yield(wasi: Wasi, memory: Memory) -> None:
    """A guest has one thread: there is nobody to yield to."""
