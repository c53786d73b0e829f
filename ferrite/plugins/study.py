"""What can be studied of a plugin afterwards: its host calls, its failures, its profile.

Rule: bounded, and in the guest's own terms: every host call with its decision and the fuel used by
then, every failure with the guest's activations, its last host calls and what lay in its memory.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, TypeAlias

from ferrite.errors import CommandError
from ferrite.plugins.guest import Guest
from ferrite.plugins.host_api.context import SHOWN_BYTES_MAX, Origin, Trail
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.plugins.scheduler import GuestStopped
from wasi import Event, ProcessExit
from wasm_vm import BacktraceFrame, Instance, OutOfFuel, Trap, WasmError

DENIED = -2
ALLOWED = "allowed"
Kept: TypeAlias = tuple[int, Origin, str, bytes | None, int, str, int]
"""A record as it is noted: number, origin, function, first argument, result, decision, fuel; "" for
a decision that follows from the result."""


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
    kept: deque[Kept] = field(default_factory=lambda: deque(maxlen=LIMITS.audit_records_max))
    """The last host calls, as they were noted."""
    number: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    """The number of the next one."""
    failures: deque[PostMortem] = field(
        default_factory=lambda: deque(maxlen=LIMITS.post_mortems_max)
    )
    kinds: Counter[str] = field(default_factory=Counter)
    """Failures by kind, all there ever were."""
    denied: int = 0

    @property
    def made(self) -> int:
        """Host calls, all there ever were."""
        return self.kept[-1][0] if self.kept else 0

    @property
    def calls(self) -> list[HostCallRecord]:
        """The last host calls, oldest first."""
        return list(map(_record, self.kept))

    def note(
        self,
        origin: Origin,
        function: str,
        argument: object,
        result: int,
        fuel: int,
        decision: str = "",
    ) -> None:
        """Keep one host call; `decision` where that does not follow from the result."""
        self.denied += decision != ALLOWED if decision else result == DENIED
        shown = argument[:SHOWN_BYTES_MAX] if type(argument) is bytes else None
        kept = (self.number(), origin, function, shown, result, decision, fuel)
        self.kept.append(kept)
        if self.sink is not None:
            self.sink(self.plugin, _record(kept))

    def last_calls(self, origin: Origin | None) -> tuple[HostCallRecord, ...]:
        """The last host calls of one invocation."""
        recent = list(self.kept)[-LIMITS.post_mortem_calls_max :]
        return tuple(_record(kept) for kept in recent if kept[1] is origin)


def watch(study: Study, guest: Guest, now: Callable[[], int]) -> None:
    """Have a guest's host calls and system calls noted."""
    context = guest.context

    def note(function: str, argument: object, result: int) -> None:
        origin = context.invocation.origin_at(now)
        study.note(origin, function, argument, result, context.meter.used)

    def system_call(event: Event) -> None:
        origin = context.invocation.origin_at(now)
        name, errno = f"wasi.{event.name}", int(event.errno)
        study.note(origin, name, None, errno, event.fuel, event.decision.value)

    context.note = note
    if study.sink is None:
        context.trail = Trail(now, study.number, study.kept.append)
    guest.on_system_call = system_call


def _record(kept: Kept) -> HostCallRecord:
    number, origin, function, argument, result, decision, fuel = kept
    shown = "" if argument is None else argument.decode("utf-8", "backslashreplace")
    if not decision:
        decision = "denied" if result == DENIED else ALLOWED
    return HostCallRecord(number, *origin, function, shown, result, decision, fuel)


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
