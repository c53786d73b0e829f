"""Pending: a reply that comes later.

Rule: a command that cannot answer at once (a guest that gave way to the loop, a command waiting
for its turn) returns a Pending. The connection takes no further request of that client until it is
resolved, so replies keep the order of requests; other clients go on. Whoever returned it resolves
it exactly once, whatever happens, even when the client has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

from ferrite.protocol.replies import Reply


@final
class Pending:
    """One reply to come. Belongs to the loop's thread, like everything of a connection."""

    __slots__ = ("_callbacks", "_on_abandon", "abandoned", "done", "value")

    def __init__(self) -> None:
        self.done = False
        """Whether `value` is there."""
        self.value: Reply = None
        self.abandoned = False
        """Whether the client has gone: nobody waits for the value any more."""
        self._callbacks: list[Callable[[Reply], Any]] = []
        self._on_abandon: list[Callable[[], Any]] = []

    def resolve(self, value: Reply) -> None:
        """Give the reply (a CommandError for a failure) to all who wait for it.

        Raises RuntimeError when it was given before.
        """
        if self.done:
            raise RuntimeError("a pending reply is resolved once")
        self.done = True
        self.value = value
        self._on_abandon.clear()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(value)

    def on_done(self, callback: Callable[[Reply], Any]) -> None:
        """Call `callback` with the reply: at once when it is there already."""
        if self.done:
            callback(self.value)
        else:
            self._callbacks.append(callback)

    def abandon(self) -> None:
        """The client has gone. What has not begun need not begin; it is resolved all the same."""
        if self.done or self.abandoned:
            return
        self.abandoned = True
        callbacks, self._on_abandon = self._on_abandon, []
        for callback in callbacks:
            callback()

    def on_abandon(self, callback: Callable[[], Any]) -> None:
        """Call `callback` when the client goes before the reply is there."""
        if self.abandoned:
            callback()
        elif not self.done:
            self._on_abandon.append(callback)
