"""Plugin: one loaded plugin, with its counters and its log."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from ferrite.commands.registry import Command
from ferrite.plugins.guest import Guest
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.program import Program

LOG_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)
"""Of Python's logging, by the level a guest gives."""


class PluginState(Enum):
    """Where a plugin is in its life."""

    LOADING = "loading"
    ACTIVE = "active"
    UNLOADING = "unloading"


class PluginLog:
    """The last lines a plugin has written; each also goes to the server's log."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"ferrite.plugin.{name}")
        self._lines: deque[tuple[int, str]] = deque(maxlen=LIMITS.log_lines_max)

    def write(self, level: int, line: str) -> None:
        """Add a line; control characters are shown, so none can forge another."""
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        self._lines.append((level, shown))
        self._logger.log(LOG_LEVELS[level], "%s", shown)

    def lines(self) -> list[str]:
        """The lines kept, oldest first, each with its level."""
        return [f"{logging.getLevelName(LOG_LEVELS[level])} {line}" for level, line in self._lines]


@dataclass(slots=True)
class Plugin:
    """A plugin of this server."""

    program: Program
    guest: Guest
    log: PluginLog
    commands: list[Command] = field(default_factory=list)
    """Its commands, as they are in the server's registry."""
    state: PluginState = PluginState.LOADING
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    executions: int = 0
    """Calls that were begun."""
    errors: int = 0
    """Calls that ended in an error."""
    last_error: str = ""

    @property
    def name(self) -> str:
        """Its load name."""
        return self.program.name

    @property
    def loaded_at_text(self) -> str:
        """ISO 8601 in UTC, to the second."""
        return self.loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ")
