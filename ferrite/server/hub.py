"""Hub: what all connections of a server share, and what is done to all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ferrite.limits import ConnectionLimits
from ferrite.server.codec import Codec, choose_codec
from ferrite.server.outbox import Outbox
from ferrite.state import ServerState

if TYPE_CHECKING:
    from ferrite.server.connection import Connection


@dataclass(slots=True)
class Hub:
    """The connections of one server."""

    state: ServerState
    codec: Codec = field(default_factory=choose_codec)
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    connections: set[Connection] = field(default_factory=set)
    """Those whose sockets are open."""
    outbox: Outbox = field(init=False)
    """Replies that wait for the log."""
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever the last of them has gone."""

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.state.append_log)
        self.state.log_followers.append(self.follow_log)

    def follow_log(self) -> None:
        """Writes are logged, or not any more."""
        self.outbox.flush()
        for connection in self.connections:
            connection.follow_log()

    def follow_config(self) -> None:
        """Options may have changed."""
        for connection in self.connections:
            connection.follow_config()

    def sweep(self) -> None:
        """Once a second: close the clients that idle or leave their replies unread too long."""
        now, idle_ms_max = self.state.clock.now(), self.state.config.redis.timeout * 1000
        for connection in tuple(self.connections):
            connection.sweep(now, idle_ms_max)
