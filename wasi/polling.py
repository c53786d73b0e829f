"""poll_oneoff: waiting for time and for descriptors.

Without a clock that runs nothing is waited for: what a guest sleeps is added to its frozen time, so
that sleeping guests go on and a run stays repeatable.
"""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasi import clocks
from wasi.abi import (
    EVENT,
    SUBSCRIPTION,
    SUBSCRIPTION_CLOCK,
    U32,
    Errno,
    Rights,
    WasiError,
)
from wasi.descriptors import Descriptor
from wasi.door import system_call
from wasi.memory import GuestMemory
from wasi.regular import File

if TYPE_CHECKING:
    from wasi.system import Wasi

SUBSCRIPTIONS_MAX = 4_096
CLOCK, FD_READ, FD_WRITE = range(3)
_UNION = 16
_ABSOLUTE = 1
_TURN_NS = 50_000_000
"""The embedder gets a turn after so many nanoseconds of waiting."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A subscription to a clock. rest: nanoseconds until it is due."""

    userdata: int
    rest: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A subscription to a descriptor."""

    userdata: int
    kind: int
    descriptor: Descriptor


Event = tuple[int, Errno, int, int]
"""Userdata, errno, type, bytes that are ready."""


def wait(
    memory: GuestMemory, watches: Sequence[Watch], rest: int | None, turn: int = _TURN_NS
) -> list[Watch]:
    """The descriptors that are ready; waits for one, at most `rest` nanoseconds (None: for ever).

    The embedder's checkpoint runs now and then; what it raises ends the waiting.
    """
    poll = select.poll()
    by_number: dict[int, list[Watch]] = {}
    for watch in watches:
        number = watch.descriptor.fileno()
        if number is not None:
            by_number.setdefault(number, []).append(watch)
    for number, several in by_number.items():
        kinds = {select.POLLIN if watch.kind == FD_READ else select.POLLOUT for watch in several}
        poll.register(number, sum(kinds))
    ready = [watch for watch in watches if watch.descriptor.fileno() is None]
    end = None if rest is None else time.monotonic_ns() + rest
    while True:
        left = turn if end is None else min(turn, max(0, end - time.monotonic_ns()))
        found = poll.poll(0 if ready else -(-left // 1_000_000))
        for number, bits in found:
            ready += [watch for watch in by_number[number] if _concerns(watch, bits)]
        if ready or (end is not None and time.monotonic_ns() >= end):
            return ready
        memory.checkpoint()


def _concerns(watch: Watch, bits: int) -> bool:
    wanted = select.POLLIN if watch.kind == FD_READ else select.POLLOUT
    return bool(bits & (wanted | select.POLLHUP | select.POLLERR | select.POLLNVAL))


@system_call("i32 i32 i32 i32 -> i32")
def poll_oneoff(
    wasi: Wasi, memory: GuestMemory, in_at: int, out_at: int, count: int, nevents_at: int
) -> None:
    """Wait until at least one of the subscriptions has something to tell."""
    if not 0 < count <= SUBSCRIPTIONS_MAX:
        raise WasiError(Errno.INVAL)
    data = memory.read(in_at, count * SUBSCRIPTION.size)
    memory.claim(nevents_at, U32.size)
    memory.claim(out_at, count * EVENT.size)
    timers: list[Timer] = []
    watches: list[Watch] = []
    events: list[Event] = []
    for start in range(0, len(data), SUBSCRIPTION.size):
        try:
            found = _subscription(wasi, data[start : start + SUBSCRIPTION.size])
        except WasiError as error:
            userdata, kind = SUBSCRIPTION.unpack_from(data, start)
            events.append((userdata, error.errno, kind, 0))
        else:
            timers += [found] if isinstance(found, Timer) else []
            watches += [found] if isinstance(found, Watch) else []
    if not events:
        events = _happened(wasi, memory, timers, watches)
    packed = b"".join(EVENT.pack(*event, 0) for event in events)
    memory.put(out_at, packed)
    memory.put(nevents_at, U32.pack(len(events)))


def _subscription(wasi: Wasi, data: bytes) -> Timer | Watch:
    userdata, kind = SUBSCRIPTION.unpack(data)
    if kind == CLOCK:
        number, timeout, _, flags = SUBSCRIPTION_CLOCK.unpack_from(data, _UNION)
        if flags & ~_ABSOLUTE:
            raise WasiError(Errno.INVAL)
        clock = clocks.clock_of(number)
        passed = clocks.now(wasi, clock) if flags & _ABSOLUTE else 0
        return Timer(userdata, max(0, timeout - passed))
    if kind > FD_WRITE:
        raise WasiError(Errno.INVAL)
    (number,) = U32.unpack_from(data, _UNION)
    right = Rights.FD_READ if kind == FD_READ else Rights.FD_WRITE
    return Watch(userdata, kind, wasi.descriptors.get(number, right | Rights.POLL_FD_READWRITE))


def _happened(
    wasi: Wasi, memory: GuestMemory, timers: Sequence[Timer], watches: Sequence[Watch]
) -> list[Event]:
    """Events of what is ready, or of the timers that are due first."""
    rest = min((timer.rest for timer in timers), default=None)
    real = clocks.is_real(wasi)
    ready = wait(memory, watches, rest if real else 0 if timers else None)
    if ready:
        return [(each.userdata, Errno.SUCCESS, each.kind, _bytes(each)) for each in ready]
    if not real and not clocks.may_see(wasi):
        wasi.frozen_time_ns += rest or 0
    return [(timer.userdata, Errno.SUCCESS, CLOCK, 0) for timer in timers if timer.rest == rest]


def _bytes(watch: Watch) -> int:
    """Bytes that can be read; 1 where that is not known."""
    if watch.kind == FD_READ and isinstance(watch.descriptor, File):
        return max(0, watch.descriptor.size - watch.descriptor.seek(0, 1))
    return 1
