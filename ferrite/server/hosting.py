"""Hosting: requests that are served in a task, because what they call may give way in the middle.

Rule: those of all clients that come in one turn of the loop are served at its end, in one task, one
client after the other; then their replies leave together. One client's requests stay in their
order, for it waits like one with a Pending. When a call gives way its client goes on waiting, and
the clients behind it are served without it, in a task of their own.

One task for many is cheaper than one for each, and replies that leave together wake a client that
serves several connections only once: docs/rationale.md, "What a plugin's command costs".
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from ferrite.commands.registry import Command
from ferrite.dispatch import serve
from ferrite.errors import ForeignProtocol
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply
from ferrite.state import Call, Host

LOG = logging.getLogger(__name__)


class Hosted:
    """One client's requests in a task: a `RowClient`."""

    __slots__ = (
        "_room", "at", "call", "end", "given_way", "offset", "on_end", "pending", "protocol",
        "replies", "requests", "slow",
    )  # fmt: skip

    def __init__(
        self,
        call: Call,
        replies: list[Reply],
        room: int,
        given_way: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        """`replies` and `room` are what `serve` takes."""
        self.call = call
        self.replies = replies
        self._room = room
        self.given_way = given_way
        """Called when the requests take longer than a turn; takes the replies so far."""
        self.on_end = on_end
        """Called when they are served, as far as they can be."""
        self.pending = Pending()
        """Stands for the replies to come; it is never resolved."""
        self.requests: list[list[bytes]] = []
        self.at = self.offset = 0
        self.slow = False
        self.protocol = 0
        """The protocol version that the client speaks before the first of them."""
        self.end: Pending | Exception | None = None
        """What `serve` answered or raised."""

    def begin(self, requests: list[list[bytes]]) -> None:
        """These requests come next."""
        self.requests = requests
        self.at = 0
        self.end, self.slow = None, False
        self.protocol = self.call.session.protocol

    @property
    def command(self) -> Command | None:
        """The command of the next request, where a row can begin with it."""
        requests, call = self.requests, self.call
        if not requests or not call.session.plain:
            return None
        command = call.state.registry.by_spelling.get(requests[0][0])
        return command if command is not None and command.serve_row is not None else None

    def serve(self) -> None:
        """Answer what is not answered yet, in a task."""
        del self.requests[: self.at]
        self.offset = -len(self.replies)
        try:
            self.end = serve(self.call, self.requests, self.replies, self._room, self)
        except ForeignProtocol as error:
            self.end = error
        self.at = len(self.replies) + self.offset

    def take(self) -> tuple[list[list[bytes]], Pending | Exception | None]:
        """The requests that were to be served, and how that has ended; neither is kept."""
        requests, self.requests = self.requests, []
        end, self.end = self.end, None
        return requests, end

    def flush(self) -> None:
        """They take longer: send the replies so far."""
        self.slow = True
        self.offset += len(self.replies)
        self.given_way()


class Hosting:
    """What waits for the end of the loop's turn."""

    __slots__ = ("_run", "_waiting")

    def __init__(self, run: Callable[[], Host]) -> None:
        """`run` gives what runs a job in a task."""
        self._run = run
        self._waiting: deque[Hosted] = deque()

    def add(self, hosted: Hosted) -> None:
        """Serve these requests at the end of the turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._serve)
        self._waiting.append(hosted)

    def _serve(self) -> None:
        while self._waiting:
            _Task(self._waiting).begin(self._run())


class _Task:
    """One task, from its first client's requests on."""

    __slots__ = ("_command", "_current", "_ended", "_given_way", "_waiting")

    def __init__(self, waiting: deque[Hosted]) -> None:
        self._waiting = waiting
        self._command: Command | None = None
        self._current: Hosted | None = None
        self._ended: list[Hosted] = []
        self._given_way = False

    def begin(self, host: Host) -> None:
        """Serve all that waits, up to one that gives way."""
        over = host(self._work, self._tell)
        self._given_way = not over
        self._tell()
        if self._current is not None:
            self._current.flush()

    def _work(self) -> None:
        while self._waiting and not self._given_way:
            self._current = self._waiting.popleft()
            try:
                self._serve(self._current)
            except Exception as error:
                session = self._current.call.session
                LOG.error("a bug of ours around a request of %s", session.address, exc_info=error)
                self._current.end = error
            self._ended.append(self._current)
        self._current = None

    def _serve(self, hosted: Hosted) -> None:
        """Serve one client, or as many as have requests for one command."""
        command = self._command = hosted.command
        if command is not None and command.serve_row is not None:
            command.serve_row(hosted, self._following)
            hosted = self._current or hosted
        if hosted.at < len(hosted.requests) and not hosted.slow:
            hosted.serve()

    def _following(self, hosted: Hosted) -> Hosted | None:
        """The next client, if its requests begin with the same command."""
        waiting = self._waiting
        if not waiting or self._given_way:
            return None
        following = waiting[0]
        if following.command is not self._command:
            return None
        self._ended.append(hosted)
        self._current = waiting.popleft()
        return following

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        for hosted in ended:
            hosted.on_end()
