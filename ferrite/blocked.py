"""Blocked clients: who waits for a key to have something to pop, and who is served first.

Rule: a command that finds nothing to pop hands over how to try again and gets a Pending. When a
key it waits for is written, the notice point tells us; once the command that wrote it is over (a
transaction or a plugin call as a whole), `serve_ready` lets those who wait try in the order they
came, until nothing is left for them. Serving one may fill a key that another waits for (BLMOVE);
that one is served in the same go. While nobody waits, nobody listens: writing costs nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.journal import Change
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply

Attempt: TypeAlias = Callable[[bytes], Reply]
"""Pops from a key: the reply, or None when the key has nothing to pop."""


class Timer(Protocol):
    """What a call later can be stopped by (asyncio.TimerHandle)."""

    def cancel(self) -> None:
        """Do not call any more."""


CallLater: TypeAlias = Callable[[float, Callable[[], None]], Timer]
"""Calls a function after some seconds, as an event loop's call_later."""
Place: TypeAlias = tuple[Keyspace, bytes]


class Waiter:
    """One blocked client."""

    __slots__ = ("attempt", "pending", "places", "session_id", "timed_out", "timer")

    def __init__(
        self, session_id: int, places: list[Place], attempt: Attempt, timed_out: Reply
    ) -> None:
        self.session_id = session_id
        self.places = places
        self.attempt = attempt
        self.timed_out = timed_out
        self.pending = Pending()
        self.timer: Timer | None = None


class BlockedClients:
    """All blocked clients of a server."""

    __slots__ = ("_by_session", "_call_later", "_waited", "_waiters", "ready")

    def __init__(self, call_later: CallLater) -> None:
        self._call_later = call_later
        self._by_session: dict[int, Waiter] = {}
        self._waiters: dict[Place, dict[Waiter, None]] = {}
        self._waited: Counter[Keyspace] = Counter()
        self.ready: dict[Place, None] = {}
        """Keys that were written and that somebody waits for; `serve_ready` empties it."""

    def __len__(self) -> int:
        return len(self._by_session)

    def __contains__(self, session_id: int) -> bool:
        return session_id in self._by_session

    def block(
        self,
        session_id: int,
        keyspace: Keyspace,
        keys: Sequence[bytes],
        attempt: Attempt,
        *,
        timeout: float,
        timed_out: Reply,
    ) -> Pending:
        """Wait for one of `keys`, for `timeout` seconds at most, 0 for ever; then the reply is
        `timed_out`."""
        waiter = Waiter(session_id, [(keyspace, key) for key in keys], attempt, timed_out)
        for place in waiter.places:
            if place not in self._waiters:
                self._listen(keyspace)
                self._waiters[place] = {}
            self._waiters[place][waiter] = None
        if timeout:
            waiter.timer = self._call_later(timeout, lambda: self._finish(waiter, timed_out))
        self._by_session[session_id] = waiter
        waiter.pending.on_abandon(lambda: self._finish(waiter, None))
        return waiter.pending

    def unblock(self, session_id: int, error: bool) -> bool:
        """End a client's wait as if its time were over, or with an error; whether it waited.

        Source: https://redis.io/commands/client-unblock/
        """
        waiter = self._by_session.get(session_id)
        if waiter is None:
            return False
        self._finish(waiter, CommandError.unblocked() if error else waiter.timed_out)
        return True

    def serve_ready(self) -> None:
        """Serve whom the writes since the last time have given something. No command and no
        plugin call may be under way."""
        while self.ready:
            place = next(iter(self.ready))
            del self.ready[place]
            for waiter in list(self._waiters.get(place, ())):
                if waiter.pending.done:
                    continue
                try:
                    reply = waiter.attempt(place[1])
                except CommandError as error:
                    reply = error
                if reply is not None:
                    self._finish(waiter, reply)

    def _finish(self, waiter: Waiter, reply: Reply) -> None:
        del self._by_session[waiter.session_id]
        if waiter.timer is not None:
            waiter.timer.cancel()
        for place in waiter.places:
            waiters = self._waiters.get(place, {})
            waiters.pop(waiter, None)
            if not waiters and self._waiters.pop(place, None) is not None:
                self._unlisten(place[0])
        waiter.pending.resolve(reply)

    def _listen(self, keyspace: Keyspace) -> None:
        self._waited[keyspace] += 1
        if self._waited[keyspace] == 1:
            keyspace.listen(self._heard)

    def _unlisten(self, keyspace: Keyspace) -> None:
        self._waited[keyspace] -= 1
        if not self._waited[keyspace]:
            keyspace.unlisten(self._heard)

    def _heard(self, keyspace: Keyspace, change: Change, key: bytes) -> None:
        place = (keyspace, key)
        if change is Change.WRITTEN and place in self._waiters:
            self.ready[place] = None
