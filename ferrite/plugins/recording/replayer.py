"""Replayer: runs the calls of a recording again, without a server and without its data.

Rule: each call begins with the recorded state and limit, is answered as recorded, and has to come
to the recorded end: reply, status, fuel, and what lies in memory then. After one that does not, the
state is not the recorded one: what follows is skipped up to the next instance. A call that was
stopped from outside runs to the unit at which it was stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from ferrite.hooks import Event
from ferrite.permissions import Grant
from ferrite.plugins.guest import run_start
from ferrite.plugins.host_api import HostContext, Invocation
from ferrite.plugins.host_api.context import HookView
from ferrite.plugins.recording import outcome
from ferrite.plugins.recording.answers import Answers, Diverged, Exhausted
from ferrite.plugins.recording.file import RecordingReader
from ferrite.plugins.recording.frames import (
    RETURNED,
    Call,
    End,
    Header,
    Host,
    Last,
    RecordError,
    Start,
    State,
    inflated,
    limits_from_data,
)
from ferrite.plugins.recording.recorder import FUEL, STOP
from wasm_vm import (
    COST_MODEL,
    Caller,
    Engine,
    Extern,
    Instance,
    Limits,
    Snapshot,
    Store,
    ValidModule,
    WasmError,
    instantiate,
    load,
)
from wasm_vm.runtime.store import Observer

DIFFERENCES_MAX = 20
ENDED = (RETURNED, "error", "reply")
"""Kinds of ends after which the instance goes on."""


class Spectator(Protocol):
    """Is told what happens while it happens."""

    def observer(self, meter: Any) -> Observer | None:
        """Sees the instructions of a new instance."""
        ...

    def began(self, unit: Call | Start, base: int) -> None:
        """A call or a start begins, when the instance had used `base` units."""
        ...

    def asked(self, call: Host, caller: Caller) -> None:
        """The guest calls the host; nothing is answered yet."""
        ...

    def ended(self, end: End, differences: Sequence[str]) -> None:
        """The call or start has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Unit:
    """A call or a start with all that follows from it. end: None where the file is cut off."""

    head: Call | Start
    hosts: list[Host]
    end: End | None


@dataclass(slots=True)
class Verdict:
    """What came of a replay."""

    engine: Engine
    header: Header | None = None
    calls: int = 0
    """Calls that were run to their end."""
    identical: int = 0
    fuel: int = 0
    skipped: int = 0
    """Calls that could not be run, for the state before them was not come to."""
    differences: list[str] | None = None
    reason: str = ""
    """Why the recording ends."""

    @property
    def is_identical(self) -> bool:
        """Whether everything was as recorded."""
        return not self.differences and not self.skipped


def replay(reader: RecordingReader, engine: Engine, spectator: Spectator | None = None) -> Verdict:
    """Run everything in a recording. Raises RecordError for one that makes no sense."""
    replayer = Replayer(engine, spectator)
    try:
        for item in _units(reader):
            replayer.take(item)
    except RecordError as error:
        name = f"{reader.path}: "
        raise RecordError(name + str(error).removeprefix(name)) from error
    verdict = replayer.verdict
    if verdict.header is None:
        raise RecordError(f"{reader.path}: ends before its first frame")
    if reader.cut:
        verdict.reason = f"the file ends within {reader.cut}"
    elif not verdict.reason:
        verdict.reason = "the file ends without its last frame"
    return verdict


def _units(reader: RecordingReader) -> Iterator[Header | State | Last | Unit]:
    """The frames, those of a call or a start together. Raises RecordError."""
    head: Call | Start | None = None
    hosts: list[Host] = []
    for number, frame in enumerate(reader.frames(), 1):
        if isinstance(frame, Header) != (number == 1):
            raise RecordError(f"frame {number} is out of place")
        if head is not None and isinstance(frame, Host):
            hosts.append(frame)
        elif head is not None and isinstance(frame, End):
            yield Unit(head, hosts, frame)
            head, hosts = None, []
        elif head is None and isinstance(frame, Call | Start):
            head = frame
        elif isinstance(frame, Last):
            if head is not None:
                yield Unit(head, hosts, None)
                head = None
            yield frame
        elif head is None and isinstance(frame, Header | State):
            yield frame
        else:
            raise RecordError(f"frame {number} is out of place")
    if head is not None:
        yield Unit(head, hosts, None)


