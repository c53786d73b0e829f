"""The slow log: the last commands that took longer than they should.

Rule: what it keeps is bounded: entries by slowlog-max-len, arguments of an entry and bytes of an
argument by Redis's own bounds, so that a slow command with a large request costs no memory.
Source: https://redis.io/commands/slowlog-get/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ferrite.session import Session

ARGUMENTS_MAX = 32
"""Items of a request that an entry keeps; the last of them says how many more there were."""
ARGUMENT_BYTES_MAX = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """One slow command."""

    number: int
    """Counted from 0 at the server's start."""
    at: int
    """Unix seconds."""
    microseconds: int
    request: list[bytes]
    """Trimmed."""
    address: str
    name: bytes
    """The client's."""


class SlowLog:
    """The slow commands of a server, the newest first."""

    __slots__ = ("_count", "_length_max", "_now", "entries")

    def __init__(self, now: Callable[[], int], length_max: Callable[[], int]) -> None:
        """`now` gives Unix milliseconds, `length_max` the entries to keep."""
        self.entries: deque[Entry] = deque()
        self._count = 0
        self._now = now
        self._length_max = length_max

    def add(self, session: Session, request: list[bytes], microseconds: int) -> None:
        """Keep a command that was slow, and no more of the old ones than there may be."""
        self.entries.appendleft(
            Entry(
                self._count,
                self._now() // 1000,
                microseconds,
                trimmed(request),
                session.address,
                session.name,
            )
        )
        self._count += 1
        while len(self.entries) > self._length_max():
            self.entries.pop()

    def reset(self) -> None:
        """Forget all entries; numbers go on."""
        self.entries.clear()


def trimmed(request: list[bytes]) -> list[bytes]:
    """A request as an entry keeps it."""
    kept = request
    if len(request) > ARGUMENTS_MAX:
        kept = request[: ARGUMENTS_MAX - 1]
    kept = [_shortened(argument) for argument in kept]
    if len(request) > ARGUMENTS_MAX:
        kept.append(b"... (%d more arguments)" % (len(request) - ARGUMENTS_MAX + 1))
    return kept


def _shortened(argument: bytes) -> bytes:
    more = len(argument) - ARGUMENT_BYTES_MAX
    if more <= 0:
        return argument
    return argument[:ARGUMENT_BYTES_MAX] + b"... (%d more bytes)" % more
