"""RewriteLimit: how often rewrites that fail are begun again by themselves.

Rule: every failed rewrite leaves an incremental file more. After three in a row the next waits a
minute, then two, and so on up to an hour. A rewrite that somebody asks for never waits.
Source: Redis's aof.c of 7.0 (aofRewriteLimited).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

LOG = logging.getLogger(__name__)

FAILURES_MAX = 3
MINUTES_MAX = 60


class RewriteLimit:
    """Counts failures in a row."""

    __slots__ = ("_minutes", "_now", "_until", "failures")

    def __init__(self, now: Callable[[], int]) -> None:
        """`now` is Unix time in ms."""
        self._now = now
        self._minutes = 0
        self._until = 0
        self.failures = 0

    def note(self, succeeded: bool) -> None:
        """A rewrite has ended."""
        self.failures = 0 if succeeded else self.failures + 1

    def reached(self) -> bool:
        """Whether the next rewrite has to wait."""
        if self.failures < FAILURES_MAX:
            self._minutes = self._until = 0
            return False
        now = self._now()
        if self._until:
            if now >= self._until:
                self._until = 0
            return bool(self._until)
        self._minutes = min(self._minutes * 2 or 1, MINUTES_MAX)
        self._until = now + self._minutes * 60_000
        LOG.warning(
            "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in "
            "%d minutes",
            self._minutes,
        )
        return True
