"""A server without sockets that has several clients, and a clock that stands until it is set on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.dispatch import dispatch
from ferrite.pending import Pending
from ferrite.state import Call, ServerState
from ferrite.turn import Turn


class Timer:
    """One call later."""

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """What a server needs of an event loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self.now + delay, callback)
        self.timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for timer in list(self.timers):
            if timer.due <= self.now and not timer.cancelled:
                timer.cancelled = True
                timer.callback()


class Client:
    """One client; `reply` is a Pending where it has to wait."""

    def __init__(self, state: ServerState) -> None:
        self.session = state.connect()
        self.call = Call(self.session, state)

    def reply(self, *arguments: bytes | str | int) -> Any:
        request = [item if isinstance(item, bytes) else str(item).encode() for item in arguments]
        return dispatch(self.call, request)

    def waits(self, *arguments: bytes | str | int) -> Pending:
        pending = self.reply(*arguments)
        assert isinstance(pending, Pending)
        assert not pending.done
        return pending


class SeveralClients:
    """A server and what is needed to watch it."""

    def __init__(self) -> None:
        config = Config()
        self.loop = Loop()
        self.state = ServerState(config, standard_registry())
        self.state.turn = Turn(self.loop, lambda: config.plugins.busy_reply_ms)

    def client(self) -> Client:
        return Client(self.state)
