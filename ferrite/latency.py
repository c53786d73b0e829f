"""The latency monitor: when something took longer than latency-monitor-threshold.

Rule: per event (command, fast-command, expire-cycle) the last samples, one a second at most: of
those within one second the largest stays. Off unless the threshold is set.
Source: https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

SAMPLES_MAX = 160
"""Samples kept of one event."""


class Series:
    """The samples of one event."""

    __slots__ = ("largest", "samples")

    def __init__(self) -> None:
        self.samples: deque[tuple[int, int]] = deque(maxlen=SAMPLES_MAX)
        """Unix seconds and milliseconds it took, oldest first."""
        self.largest = 0
        """Milliseconds, of all time."""

    def add(self, at: int, milliseconds: int) -> None:
        """Note one more."""
        self.largest = max(self.largest, milliseconds)
        if self.samples and self.samples[-1][0] == at:
            milliseconds = max(milliseconds, self.samples.pop()[1])
        self.samples.append((at, milliseconds))


class LatencyMonitor:
    """All events of a server."""

    __slots__ = ("_now", "_threshold", "events")

    def __init__(self, now: Callable[[], int], threshold: Callable[[], int]) -> None:
        """`now` gives Unix milliseconds, `threshold` milliseconds, 0 for off."""
        self.events: dict[bytes, Series] = {}
        self._now = now
        self._threshold = threshold

    def consider(self, event: bytes, milliseconds: int) -> None:
        """Note an event if it took long enough."""
        threshold = self._threshold()
        if threshold and milliseconds >= threshold:
            self.events.setdefault(event, Series()).add(self._now() // 1000, milliseconds)

    def reset(self, names: tuple[bytes, ...]) -> int:
        """Forget some events, all where none is named; how many there were."""
        found = [name for name in names or tuple(self.events) if name in self.events]
        for name in found:
            del self.events[name]
        return len(found)
