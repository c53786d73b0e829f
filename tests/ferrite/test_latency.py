from __future__ import annotations

from ferrite.latency import SAMPLES_MAX, LatencyMonitor


def test_samples_of_one_second_are_one() -> None:
    now, threshold = 1000, 10
    monitor = LatencyMonitor(lambda: now, lambda: threshold)
    monitor.consider(b"command", 9)
    assert not monitor.events
    for milliseconds in (10, 30, 20):
        monitor.consider(b"command", milliseconds)
    assert list(monitor.events[b"command"].samples) == [(1, 30)]
    for now in range(2000, 2000 + 1000 * SAMPLES_MAX, 1000):  # noqa: B007  read by the clock
        monitor.consider(b"command", 11)
    assert len(monitor.events[b"command"].samples) == SAMPLES_MAX
    assert monitor.events[b"command"].largest == 30
    threshold = 0
    monitor.consider(b"fast-command", 100)
    assert monitor.reset((b"fast-command",)) == 0
    assert monitor.reset(()) == 1
    assert not monitor.events
