"""What can be studied of a plugin afterwards: its host calls, its failures, its profile.

Rule: bounded, and in the guest's own terms: every host call with its decision and the fuel used by
then, every failure with the guest's activations, its last host calls and what lay in its memory.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ferrite.errors import CommandError
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.plugins.scheduler import GuestStopped
from wasi import ProcessExit
from wasm_vm import BacktraceFrame, Instance, OutOfFuel, Trap, WasmError

DENIED = -2
ARGUMENT_SHOWN_MAX = 64


class HostCallRecord(NamedTuple):
    """One call of a guest into the host."""

    number: int
    """Counted from 1 for each plugin."""
    time: int
    """Unix milliseconds."""
    origin: str
    """The command or event under way."""
    user: str
    function: str
    argument: str
    """The first text it was given, a key as a rule."""
    result: int
    decision: str
    """"allowed", "denied", or of a system call also "substituted" and "killed"."""
    fuel: int
    """Units that the instance had used by then."""


class PostMortem(NamedTuple):
    """One failure."""

    time: int
    origin: str
    user: str
    client: int
    kind: str
    """As `kind_of` names it."""
    error: str
    fuel: int
    """Units the call had used."""
    backtrace: tuple[str, ...]
    """The guest's activations, innermost first."""
    host_calls: tuple[HostCallRecord, ...]
    """The last ones."""
    memory_bytes: int
    memory_address: int
    memory: bytes
    """An excerpt from the address that was last handed to the host on."""


@dataclass(slots=True)
class Study:
    """What is kept of one plugin."""

    plugin: str
    sink: Callable[[str, HostCallRecord], None] | None = None
    """Gets every record as well: the audit file."""
    calls: deque[HostCallRecord] = field(
        default_factory=lambda: deque(maxlen=LIMITS.audit_records_max)
    )
    failures: deque[PostMortem] = field(
        default_factory=lambda: deque(maxlen=LIMITS.post_mortems_max)
    )
    kinds: Counter[str] = field(default_factory=Counter)
    """Failures by kind, all there ever were."""
    denied: int = 0
    made: int = 0
    """Host calls, all there ever were."""

    def note(
        self,
        time: int,
        origin: str,
        user: str,
        function: str,
        argument: object,
        result: int,
        fuel: int,
        decision: str = "",
    ) -> None:
        """Keep one host call."""
        self.made += 1
        if not decision:
            decision = "denied" if result == DENIED else "allowed"
        self.denied += decision != "allowed"
        shown = ""
        if type(argument) is bytes:
            shown = argument[:ARGUMENT_SHOWN_MAX].decode("utf-8", "backslashreplace")
        record = HostCallRecord(
            self.made, time, origin, user, function, shown, result, decision, fuel
        )
        self.calls.append(record)
        if self.sink is not None:
            self.sink(self.plugin, record)

    def last_calls(self, since: int) -> tuple[HostCallRecord, ...]:
        """The last host calls behind the first `since`."""
        most = LIMITS.post_mortem_calls_max
        recent = list(self.calls)[-most:]
        return tuple(record for record in recent if record.number > since)


def kind_of(error: Exception) -> str:
    """What kind of failure it was: one word, for counting."""
    if isinstance(error, OutOfFuel):
        return "fuel"
    if isinstance(error, GuestStopped):
        return "timeout" if "out of time" in str(error) else "killed"
    if isinstance(error, ProcessExit):
        return "exit"
    if isinstance(error, ReplyFault):
        return "reply"
    if isinstance(error, Trap):
        return "trap"
    if isinstance(error, WasmError):
        return "limit"
    return "error" if isinstance(error, CommandError) else "internal"


def backtrace_of(error: Exception) -> tuple[str, ...]:
    """The guest's activations at a failure, by name where the module has names."""
    frames: tuple[BacktraceFrame, ...] = getattr(error, "backtrace", ())
    return tuple(map(str, frames[: LIMITS.backtrace_frames_max]))


def excerpt(instance: Instance | None, address: int) -> tuple[int, int, bytes]:
    """Size of an instance's memory, and some bytes of it from an address on."""
    if instance is None or not instance.memories:
        return 0, 0, b""
    memory = instance.memory
    start = address if 0 <= address < memory.size else 0
    size = min(LIMITS.excerpt_bytes, memory.size - start)
    return memory.size, start, memory.read(start, size)
