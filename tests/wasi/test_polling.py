from __future__ import annotations

import io
import os
import threading
import time
from pathlib import Path

import pytest

import wasi
import wasm_vm
from tests.support.wasi_calls import BUFFER, RESULT, Calls
from wasi.abi import EVENT, SUBSCRIPTION, ClockId, Errno
from wasi.polling import CLOCK, FD_READ, FD_WRITE, SUBSCRIPTIONS_MAX
from wasi.streams import STDIN, STDOUT

REAL = wasi.Policy(permitted=frozenset({"clock"}))
MILLISECOND = 1_000_000
OUT = 40_000

Found = list[tuple[int, Errno, int, int]]


def timer(userdata: int, timeout: int, flags: int = 0, clock: int = ClockId.MONOTONIC) -> bytes:
    body = clock.to_bytes(8, "little") + timeout.to_bytes(8, "little") + bytes(8)
    return _subscription(userdata, CLOCK, body + flags.to_bytes(8, "little"))


def watch(userdata: int, kind: int, fd: int) -> bytes:
    return _subscription(userdata, kind, fd.to_bytes(32, "little"))


def _subscription(userdata: int, kind: int, body: bytes) -> bytes:
    return (SUBSCRIPTION.pack(userdata, kind)[:16] + body).ljust(SUBSCRIPTION.size, b"\0")


def poll(guest: Calls, *subscriptions: bytes) -> Found:
    """Userdata, errno, type and bytes of the events."""
    guest.memory.write(BUFFER, b"".join(subscriptions))
    errno = guest("poll_oneoff", BUFFER, OUT, len(subscriptions), RESULT)
    assert errno is Errno.SUCCESS
    data = guest.memory.read(OUT, guest.number() * EVENT.size)
    return [(a, Errno(b), c, d) for a, b, c, d, _ in EVENT.iter_unpack(data)]


def test_waiting_takes_time_where_time_runs() -> None:
    guest = Calls(policy=REAL)
    before = time.monotonic_ns()
    found = poll(guest, timer(1, 10**15), timer(2, 20 * MILLISECOND))
    assert found == [(2, Errno.SUCCESS, CLOCK, 0)]
    assert time.monotonic_ns() - before >= 20 * MILLISECOND


def test_frozen_time_goes_on_by_what_is_slept() -> None:
    guest = Calls()
    guest.system.frozen_time_ns = 1_000
    hour = 3_600_000 * MILLISECOND
    assert poll(guest, timer(1, hour), timer(2, hour), timer(3, hour + 1)) == [
        (1, Errno.SUCCESS, CLOCK, 0),
        (2, Errno.SUCCESS, CLOCK, 0),
    ]
    guest("clock_time_get", ClockId.REALTIME, 0, RESULT)
    assert guest.number(8) == 1_000 + hour
    assert poll(guest, timer(1, 2_000 + hour, flags=1)) == [(1, Errno.SUCCESS, CLOCK, 0)]
    assert guest.system.frozen_time_ns == 2_000 + hour
    assert poll(guest, timer(1, 5, flags=1)) == [(1, Errno.SUCCESS, CLOCK, 0)]
    assert guest.system.frozen_time_ns == 2_000 + hour


def test_a_scripted_clock_is_not_waited_for() -> None:
    guest = Calls(policy=REAL, clock=lambda: 7)
    assert poll(guest, timer(1, 10**18)) == [(1, Errno.SUCCESS, CLOCK, 0)]


def test_what_is_ready_comes_before_timers(tmp_path: Path) -> None:
    guest = Calls(tmp_path, stdin=b"abc", policy=REAL)
    fd = guest.create("f", b"12345")
    guest.seek(fd, 2)
    found = poll(
        guest,
        timer(1, 10**15),
        watch(2, FD_READ, STDIN),
        watch(3, FD_WRITE, STDOUT),
        watch(4, FD_READ, fd),
        watch(5, FD_WRITE, fd),
    )
    assert found == [
        (2, Errno.SUCCESS, FD_READ, 1),
        (3, Errno.SUCCESS, FD_WRITE, 1),
        (4, Errno.SUCCESS, FD_READ, 3),
        (5, Errno.SUCCESS, FD_WRITE, 1),
    ]
    assert guest.read(STDIN) == b"abc"


