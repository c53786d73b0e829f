"""How often each command was called, how long it took, and how often it failed.

Rule: counted by burst, not by call: whoever serves a row of requests of one name notes them with
one call. Times go into a histogram of powers of two, which is what LATENCY HISTOGRAM answers and
what percentiles are computed from.
Source: https://redis.io/commands/info/ (commandstats, latencystats), /commands/latency-histogram/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrite.commands.registry import Command
    from ferrite.state import Call

BUCKETS = 64


class Usage:
    """What one command has been used for."""

    __slots__ = ("buckets", "calls", "failed", "nanoseconds", "rejected")

    def __init__(self) -> None:
        self.calls = 0
        self.nanoseconds = 0
        self.failed = 0
        """Calls that answered an error."""
        self.rejected = 0
        """Requests that did not come as far as a call."""
        self.buckets = [0] * BUCKETS
        """Calls that took less than 2**index nanoseconds, and not less than half of it."""

    @property
    def microseconds(self) -> int:
        """What all calls took."""
        return self.nanoseconds // 1000

    def note(self, calls: int, nanoseconds: int) -> None:
        """Count calls that took `nanoseconds` together."""
        self.calls += calls
        self.nanoseconds += nanoseconds
        self.buckets[(nanoseconds // calls).bit_length()] += calls

    def add(self, calls: int, nanoseconds: int, buckets: Sequence[int]) -> None:
        """Count calls that somebody else has put into buckets."""
        self.calls += calls
        self.nanoseconds += nanoseconds
        self.buckets = [mine + more for mine, more in zip(self.buckets, buckets, strict=True)]

    def percentile(self, percent: float) -> float:
        """Microseconds that `percent` of the calls did not exceed, by the bucket's upper end."""
        wanted = self.calls * percent / 100
        seen = 0
        for index, count in enumerate(self.buckets):
            seen += count
            if count and seen >= wanted:
                return float((1 << index) - 1) / 1000
        return 0.0

    def distribution(self) -> dict[int, int]:
        """Microseconds -> calls that took no longer, in powers of two up to the slowest."""
        result: dict[int, int] = {}
        seen = 0
        for index, count in enumerate(self.buckets):
            seen += count
            if count:
                result[max(1, 2**index // 1024)] = seen
        return result


def _nothing(_call: Call, _request: list[bytes]) -> None:
    """A stand-in is counted and never run."""


class Usages(dict["Command", Usage]):
    """By command; one that was never called has an entry as soon as it is looked up.

    A plugin's command is counted under a stand-in of its name: the command itself holds its plugin
    with all its memory, and every version of the plugin brings a new one.
    """

    def __init__(self) -> None:
        self._stand_ins: dict[str, Command] = {}

    def __missing__(self, command: Command) -> Usage:
        if command.module:
            name = command.name
            stand_in = self._stand_ins.get(name)
            if stand_in is None:
                stand_in = self._stand_ins[name] = copy(command)
                stand_in.run, stand_in.serve_row, stand_in.module = _nothing, None, ""
            return self[stand_in]
        usage = self[command] = Usage()
        return usage

    def note(self, bursts: Iterable[tuple[Command, int, int]]) -> None:
        """Count rows of calls: the command, how many, nanoseconds together."""
        for command, calls, nanoseconds in bursts:
            if calls:
                self[command].note(calls, nanoseconds)

    @property
    def key_uses(self) -> int:
        """Commands processed that used keys, which those that only ask about them do not."""
        return sum([usage.calls for command, usage in self.items() if command.uses_keys])

    @property
    def calls(self) -> int:
        """Commands processed."""
        return sum(usage.calls for usage in self.values())
