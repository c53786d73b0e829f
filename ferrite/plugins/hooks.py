"""Hooks: which plugins join in which event, in what order, and what a failing one does.

Rule: lower priority runs first, ties by load order. A plugin that is under way is not entered
again, so its own writes do not come back to it. A hook that fails time and again is suspended and
tried again later; what its failure means for the command is the plugin's `on_failure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ferrite.commands.registry import Command
from ferrite.hooks import REFUSING_EVENTS, Event
from ferrite.keyspace.patterns import matcher
from ferrite.plugins.exports import Entry
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.manifest import HookTable
from ferrite.plugins.plugin import Plugin, Version

CATEGORY = "@"


@dataclass(slots=True)
class Breaker:
    """Failures of one plugin's hooks, and until when they rest."""

    clock: Callable[[], int]
    """Milliseconds."""
    failures: int = 0
    """In a row."""
    rest_until: int = 0
    rest: int = 0
    """How long the last rest was, in milliseconds."""

    @property
    def resting(self) -> bool:
        """Whether the hooks are suspended now."""
        return self.clock() < self.rest_until

    def succeeded(self) -> None:
        """A hook has come to its end."""
        self.failures = self.rest = 0

    def failed(self, most: int) -> None:
        """A hook has failed; after `most` of them in a row they rest, each time longer."""
        self.failures += 1
        if self.failures >= most:
            longest = LIMITS.hook_rest_milliseconds_max
            self.rest = min(self.rest * 2 or LIMITS.hook_rest_milliseconds, longest)
            self.rest_until = self.clock() + self.rest


@dataclass(frozen=True, slots=True)
class Hook:
    """One plugin's part in one event."""

    event: Event
    table: HookTable
    entry: Entry
    plugin: Plugin
    version: Version
    breaker: Breaker

    def wants_command(self, command: Command) -> bool:
        """Whether its filter lets a command through: a glob of names, or a category."""
        pattern = self.table.filter
        if not pattern:
            return True
        if pattern.startswith(CATEGORY):
            return pattern[1:].lower() in command.categories
        matches = matcher(pattern.lower().encode("utf-8", "surrogateescape"))
        return bool(matches(command.name.replace("|", " ").encode()))

    def wants_key(self, key: bytes) -> bool:
        """Whether its filter lets a key through."""
        pattern = self.table.filter
        return not pattern or bool(matcher(pattern.encode("utf-8", "surrogateescape"))(key))

    @property
    def on_failure(self) -> str:
        """What its failure means: "closed", "open" or "reload"."""
        policy = self.plugin.program.manifest.ferrite.on_failure
        return policy if self.event in REFUSING_EVENTS or policy == "reload" else "open"

    @property
    def failures_max(self) -> int:
        """Failures in a row after which it rests: one where it is to be reloaded."""
        return 1 if self.on_failure == "reload" else LIMITS.hook_failures_max


@dataclass(slots=True)
class HookTables:
    """The hooks of one server's plugins, by event, in the order they run."""

    clock: Callable[[], int]
    changed: Callable[[], None]
    """Called when hooks have come or gone."""
    by_event: dict[Event, list[Hook]] = field(default_factory=lambda: {each: [] for each in Event})
    breakers: dict[str, Breaker] = field(default_factory=dict)

    def join(self, plugin: Plugin, version: Version) -> None:
        """Take in a version's hooks."""
        breaker = self.breakers[plugin.name] = Breaker(self.clock)
        for table, entry in zip(
            version.program.manifest.hooks, version.program.hook_entries, strict=True
        ):
            event = Event(table.event)
            hooks = self.by_event[event]
            hooks.append(Hook(event, table, entry, plugin, version, breaker))
            hooks.sort(key=lambda hook: (hook.table.priority, hook.plugin.order))
        if version.program.manifest.hooks:
            self.changed()

    def leave(self, plugin: Plugin) -> None:
        """Let go of a plugin's hooks."""
        self.breakers.pop(plugin.name, None)
        for hooks in self.by_event.values():
            hooks[:] = [hook for hook in hooks if hook.plugin is not plugin]
        self.changed()

    def has(self, events: Iterable[Event]) -> bool:
        """Whether anybody joins in one of some events."""
        return any(self.by_event[event] for event in events)

    def of_command(self, event: Event, command: Command) -> list[Hook]:
        """Who is to be asked about a command."""
        hooks = self.by_event[event]
        return [hook for hook in hooks if hook.plugin.enabled and hook.wants_command(command)]

    def of_key(self, event: Event, key: bytes) -> list[Hook]:
        """Who is to be asked about a key."""
        hooks = self.by_event[event]
        return [hook for hook in hooks if hook.plugin.enabled and hook.wants_key(key)]

    def of_event(self, event: Event) -> list[Hook]:
        """Who is to be told of an event that has no filter."""
        return [hook for hook in self.by_event[event] if hook.plugin.enabled]
