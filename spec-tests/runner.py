"""Carries out one script on an engine and counts.

Rules, in the suite's sense and never softer:
- an assertion passes only on the outcome it names; a crash of the engine is always a miss;
- assert_malformed wants Malformed, assert_invalid wants Invalid, assert_unlinkable Unlinkable,
  assert_trap a trap whose text agrees with the script's, assert_exhaustion the exhausted stack;
- what depends on a module that failed to load is a miss, whatever happens to it afterwards:
  the current module, a name, and a registered name are lost until they are given anew.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assembler import AssemblyError, assemble
from engine import Engine, Phase, Refusal
from script import (
    Action,
    Assertion,
    Category,
    Command,
    Get,
    InstanceOf,
    Invoke,
    ModuleSource,
    Register,
    Subject,
    read_script,
)
from values import Pattern, Value

_PHASES = {
    "malformed": Phase.MALFORMED,
    "malformed_custom": Phase.MALFORMED,
    "invalid": Phase.INVALID,
    "invalid_custom": Phase.INVALID,
    "unlinkable": Phase.UNLINKABLE,
    "trap": Phase.TRAP,
    "exhaustion": Phase.EXHAUSTION,
    "exception": Phase.EXCEPTION,
}
_RETURNS = {"return", "return_canonical_nan", "return_arithmetic_nan"}
_TEXT_LENGTH = 200


class Missed(Exception):
    """A command did not go as the script says; the text is what came instead."""


@dataclass(slots=True)
class Miss:
    """One command that missed, as it is reported and written to JSON."""

    line: int
    category: Category
    command: str
    text: str
    expected: str
    got: str
    traceback: str = ""


@dataclass(slots=True)
class FileResult:
    """The counts of one script: [passed, all] by category; text is counted but never run."""

    file: str
    counts: dict[Category, list[int]]
    misses: list[Miss] = field(default_factory=list)
    seconds: float = 0.0


def run_script(file: str, text: str, level: str, engine: Engine) -> FileResult:
    """Run a whole script; never raises for what the engine does, ScriptError for a bad script."""
    started = time.perf_counter()
    result = FileResult(file, {category: [0, 0] for category in Category})
    state = _State(engine, level)
    for command in read_script(text):
        count = result.counts[command.category]
        count[1] += 1
        if command.category is Category.TEXT:
            continue
        miss = _run(state, command)
        if miss is None:
            count[0] += 1
        else:
            result.misses.append(miss)
    result.seconds = time.perf_counter() - started
    return result


def all_missed(file: str, text: str, got: str) -> FileResult:
    """Return the result of a script whose process ended before it could answer."""
    result = FileResult(file, {category: [0, 0] for category in Category})
    for command in read_script(text):
        result.counts[command.category][1] += 1
        if command.category is not Category.TEXT:
            result.misses.append(_miss(command, got))
    return result


def _run(state: _State, command: Command) -> Miss | None:
    try:
        state.run(command)
    except (Missed, Refusal) as error:
        return _miss(command, str(error))
    except AssemblyError as error:
        return _miss(command, f"not assembled: {error}")
    except Exception as error:  # Whatever else escapes an engine is its crash.
        return _miss(command, f"crash: {type(error).__name__}: {error}", traceback.format_exc())
    return None


def _miss(command: Command, got: str, trace: str = "") -> Miss:
    text = " ".join(command.text.split())[:_TEXT_LENGTH]
    got = got[:_TEXT_LENGTH]
    return Miss(command.line, command.category, command.word, text, _expected(command), got, trace)


def _expected(command: Command) -> str:
    match command.body:
        case Assertion(verb=verb, results=results) if verb in _RETURNS:
            return _listing(results)
        case Assertion(verb=verb, message=message):
            return f"{verb}: {message}" if message else verb
        case _:
            return "success"


def _listing(values: Iterable[object]) -> str:
    return " ".join(map(str, values)) or "no result"


@dataclass(frozen=True, slots=True)
class _Lost:
    """Stands where a module failed: nothing that depends on it may pass."""

    reason: str


class _State:
    """The modules and instances of a running script; None is the name of the latest one."""

    def __init__(self, engine: Engine, level: str) -> None:
        self._engine = engine
        self._level = level
        self._definitions: dict[str | None, Any] = {}
        self._instances: dict[str | None, Any] = {}
        self._registered: dict[str, Any] = {}

    def run(self, command: Command) -> None:
        """Carry out one command; raises Missed, Refusal, AssemblyError, and any engine's crash."""
        match command.body:
            case ModuleSource() as source:
                self._define(source, command.line)
            case InstanceOf() as wanted:
                self._instantiate_again(wanted, command.line)
            case Register(name=name, instance=instance):
                self._registered[name] = _Lost(f"the registration of line {command.line} failed")
                self._registered[name] = _usable(self._instances, instance)
            case Assertion() as assertion:
                self._assert(assertion)
            case action:
                self._act(action)

    def _define(self, source: ModuleSource, line: int) -> None:
        """Load a module and make an instance of it, unless it is a definition only."""
        names = {source.name, None}
        lost = _Lost(f"the module of line {line} failed")
        self._definitions.update(dict.fromkeys(names, lost))
        if not source.definition:
            self._instances.update(dict.fromkeys(names, lost))
        module = self._load(source)
        self._definitions.update(dict.fromkeys(names, module))
        if not source.definition:
            self._instances.update(dict.fromkeys(names, self._link(module)))

    def _instantiate_again(self, wanted: InstanceOf, line: int) -> None:
        names = {wanted.name, None}
        lost = _Lost(f"the instance of line {line} failed")
        self._instances.update(dict.fromkeys(names, lost))
        module = _usable(self._definitions, wanted.definition)
        self._instances.update(dict.fromkeys(names, self._link(module)))

    def _assert(self, assertion: Assertion) -> None:
        phase = _PHASES.get(assertion.verb)
        try:
            values = self._subject(assertion.subject, phase)
        except Refusal as refusal:
            if refusal.phase is not phase:
                raise
            if phase is Phase.TRAP and not agrees(assertion.message, refusal.message):
                raise
            return
        if assertion.verb not in _RETURNS or not _fit(values, assertion.results):
            is_action = isinstance(assertion.subject, Invoke | Get)
            raise Missed(_listing(values) if is_action else "success")

    def _subject(self, subject: Subject, phase: Phase | None) -> tuple[Value, ...]:
        """Carry out what an assertion is about, no further than the phase it is about."""
        match subject:
            case ModuleSource():
                module = self._load(subject)
                if phase not in {Phase.MALFORMED, Phase.INVALID}:
                    self._link(module)
                return ()
            case InstanceOf(definition=definition):
                self._link(_usable(self._definitions, definition))
                return ()
            case action:
                return self._act(action)

    def _load(self, source: ModuleSource) -> Any:
        return self._engine.load(assemble(source, self._level))

    def _link(self, module: Any) -> Any:
        names = self._registered.keys() & set(self._engine.imported_modules(module))
        registered = {name: _usable(self._registered, name) for name in sorted(names)}
        return self._engine.instantiate(module, registered)

    def _act(self, action: Action) -> tuple[Value, ...]:
        instance = _usable(self._instances, action.instance)
        if isinstance(action, Invoke):
            return self._engine.invoke(instance, action.name, action.arguments)
        return (self._engine.get(instance, action.name),)


def agrees(wanted: str, got: str) -> bool:
    """Compare a trap's text with the script's, one being the beginning of the other.

    The suite shortens texts in some places ("uninitialized", "indirect call") and names the element
    in others ("uninitialized element 7"), which an engine need not do.
    """
    return bool(got) and (got.startswith(wanted) or wanted.startswith(got))


def _fit(values: Sequence[Value], patterns: Sequence[Pattern]) -> bool:
    return len(values) == len(patterns) and all(
        pattern.matches(value) for pattern, value in zip(patterns, values, strict=True)
    )


def _usable(things: Mapping[Any, Any], name: str | None) -> Any:
    thing = things.get(name)
    if thing is None:
        raise Missed(f"there is no module {name or 'before'}")
    if isinstance(thing, _Lost):
        raise Missed(thing.reason)
    return thing
