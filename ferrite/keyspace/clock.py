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

    __slots__ = ("_source", "now")

    now: Callable[[], int]
    """The time; the moment of `stop` while the clock stands still. An attribute and no method:
    every look at a key with a deadline asks, and the source itself answers."""

    def __init__(self, source: Callable[[], int] = unix_milliseconds) -> None:
        self._source = source
        self.now = source

    def stop(self, at: int | None = None) -> None:
        """Stand still from now on, at a moment (Unix ms) other than this where one is given."""
        moment = self.now() if at is None else at
        self.now = lambda: moment

    def resume(self) -> None:
        """Follow the source again."""
        self.now = self._source
