"""Output-buffer limits: how much a client of some class may leave unread, and for how long.

Source: https://redis.io/docs/latest/develop/reference/clients/#output-buffer-limits
"""

from __future__ import annotations

from collections.abc import Iterable

from ferrite.options import OutputLimit
from ferrite.session import Session

Limits = Iterable[tuple[str, OutputLimit]]


class OutputWatch:
    """Since when one client has been above its soft limit."""

    __slots__ = ("_above_since",)

    def __init__(self) -> None:
        self._above_since: float | None = None

    def least(self, limits: Limits) -> int:
        """The smallest number of unread bytes at which some class of clients is limited."""
        sizes = [size for _, limit in limits for size in (limit.hard_bytes, limit.soft_bytes)]
        return min((size for size in sizes if size), default=1 << 62)

    def exceeded(self, limits: Limits, session: Session, unread: int, now: float) -> bool:
        """Whether a client with so many unread bytes has to be closed; `now` in seconds."""
        limit = dict(limits)["pubsub" if session.subscriptions else "normal"]
        if 0 < limit.hard_bytes < unread:
            return True
        if not 0 < limit.soft_bytes < unread:
            self._above_since = None
            return False
        if self._above_since is None:
            self._above_since = now
        return now - self._above_since > limit.soft_seconds
