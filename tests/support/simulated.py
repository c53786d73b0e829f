"""A server whose disk, clock and event loop are simulated: turn by turn, and nothing in between."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.dispatch import dispatch
from ferrite.errors import CommandError
from ferrite.keyspace.clock import Clock
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply
from ferrite.replay import Replay
from ferrite.state import Call, ServerState
from ferrite.turn import Turn
from tests.support.memory_files import MemoryFiles

START_MS = 1_700_000_000_000
SYNC_MS_MAX = 60


class SimulatedTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class SimulatedLoop:
    """An event loop whose time passes when told to; a sync in the background takes some of it."""

    def __init__(self, chance: random.Random) -> None:
        self.now = START_MS
        self._chance = chance
        self._order = itertools.count()
        self._timers: list[tuple[float, int, SimulatedTimer]] = []
        self._end_of_turn: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now / 1000

    def call_later(self, delay: float, callback: Callable[[], None]) -> SimulatedTimer:
        timer = SimulatedTimer(callback)
        heapq.heappush(self._timers, (self.now + delay * 1000, next(self._order), timer))
        return timer

    def at_end_of_turn(self, callback: Callable[[], None]) -> None:
        self._end_of_turn.append(callback)

    def in_background(
        self, work: Callable[[], None], done: Callable[[OSError | None], None]
    ) -> None:
        def finish() -> None:
            try:
                work()
            except OSError as error:
                done(error)
            else:
                done(None)

        self.call_later(self._chance.uniform(0, SYNC_MS_MAX) / 1000, finish)

    def close(self) -> None:
        pass

    def end_turn(self) -> None:
        callbacks, self._end_of_turn = self._end_of_turn, []
        for callback in callbacks:
            callback()

    def sleep(self, milliseconds: int) -> None:
        """Let time pass; timers come when they are due."""
        until = self.now + milliseconds
        while self._timers and self._timers[0][0] <= until:
            due, _, timer = heapq.heappop(self._timers)
            self.now = max(self.now, int(due))
            if timer.callback is not None:
                timer.callback()
                self.end_turn()
        self.now = until


class SimulatedServer:
    """One server with some clients; options as in redis.conf."""

    def __init__(
        self,
        files: MemoryFiles,
        chance: random.Random | None = None,
        loop: SimulatedLoop | None = None,
        **options: object,
    ) -> None:
        config = Config()
        config.redis.dir = "/data"
        config.redis.appendonly = True
        for name, value in options.items():
            setattr(config.redis, name, value)
        self.files = files
        self.loop = loop or SimulatedLoop(chance or random.Random(1))
        self.state = ServerState(
            config, standard_registry(), Clock(lambda: self.loop.now), files=files,
            event_loop=self.loop,
        )  # fmt: skip
        self.state.turn = Turn(self.loop, lambda: 5000)
        self.replay = Replay(self.state)
        self.state.load(self.replay)
        self.calls = [self._client() for _ in range(3)]
        self.written: list[bool] = []
        """For every turn that ended: whether its entries are as safe as promised."""
        self.state.append_log.followers.append(self.written.append)

    def _client(self) -> Call:
        return Call(self.state.connect(), self.state)

    def reply(self, *words: bytes | str | int, client: int = 0) -> Reply:
        """The reply to one request, in the turn that is under way."""
        request = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        answer = dispatch(self.calls[client], request)
        return answer.value if isinstance(answer, Pending) else answer

    def ask(self, *words: bytes | str | int) -> Reply:
        """The reply to one request, which has a turn of its own."""
        reply = self.reply(*words)
        self.loop.end_turn()
        return reply

    def error(self, *words: bytes | str | int) -> str:
        reply = self.ask(*words)
        assert isinstance(reply, CommandError)
        return reply.text

    def increment(self) -> bytes:
        """The file that is written now."""
        manifest = self.state.append_only.manifest
        assert manifest is not None
        text = self.files.read(self.state.append_files.path(manifest.increments[-1].name))
        assert text is not None
        return text

    def contents(self) -> dict[tuple[int, bytes], object]:
        """Everything: database and key -> value in a form that compares, and deadline."""
        from ferrite.persistence.payloads import dump

        return {
            (database.index, key): (dump(value), deadline)
            for database in self.state.databases
            for key, value, deadline in database.entries()
        }