class Replayer:
    """One replay, in one engine."""

    def __init__(self, engine: Engine, spectator: Spectator | None = None) -> None:
        self.verdict = Verdict(engine, differences=[])
        self._spectator = spectator
        self._module: ValidModule | None = None
        self._instance: Instance | None = None
        self._snapshot: Snapshot | None = None
        """The instance as it was when it was made, where each call is to find it so."""
        self._context = HostContext("", "", Grant(()), lambda _level, _line: None)
        self._answers = Answers(self._context, None if spectator is None else spectator.asked)

    def take(self, item: Header | State | Last | Unit) -> None:
        """Go on with what comes next. Raises RecordError."""
        match item:
            case Header():
                self._begin(item)
            case State():
                self._make(limits_from_data(item.limits), item)
            case Last(reason):
                self.verdict.reason = reason
            case Unit(Start()):
                self._instance = None
                self._run(item, "a start")
            case Unit(Call(number=number)):
                if self._instance is None:
                    self.verdict.skipped += 1
                else:
                    self._run(item, f"call {number}")

    def _begin(self, header: Header) -> None:
        if header.cost_model != COST_MODEL:
            what = f"fuel of cost model {header.cost_model}; this program has {COST_MODEL}"
            raise RecordError(f"the recording counts {what}")
        binary = inflated(header.module, header.module_bytes)
        try:
            self._module = load(binary)
        except WasmError as error:
            raise RecordError(f"the recording's module: {error}") from error
        self._context.plugin, self._context.version = header.plugin, header.version
        self._context.value_bytes_max = header.value_bytes_max
        self.verdict.header = header

    def _make(self, limits: Limits, state: State | None) -> Instance:
        """An instance, new or with a state. Raises RecordError, and what starting raises."""
        if self._module is None:
            raise RecordError("the recording has no module")
        store = Store(limits)
        if self._spectator is not None:
            store.observer = self._spectator.observer(store.meter)
        self._context.meter = store.meter
        self._context.instance = None
        imports: dict[str, dict[str, Extern]] = {}
        for entry in self._module.module.imports:
            if not isinstance(entry.description, int):
                raise RecordError("the recording's module imports what no plugin may")
            kind = self._module.module.function_type(entry.description)
            name = f"{entry.module}.{entry.name}"
            imports.setdefault(entry.module, {})[entry.name] = self._answers.stub(name, kind)
        engine = self.verdict.engine
        if state is None:
            return instantiate(self._module, imports, store=store, engine=engine)
        try:
            plain = state.state()
            instance = instantiate(self._module, imports, store=store, engine=engine, state=plain)
        except WasmError as error:
            raise RecordError(f"the recording's state: {error}") from error
        self._stands(instance)
        return instance

    def _stands(self, instance: Instance) -> None:
        """An instance can be called."""
        self._instance = self._context.instance = instance
        self._snapshot = None

    # --- one call -------------------------------------------------------------------------------

    def _run(self, unit: Unit, name: str) -> None:
        head, end = unit.head, unit.end
        self._context.invocation = _invocation(head)
        stopped = end is not None and end.kind in outcome.STOPPED and not _stopped_by_host(unit)
        limit = end.fuel if stopped and end is not None else None
        try:
            found = self._outcome(unit, limit)
            self._answers.finish(f"{found.kind} {found.text}".rstrip())
        except Diverged as error:
            self._instance = None
            if end is None and isinstance(error, Exhausted):
                return  # the file ends within the call
            self._differ([f"{name}: {error}"])
            if end is not None and self._spectator is not None:
                self._spectator.ended(end, [str(error)])
            return
        if end is None:
            self._instance = None
            return
        if stopped and found.kind == FUEL:
            found = replace(found, kind=end.kind, text=end.text)
        differences = _compare(end, found)
        self._differ([f"{name}: {difference}" for difference in differences])
        if isinstance(head, Call):
            self.verdict.calls += 1
            self.verdict.identical += not differences
            self.verdict.fuel += found.fuel
        if self._spectator is not None:
            self._spectator.ended(found, differences)
        fresh = isinstance(head, Call) and head.fresh
        if differences or (found.kind not in ENDED and not fresh):
            self._instance = None

    def _outcome(self, unit: Unit, limit: int | None) -> End:
        if isinstance(unit.head, Start):
            self._answers.expect(unit.hosts, 0)
            return self._start(unit.head, limit)
        self._answers.expect(unit.hosts, self._context.meter.used)
        return self._call(unit.head, limit)

    def _differ(self, differences: list[str]) -> None:
        found = self.verdict.differences
        if found is not None and len(found) < DIFFERENCES_MAX:
            found += differences

    def _start(self, start: Start, limit: int | None) -> End:
        limits = limits_from_data(start.limits)
        if limit is not None:
            limits = replace(limits, fuel=limit)
        if self._spectator is not None:
            self._spectator.began(start, 0)
        header = self.verdict.header
        try:
            instance = self._make(limits, None)
            self._context.instance = instance
            run_start(instance, "" if header is None else header.start)
        except (Diverged, RecordError):
            raise
        except Exception as error:
            return outcome.failed(error, self._context.meter.used)
        self._stands(instance)
        return outcome.started(self._context.meter.used, instance)

    def _call(self, call: Call, limit: int | None) -> End:
        instance, meter = self._instance, self._context.meter
        if instance is None:
            raise RecordError("the recording has no instance")
        if self._snapshot is not None:
            self._snapshot.restore()
        elif call.fresh:
            self._snapshot = Snapshot(instance)
        base = meter.used
        meter.refill(call.fuel if limit is None else limit)
        if self._spectator is not None:
            self._spectator.began(call, base)
        try:
            status = int(instance.invoke(call.export, *call.parameters) or 0)
        except (Diverged, RecordError):
            raise
        except Exception as error:
            return outcome.failed(error, meter.used - base)
        used = meter.used - base
        return outcome.returned(self._context.invocation, status, used, instance)


def _invocation(head: Call | Start) -> Invocation:
    if isinstance(head, Start):
        return Invocation("load")
    invocation = Invocation(head.origin, head.arguments, command=head.command)
    if head.hook:
        invocation.hook = HookView(next(iter(Event)))
    return invocation


def _stopped_by_host(unit: Unit) -> bool:
    """Whether it was within a host call that the guest was stopped."""
    return bool(unit.hosts) and unit.hosts[-1].error == STOP


def _compare(recorded: End, found: End) -> list[str]:
    """What is different, each in a line."""
    lines = []
    for each in fields(End):
        old, new = getattr(recorded, each.name), getattr(found, each.name)
        if each.name == "memory" and 0 in (old, new):
            continue  # the instance of one of them is gone
        if old != new:
            lines.append(f"{each.name}: recorded was {old!r:.200}, {new!r:.200} came")
    return lines