def test_standard_input_is_waited_for() -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as source, os.fdopen(write, "wb", buffering=0) as sink:
        guest = Calls(stdin=source, policy=REAL)
        ends = timer(1, 5 * MILLISECOND)
        assert poll(guest, ends, watch(2, FD_READ, STDIN)) == [(1, Errno.SUCCESS, CLOCK, 0)]
        later = threading.Timer(0.02, sink.write, (b"now",))
        later.start()
        found = poll(guest, timer(1, 10**13), watch(2, FD_READ, STDIN))
        later.join()
        assert found == [(2, Errno.SUCCESS, FD_READ, 1)]
        assert guest.read(STDIN) == b"now"


def test_the_embedder_can_end_the_waiting() -> None:
    class Enough(Exception):
        pass

    def checkpoint() -> None:
        if waiting:
            raise Enough

    waiting: list[int] = []
    read, write = os.pipe()
    with os.fdopen(read, "rb") as source:
        guest = Calls(stdin=source, policy=REAL)
        guest.instance.store.meter.checkpoint = checkpoint
        waiting.append(1)
        with pytest.raises(Enough):
            poll(guest, watch(2, FD_READ, STDIN))
    os.close(write)


@pytest.mark.parametrize(
    ("subscription", "errno"),
    [
        (watch(1, FD_READ, 9), Errno.BADF),
        (watch(1, FD_READ, STDOUT), Errno.NOTCAPABLE),
        (watch(1, FD_WRITE, STDIN), Errno.NOTCAPABLE),
        (watch(1, 3, 0), Errno.INVAL),
        (timer(1, 5, clock=2), Errno.INVAL),
        (timer(1, 5, flags=2), Errno.INVAL),
    ],
)
def test_bad_subscriptions_are_events_with_an_errno(subscription: bytes, errno: Errno) -> None:
    guest = Calls(policy=REAL)
    ((userdata, found, kind, _),) = poll(guest, timer(7, 10**15), subscription)
    assert (userdata, found, kind) == (1, errno, subscription[8])


def test_a_directory_is_nothing_to_wait_for(tmp_path: Path) -> None:
    assert poll(Calls(tmp_path), watch(1, FD_READ, 3))[0][1] is Errno.NOTCAPABLE


@pytest.mark.parametrize("count", [0, SUBSCRIPTIONS_MAX + 1, -1])
def test_numbers_of_subscriptions(count: int) -> None:
    assert Calls()("poll_oneoff", BUFFER, OUT, count, RESULT) is Errno.INVAL


def test_addresses_outside() -> None:
    guest = Calls()
    guest.memory.write(BUFFER, timer(1, 5))
    for given in ((65_500, OUT, 1, RESULT), (BUFFER, 65_510, 1, RESULT), (BUFFER, OUT, 1, 65_533)):
        assert guest("poll_oneoff", *given) is Errno.FAULT
    assert guest.system.frozen_time_ns == 0


def test_waiting_for_nothing_but_input_of_the_embedder() -> None:
    guest = Calls(stdin=io.BytesIO(b""))
    assert poll(guest, watch(1, FD_READ, STDIN)) == [(1, Errno.SUCCESS, FD_READ, 1)]


def test_a_refused_clock_stands_still() -> None:
    policy = wasi.Policy(frozenset({"clock"}), rules=(("clock_time_get", Errno.ACCES),))
    guest = Calls(policy=policy)
    assert poll(guest, timer(1, 10**15)) == [(1, Errno.SUCCESS, CLOCK, 0)]


def test_subscriptions_cost_what_they_weigh() -> None:
    guest = Calls()
    used = guest.instance.fuel.used
    poll(guest, timer(1, 5), timer(2, 5))
    assert guest.instance.fuel.used - used >= 2 * (SUBSCRIPTION.size + EVENT.size)
    guest.instance.fuel.refill(100)
    with pytest.raises(wasm_vm.OutOfFuel):
        poll(guest, timer(1, 5), timer(2, 5))
