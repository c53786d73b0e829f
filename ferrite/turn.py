"""Turn: who owns the keyspace while a plugin call is under way.

Rule: a plugin call owns the keyspace from its start to its commit or undo, though it gives way to
the loop in between. Commands of other clients that touch the keyspace park here, first come first
served, and run when the turn ends. Once a turn has lasted `busy_reply_ms`, those parked and those
still coming are answered BUSY instead, as Redis does for a slow module command.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply

Run = Callable[[], Reply | Pending]


class Timer(Protocol):
    """What a call later can be stopped by (asyncio.TimerHandle)."""

    def cancel(self) -> None:
        """Do not call any more."""


class Clock(Protocol):
    """The two methods of an event loop that a Turn needs."""

    def time(self) -> float:
        """Monotonic seconds."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` after `delay` seconds."""


class Turn:
    """The keyspace's one owner, and the queue of those who wait for it."""

    __slots__ = (
        "_busy_reply_ms",
        "_depth",
        "_draining",
        "_later",
        "_parked",
        "_timer",
        "begun_at",
        "clock",
        "owner",
    )

    def __init__(self, clock: Clock, busy_reply_ms: Callable[[], int]) -> None:
        self.owner: object | None = None
        """The Call whose plugin command is under way; None while the keyspace is free."""
        self.clock = clock
        self._busy_reply_ms = busy_reply_ms
        self._parked: deque[tuple[Pending, Run]] = deque()
        self._timer: Timer | None = None
        self.begun_at = 0.0
        """When it was given away last, in the clock's seconds."""
        self._depth = 0
        self._draining = False
        self._later: Callable[[Callable[[], None]], None] = lambda step: step()

    def run_parked_by(self, later: Callable[[Callable[[], None]], None]) -> None:
        """Have parked commands run by `later`, which calls what it is given outside of all plugin
        calls: now or soon."""
        self._later = later

    @property
    def parked(self) -> int:
        """How many commands wait for the turn to end."""
        return len(self._parked)

    @property
    def busy(self) -> bool:
        """Whether the present turn has lasted `busy_reply_ms` or longer."""
        return self.owner is not None and self._seconds_to_busy() <= 0

    def begin(self, owner: object) -> None:
        """Give the keyspace to `owner`; to one who has it (a transaction) once more. Raises
        RuntimeError while another has it."""
        if self.owner is not None:
            if self.owner is not owner:
                raise RuntimeError("the keyspace has an owner already")
            self._depth += 1
            return
        self.owner = owner
        self.begun_at = self.clock.time()

    def end(self, owner: object) -> None:
        """Take the keyspace back; what was parked runs, until one of those begins a turn.

        Raises RuntimeError when `owner` does not have it.
        """
        if self.owner is not owner:
            raise RuntimeError("only the owner of the keyspace can end its turn")
        if self._depth:
            self._depth -= 1
            return
        self.owner = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._parked:
            self._later(self._drain)

    def _drain(self) -> None:
        """Run what is parked, until one of those begins a turn."""
        if self._draining:
            return  # a parked command had a whole turn; the loop below goes on with the next
        self._draining = True
        try:
            while self._parked and self.owner is None:
                settle(*self._parked.popleft())
        finally:
            self._draining = False
        if self._parked:
            self._watch()

    def park(self, run: Run) -> Pending:
        """Have `run` called when the turn ends; its reply resolves the Pending returned.

        `run` answers a CommandError as a value and raises nothing. Raises CommandError (BUSY) when
        the turn has lasted too long already.
        """
        if self.busy:
            raise CommandError.busy()
        pending = Pending()
        self._parked.append((pending, run))
        self._watch()
        return pending

    def _seconds_to_busy(self) -> float:
        return self.begun_at + self._busy_reply_ms() / 1000 - self.clock.time()

    def _watch(self) -> None:
        """Only a turn that somebody waits for needs a timer."""
        if self._timer is None:
            delay = max(self._seconds_to_busy(), 0.0)
            self._timer = self.clock.call_later(delay, self._refuse_parked)

    def _refuse_parked(self) -> None:
        self._timer = None
        if not self.busy:  # busy_reply_ms was raised meanwhile
            self._watch()
            return
        parked, self._parked = self._parked, deque()
        for pending, _ in parked:
            pending.resolve(CommandError.busy())


def settle(pending: Pending, run: Run) -> None:
    """Run a parked command and hand its reply on; one whose client has gone never begins."""
    if pending.abandoned:
        pending.resolve(None)
        return
    reply = run()
    if isinstance(reply, Pending):
        pending.on_abandon(reply.abandon)
        reply.on_done(pending.resolve)
    else:
        pending.resolve(reply)
