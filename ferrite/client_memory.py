"""What clients take: their buffers, queued commands, watched keys, subscriptions.

Rule: a client's share is measured when something of it may have changed: before each of its
commands, when a part of a request or a message to it piles up, and a few times a second for all.
The sum of the shares is kept. Beyond maxmemory-clients the largest clients are disconnected; those
that CLIENT NO-EVICT protects count towards memory, but not towards this limit.
Source: https://redis.io/docs/latest/develop/reference/clients/#client-eviction
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from itertools import islice
from sys import getsizeof
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrite.session import Session
    from ferrite.watches import Watches

LOG = logging.getLogger(__name__)

CLIENT_BYTES = 4_096
"""What a connection takes while nothing is under way, the event loop's part included: 3.7 KiB
measured with 10,000 of them."""
NAME_BYTES = 160
"""What a subscription, a watched key or a tracked prefix takes besides its name."""
NAMES_MEASURED = 8


class ClientMemory:
    """The shares of all clients."""

    __slots__ = (
        "_limit", "_protected", "_sessions", "_shares", "_under_way", "_watches", "evicted",
        "total",
    )  # fmt: skip

    def __init__(
        self, sessions: dict[int, Session], watches: Watches, limit: Callable[[], int]
    ) -> None:
        """`limit` is what all clients that are not protected may take; 0 for any number."""
        self._sessions = sessions
        self._watches = watches
        self._limit = limit
        self._shares: dict[int, int] = {}
        self._protected = 0
        self._under_way: tuple[int, int] = (0, 0)
        self.total = 0
        """Bytes of all clients, as far as they were measured."""
        self.evicted = 0
        """Clients disconnected since the start or CONFIG RESETSTAT."""

    def measure(self, session: Session) -> int:
        """The bytes that a client takes now."""
        total, link = CLIENT_BYTES, session.link
        if self._under_way[0] == session.id:
            total += self._under_way[1]
        if link is not None:
            total += link.input_bytes + link.output_bytes
        if session.transaction is not None:
            total += session.transaction.bytes
        if session.subscriptions is not None:
            total += sum(map(_names_bytes, session.subscriptions.names.values()))
        if session.tracking is not None:
            total += _names_bytes(session.tracking.prefixes)
        return total + self._watches.count(session.id) * 2 * NAME_BYTES

    def begin(self, session: Session, request: list[bytes]) -> None:
        """A client's request is under way: measure it with that."""
        self._under_way = session.id, sum(map(getsizeof, request))
        self.note(session)

    def note(self, session: Session) -> None:
        """Measure a client anew."""
        share = self.measure(session)
        self.forget(session.id)
        self.total += share
        if session.no_evict:
            self._protected += share
            share = -share
        self._shares[session.id] = share

    def forget(self, session_id: int) -> None:
        """A client has gone."""
        share = self._shares.pop(session_id, 0)  # of a protected client it is negative
        self.total -= abs(share)
        self._protected -= max(-share, 0)

    def note_all(self) -> None:
        """Measure all clients anew."""
        for session in self._sessions.values():
            self.note(session)

    def evict(self) -> None:
        """Disconnect the largest clients as long as all of them take more than they may."""
        limit = self._limit()
        if not limit or self.total - self._protected <= limit:
            return
        self.note_all()
        while self.total - self._protected > limit:
            session_id = max(self._shares, key=self._shares.__getitem__)
            session = self._sessions.get(session_id)
            self.forget(session_id)
            if session is not None and session.link is not None:
                LOG.warning("closing client %s: maxmemory-clients", session.address)
                self.evicted += 1
                session.link.disconnect()


def _names_bytes(names: Collection[bytes]) -> int:
    """What some names take, by the first of them."""
    if not names:
        return 0
    measured = min(len(names), NAMES_MEASURED)
    sample = sum(map(getsizeof, islice(names, measured)))
    return len(names) * (NAME_BYTES + sample // measured)
