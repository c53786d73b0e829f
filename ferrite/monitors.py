"""Monitors: clients that are shown every command. https://redis.io/commands/monitor/"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ferrite.protocol.display import quoted
from ferrite.session import Session


class Monitors:
    """The clients that watch a server."""

    __slots__ = ("_now", "sessions")

    def __init__(self, now: Callable[[], int]) -> None:
        """`now` gives Unix milliseconds."""
        self._now = now
        self.sessions: dict[Session, None] = {}

    def feed(self, session: Session, request: Sequence[bytes]) -> None:
        """Show a command to all of them, as its client sent it."""
        seconds, milliseconds = divmod(self._now(), 1000)
        source = session.address
        if session.unix_socket:
            source = f"unix:{source.removesuffix(':0')}"
        words = b" ".join(map(quoted, request)).decode("ascii")
        line = f"{seconds}.{milliseconds * 1000:06} [{session.database} {source}] {words}"
        for monitor in tuple(self.sessions):
            monitor.push(line)
