"""Outbox: replies that leave when the writes of their turn are in the append-only file.

Rule: while the log has entries that are not written, every reply waits, also one that only read:
it may tell of a write. At the end of the turn all of them leave. When the log could not be written
nobody may take its writes for done: the clients whose replies waited lose their connections, and
the log keeps the entries, as the databases keep the values.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

from ferrite.persistence.append_log import AppendLog

LOG = logging.getLogger(__name__)


class Client(Protocol):
    """What is needed of a connection."""

    def disconnect(self) -> None:
        """Close at once."""


class Outbox:
    """The replies of all connections of a server that wait now."""

    __slots__ = ("_held", "_log")

    def __init__(self, log: AppendLog) -> None:
        self._log = log
        self._held: list[tuple[Client, Any, bytes]] = []
        log.followers.append(self._release)

    def write(self, client: Client, transport: Any, data: bytes) -> None:
        """Write to a transport, at the end of the turn if the log has entries till then."""
        if self._held or (self._log.due and not self._log.failure):
            self._held.append((client, transport, data))
        else:
            transport.write(data)

    def flush(self) -> None:
        """Have what waits on its way now."""
        if self._held:
            if self._log.due:
                self._log.commit()
            else:
                self._release(True)

    def _release(self, written: bool) -> None:
        held, self._held = self._held, []
        if written:
            for _, transport, data in held:
                if not transport.is_closing():  # its client may have gone meanwhile
                    transport.write(data)
        elif held:
            clients = {client for client, _, _ in held}
            LOG.error("%d clients are closed: their writes are in doubt", len(clients))
            for client in clients:
                client.disconnect()
