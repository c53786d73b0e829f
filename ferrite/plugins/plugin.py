"""Plugin: one loaded plugin with its counters and its log, and the version of it that serves.

Rule: a Plugin lives from LOAD to UNLOAD, a Version from one RELOAD to the next. A call keeps the
version it began with; whoever begins one asks the plugin for the version of the moment.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ferrite.commands.registry import Command
from ferrite.config import Config
from ferrite.pending import Pending
from ferrite.permissions import Grant
from ferrite.plugins.bounds import Bounds, Overrides, bounds
from ferrite.plugins.guest import Guest
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.program import Program
from ferrite.plugins.rights import Rights
from ferrite.plugins.sources import PluginSource, SourceFiles
from ferrite.plugins.study import Study
from ferrite.protocol.replies import Reply

LOG_WARNING = 2
LOG_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)
"""Of Python's logging, by the level a guest gives."""


class PluginState(Enum):
    """Where a plugin is in its life."""

    LOADING = "loading"
    ACTIVE = "active"
    DISABLED = "disabled"
    FAILED = "failed"
    """It was to be loaded at the start of the server and could not be."""
    UNLOADING = "unloading"


class PluginLog:
    """The last lines a plugin has written; each also goes to the server's log, as long as there
    are no more of them in a second than LIMITS allows."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logging.getLogger(f"ferrite.plugin.{name}")
        self._lines: deque[tuple[int, str]] = deque(maxlen=LIMITS.log_lines_max)
        self._clock = clock
        self._second = -1
        self._written = 0
        """Lines of this second."""

    def write(self, level: int, line: str) -> None:
        """Add a line, or drop it and say so once a second; control characters are shown, so none
        can forge another."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._written = second, 0
        self._written += 1
        most = LIMITS.log_lines_per_second_max
        if self._written > most + 1:
            return
        if self._written > most:
            level, line = LOG_WARNING, f"more than {most} lines a second: the rest is dropped"
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        self._lines.append((level, shown))
        self._logger.log(LOG_LEVELS[level], "%s", shown)

    def lines(self) -> list[str]:
        """The lines kept, oldest first, each with its level."""
        return [f"{logging.getLevelName(LOG_LEVELS[level])} {line}" for level, line in self._lines]


@dataclass(slots=True)
class Version:
    """One program of a plugin, with the instance that runs it."""

    program: Program
    files: SourceFiles
    """What it was made from."""
    source: PluginSource
    """Where RELOAD looks again."""
    manifest_path: str | None
    guest: Guest
    rights: Rights
    commands: list[Command] = field(default_factory=list)
    """Its commands, as they are in the server's registry."""
    calls: int = 0
    """Calls that are under way."""
    queue: deque[tuple[Pending, Callable[[], Reply | Pending]]] = field(default_factory=deque)
    """Calls that wait until the guest is free."""
    retired: Callable[[], None] | None = None
    """Once another version serves: called when the last of its calls has ended."""

    def leave(self) -> None:
        """A call has ended."""
        self.calls -= 1
        if not self.calls and self.retired is not None:
            self.retired()


@dataclass(slots=True)
class Plugin:
    """A plugin of this server."""

    name: str
    """Its load name, by which it is managed."""
    log: PluginLog
    version: Version = field(init=False)
    study: Study = field(init=False)
    previous: Version | None = None
    """What ROLLBACK goes back to; its instance is gone."""
    granted: Grant | None = None
    """What GRANT said; None where it was not used."""
    pin: str = ""
    """The SHA-256 that its bytes must have; "" for any."""
    overrides: Overrides = field(default_factory=Overrides)
    kept: bool = False
    """Whether it is loaded again at the next start because PLUGIN.LOAD has loaded it."""
    state: PluginState = PluginState.LOADING
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    executions: int = 0
    """Calls that were begun."""
    errors: int = 0
    """Calls that ended in an error."""
    last_error: str = ""
    nanoseconds: int = 0
    """How long calls of a function have taken together, by the wall clock."""
    reloads: int = 0
    order: int = 0
    """Its place in the order of loading."""
    _words: tuple[object, ...] = ()
    _bounds: Bounds = field(init=False)

    def __post_init__(self) -> None:
        self.study = Study(self.name)

    @property
    def program(self) -> Program:
        """Of the version that serves."""
        return self.version.program

    @property
    def guest(self) -> Guest:
        """Of the version that serves."""
        return self.version.guest

    @property
    def commands(self) -> list[Command]:
        """Of the version that serves."""
        return self.version.commands

    @property
    def is_function(self) -> bool:
        """Whether it is a function, which WASM.* manages, and no plugin."""
        return self.version.program.shape is not None

    @property
    def kind(self) -> str:
        """What it is, in messages."""
        return "function" if self.is_function else "plugin"

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.kind} '{self.name}'"

    @property
    def totals(self) -> Counter[str]:
        """What INFO adds up over all plugins: calls, host calls, and failures by kind."""
        totals = Counter(
            executions=self.executions,
            errors=self.errors,
            host_calls=self.study.made,
            denied=self.study.denied,
        )
        totals.update({f"errors_{kind}": count for kind, count in self.study.kinds.items()})
        return totals

    @property
    def enabled(self) -> bool:
        """Whether its commands answer and its hooks run."""
        return self.state is PluginState.ACTIVE

    @property
    def loaded_at_text(self) -> str:
        """ISO 8601 in UTC, to the second."""
        return self.loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def bounds(self, config: Config) -> Bounds:
        """What it may use now: made anew once one of the words that it follows from has changed."""
        sandbox = config.sandbox
        words = (
            self.overrides,
            sandbox.max_cpu_ms,
            sandbox.instructions_per_ms,
            config.plugins.timeout_ms,
            sandbox.max_file_handles,
            sandbox.max_memory_mb,
        )
        if words != self._words:
            self._bounds, self._words = bounds(config, self.overrides), words
        return self._bounds

    def answers_to(self, name: str) -> bool:
        """Whether it is meant by a name that may be a load name or a package name."""
        return name in (self.name, self.program.manifest.package.name)


def find_provider(plugins: Iterable[Plugin], name: str) -> Plugin | None:
    """The plugin of a load name, else the first of that package name."""
    by_package = None
    for plugin in plugins:
        if plugin.name == name:
            return plugin
        if by_package is None and plugin.answers_to(name):
            by_package = plugin
    return by_package


def settings_of(files: SourceFiles, configured: dict[str, Any]) -> dict[str, Any]:
    """A plugin's configuration: what came with it, and the operator's word above it."""
    return {**files.settings, **configured}
