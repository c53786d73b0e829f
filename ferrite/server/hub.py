"""Hub: what all connections of a server share, and what is done to all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ferrite.limits import ConnectionLimits
from ferrite.server.codec import Burst, Codec, choose_codec
from ferrite.server.hosting import Hosting
from ferrite.server.outbox import Outbox
from ferrite.state import ServerState
from ferrite.usage import Usages

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
    hosting: Hosting = field(init=False)
    """Requests that wait for the end of the loop's turn."""
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever the last of them has gone."""

    burst: Burst | None = field(init=False)
    """What serves the commonest requests ahead of the parser."""

    def __post_init__(self) -> None:
        make_burst = self.codec.make_burst
        self.burst = make_burst() if make_burst is not None else None
        self.state.collect_usages = self._collect_usages
        self.outbox = Outbox(self.state.append_log)
        self.hosting = Hosting(lambda: self.state.host)
        self.state.log_followers.append(self.follow_log)

    def _collect_usages(self, usages: Usages) -> None:
        if self.burst is not None:
            for name, calls, nanoseconds, buckets in self.burst.take_usages():
                command = self.state.registry.by_spelling[name.encode()]
                usages[command].add(calls, nanoseconds, buckets)

    def follow_log(self) -> None:
        """Writes are logged, or not any more."""
        self.outbox.flush()
        for connection in self.connections:
            connection.follow_log()

    def follow_output_limits(self) -> None:
        """The option client-output-buffer-limit has changed."""
        for connection in self.connections:
            connection.follow_config()

    def sweep(self) -> None:
        """Once a second: close the clients that idle or leave their replies unread too long."""
        now, idle_ms_max = self.state.clock.now(), self.state.config.redis.timeout * 1000
        for connection in tuple(self.connections):
            connection.sweep(now, idle_ms_max)
