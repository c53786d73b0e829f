"""Pause: CLIENT PAUSE makes commands wait for a while. https://redis.io/commands/client-pause/

Rule: who comes while the server is paused waits in line and is served in order when it ends. A
pause is only ever made longer and wider by another; CLIENT UNPAUSE or its time ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from ferrite.pending import Pending
from ferrite.protocol.replies import Reply
from ferrite.turn import Clock, Timer, settle

Run = Callable[[], Reply | Pending]


class Reach(IntEnum):
    """Which commands wait."""

    NONE = 0
    WRITE = 1
    ALL = 2


class Pause:
    """Whether the server is paused, and who waits for the end."""

    __slots__ = ("_changed", "_clock", "_ends_at", "_timer", "_waiting", "reach")

    def __init__(self, clock: Callable[[], Clock], changed: Callable[[], None]) -> None:
        """`changed` is called whenever a pause has begun or ended."""
        self._clock = clock
        self._changed = changed
        self._ends_at = 0.0
        self._timer: Timer | None = None
        self._waiting: list[tuple[Pending, Run]] = []
        self.reach = Reach.NONE

    def __len__(self) -> int:
        """How many commands wait."""
        return len(self._waiting)

    @property
    def seconds_left(self) -> float:
        """Until it ends by itself; 0 when there is none."""
        return max(self._ends_at - self._clock().time(), 0.0) if self.reach else 0.0

    def begin(self, reach: Reach, seconds: float) -> None:
        """Pause, or pause longer and wider."""
        clock = self._clock()
        ends_at = clock.time() + seconds
        self._ends_at = max(ends_at, self._ends_at) if self.reach else ends_at
        self.reach = max(reach, self.reach)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = clock.call_later(self._ends_at - clock.time(), self.end)
        self._changed()

    def end(self) -> None:
        """End the pause and serve those who wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.reach = Reach.NONE
        self._changed()
        waiting, self._waiting = self._waiting, []
        for pending, run in waiting:
            settle(pending, run)

    def park(self, run: Run) -> Pending:
        """Have `run` called when the pause ends; its reply resolves the Pending returned."""
        pending = Pending()
        self._waiting.append((pending, run))
        return pending
