"""The keyspace's clock: Unix time in milliseconds, which can be made to stand still.

Rule: nothing in the keyspace asks the operating system for the time; it asks this object, which a
test builds over its own source. While a journal is open the clock stands still, so a key cannot
expire between two reads of one plugin call, and a call sees one time from begin to end.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def unix_milliseconds() -> int:
    """The operating system's wall clock."""
    return time.time_ns() // 1_000_000


class Clock:
    """Unix time in milliseconds, from `now()`."""

    __slots__ = ("_source", "now", "still")

    now: Callable[[], int]
    """The time; that of the first look since `stop` while the clock stands still. An attribute and
    no method: every look at a key with a deadline asks, and the source itself answers."""

    def __init__(self, source: Callable[[], int] = unix_milliseconds) -> None:
        self._source = source
        self.still = self._look
        """What `now` is set to by who lets it go on and stand still again, in one step."""
        self.now = source

    def stop(self, at: int | None = None) -> None:
        """Stand still: at a moment (Unix ms) where one is given, else from the next look on."""
        if at is not None:
            self.now = lambda: at
        elif self.now is self._source:
            self.now = self.still

    def _look(self) -> int:
        moment = self._source()
        self.now = lambda: moment
        return moment

    def resume(self) -> None:
        """Follow the source again."""
        self.now = self._source
