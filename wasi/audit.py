"""The audit: one event for each system call, in a bounded ring and, if wanted, as JSON lines.

An event has what the guest asked for, what was decided, what it got, the bytes that were moved, and
the fuel that it had used by then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO

from wasi.abi import Errno
from wasi.policy import Decision

EVENTS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the audit.

    parameters: what the arguments are called. paths: those among the arguments that are paths, as
    text. bytes: moved between guest and host, each of which has cost a unit.
    """

    name: str
    arguments: tuple[int, ...]
    decision: Decision
    errno: Errno
    fuel: int
    parameters: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    bytes: int = 0

    def as_json(self) -> str:
        """The event as one line of JSON."""
        return json.dumps(
            {
                "call": self.name,
                "arguments": dict(zip(self.parameters, self.arguments, strict=False)),
                "paths": list(self.paths),
                "decision": self.decision.value,
                "errno": self.errno.name,
                "bytes": self.bytes,
                "fuel": self.fuel,
            }
        )


class AuditFile:
    """A receiver of events (`Wasi(on_event=...)`) that writes them down, a line each."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Write a line."""
        self._stream.write(event.as_json() + "\n")
