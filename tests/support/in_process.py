"""A server without sockets: one session whose requests go straight to dispatch."""

from __future__ import annotations

from collections.abc import Callable

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.dispatch import dispatch
from ferrite.keyspace.clock import Clock
from ferrite.pending import Pending
from ferrite.protocol.encoder import encode
from ferrite.protocol.replies import Reply
from ferrite.state import Call, ServerState
from ferrite.turn import Timer, Turn


class _NoLoop:
    """Turns end as soon as they begin here, so time stands still and nobody asks for a timer."""

    def time(self) -> float:
        return 0.0

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        raise AssertionError


class InProcess:
    """One client of a server, which is its own by default."""

    def __init__(
        self,
        config: Config | None = None,
        now: Callable[[], int] | None = None,
        *,
        state: ServerState | None = None,
    ) -> None:
        """One more client of the server of `state`, where that is given."""
        if state is None:
            clock = Clock(now) if now else None
            state = ServerState(config or Config(), standard_registry(), clock)
            state.turn = Turn(_NoLoop(), lambda: 5000)
        self.state = state
        self.session = self.state.connect("127.0.0.1:1", "127.0.0.1:2")
        self.call = Call(self.session, self.state)

    def reply(self, *arguments: bytes | str | int) -> Reply:
        """The reply as a value; a CommandError is a value too."""
        request = [item if isinstance(item, bytes) else str(item).encode() for item in arguments]
        answer = dispatch(self.call, request)
        assert not isinstance(answer, Pending)
        return answer

    def ask(self, *arguments: bytes) -> bytes:
        """The reply as its bytes."""
        return encode(self.reply(*arguments), self.session.protocol)
