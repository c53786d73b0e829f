"""Propagation: what was written, as the commands that write it again.

Rule: this is the one place that turns executed writes into log entries. A command that changed
something is logged as it came, or as the function says that stands beside its declaration
(`propagate`); several entries of one command, those of a transaction, and those of a plugin call
are one MULTI block. What happens under the undo journal is logged when it is committed, and what is
rolled back has never been: by its commands, if these made all the changes, else by what the keys
are then. A key that nobody deleted but that is gone (it expired or was evicted) is logged as DEL.

Nothing here knows of files. With no log `logged` is not called at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.databases import Databases
from ferrite.persistence import payloads
from ferrite.protocol.replies import Reply

if TYPE_CHECKING:
    from ferrite.commands.registry import Command
    from ferrite.state import Call

Request: TypeAlias = list[bytes]
Rewrite: TypeAlias = Callable[[Keyspace, Request, Any], Iterable[Request]]
"""Keyspace, request and reply of a command that was executed -> the commands to log instead."""

Run: TypeAlias = "Callable[[Call, Request], Any]"
Entry: TypeAlias = tuple[int, Request]
"""The index of a database, and a command for it."""


class Log(Protocol):
    """Where the entries go."""

    def add(self, database_index: int, request: Request) -> None:
        """Log a command for the database of an index."""


class _Level(NamedTuple):
    """What there was when a level of the undo journal began."""

    entries: int
    explained: int
    undone: int
    changes: int


class Propagation:
    """The writes of one server, on their way to its log."""

    __slots__ = (
        "_databases", "_depth", "_entries", "_explained", "_levels", "_log", "_logged", "_undone",
        "_unit",
    )  # fmt: skip

    def __init__(self, databases: Databases, log: Log) -> None:
        self._databases = databases
        self._log = log
        self._unit: list[Entry] = []
        self._depth = 0
        self._logged: dict[Command, Run] = {}
        self._levels: list[_Level] = []
        """Those of the undo journal."""
        self._entries: list[Entry] = []
        """Of the commands that were executed under it."""
        self._explained = 0
        """How many changes of keys these entries make."""
        self._undone = 0
        """How many changes were undone with levels that were rolled back."""

    def listen(self, wanted: bool) -> None:
        """Log, or do not log, what happens without a command: expiry, and commits of the undo
        journal. A unit that is open stays so."""
        self._levels.clear()
        self._databases.journal.observer = self if wanted else None
        for database in self._databases:
            database.on_loss = self._lost if wanted else None

    def logged(self, command: Command) -> Run:
        """What runs a command and logs what it wrote."""
        if not command.logged_by_request:
            return command.run
        run = self._logged.get(command)
        if run is None:
            run = self._logged[command] = self._wrapped(command)
        return run

    def begin(self) -> None:
        """Collect entries from now on; units may be nested."""
        self._depth += 1

    def end(self) -> None:
        """Log what was collected since the outermost `begin`, as one."""
        self._depth -= 1
        if not self._depth and self._unit:
            unit, self._unit = self._unit, []
            self._log_unit(unit)

    def executed(
        self, keyspace: Keyspace, command: Command, request: Request, reply: Any, changes: int
    ) -> None:
        """A command was executed and has made some changes."""
        rewrite = command.propagate
        if rewrite is None:
            self.wrote(keyspace, request, changes)
            return
        index = keyspace.index
        self._take([(index, entry) for entry in rewrite(keyspace, request, reply)], changes)

    def wrote(self, keyspace: Keyspace, request: Request, changes: int = 1) -> None:
        """What a request says was written to a keyspace, in so many changes."""
        if self._depth or self._databases.journal.entries is not None:
            self._take([(keyspace.index, request)], changes)
        else:
            self._log.add(keyspace.index, request)

    def _wrapped(self, command: Command) -> Run:
        run, executed = command.run, self.executed
        judges_itself = command.propagates_always

        def run_and_log(call: Call, request: Request) -> Any:
            keyspace = call.keyspace
            before = keyspace.changes - keyspace.losses
            try:
                reply = run(call, request)
            except Exception:
                changes = keyspace.changes - keyspace.losses - before
                if changes:
                    self.wrote(keyspace, request, changes)
                raise
            changes = keyspace.changes - keyspace.losses - before
            if changes or judges_itself:
                executed(keyspace, command, request, reply, changes)
            return reply

        return run_and_log

    def _lost(self, keyspace: Keyspace, key: bytes) -> None:
        self._take([(keyspace.index, [b"DEL", key])], 1)

    # --- what the undo journal tells --------------------------------------------------------------

    def begun(self) -> None:
        """A level was opened."""
        if not self._levels:
            self._entries.clear()
            self._explained = self._undone = 0
        changes = self._databases.changes
        self._levels.append(_Level(len(self._entries), self._explained, self._undone, changes))

    def committed(self, places: Iterable[tuple[Any, bytes]]) -> None:
        """The innermost level is closed. At the last, what happened is logged: by the commands that
        were executed if these explain every change, else by what the keys are now."""
        if self._databases.journal.entries is not None:
            if self._levels:
                self._levels.pop()
            return
        entries, self._entries = self._entries, []
        level = self._levels.pop() if self._levels else None
        if level is not None:
            changes = self._databases.changes - level.changes - self._undone
            if changes == self._explained:
                self._take(entries, 0)
                return
        self._take([(keyspace.index, as_it_is(keyspace, key)) for keyspace, key in places], 0)

    def rolled_back(self) -> None:
        """The innermost level is closed, and has never been."""
        if self._levels:
            level = self._levels.pop()
            del self._entries[level.entries :]
            self._explained = level.explained
            self._undone = level.undone + self._databases.changes - level.changes

    # --- units ------------------------------------------------------------------------------------

    def _take(self, entries: list[Entry], changes: int) -> None:
        if self._databases.journal.entries is not None:
            self._entries += entries
            self._explained += changes
        elif self._depth:
            self._unit += entries
        elif entries:
            self._log_unit(entries)

    def _log_unit(self, entries: list[Entry]) -> None:
        add = self._log.add
        if len(entries) == 1:
            add(*entries[0])
            return
        add(entries[0][0], [b"MULTI"])
        for index, entry in entries:
            add(index, entry)
        add(entries[-1][0], [b"EXEC"])


def as_it_is(keyspace: Keyspace, key: bytes) -> Request:
    """The one command that gives a key the value and deadline it has."""
    value, deadline = keyspace.get(key), keyspace.deadline(key)
    if value is None:
        return [b"DEL", key]
    if isinstance(value, bytes):
        expiry = [] if deadline is None else [b"PXAT", b"%d" % deadline]
        return [b"SET", key, value, *expiry]
    words = [b"RESTORE", key, b"%d" % (deadline or 0), payloads.dump(value), b"REPLACE"]
    return [*words, b"ABSTTL"]


# --- what several commands are rewritten to ------------------------------------------------------


def key_as_it_is(keyspace: Keyspace, request: Request, _: Reply) -> list[Request]:
    """For a command whose only key is its first argument."""
    return [as_it_is(keyspace, request[1])]


def deadline_as_it_is(keyspace: Keyspace, request: Request, _: Reply) -> list[Request]:
    """For a command that changed when its key dies: the moment, whatever it was told by."""
    key = request[1]
    deadline = keyspace.deadline(key)
    if deadline is not None:
        return [[b"PEXPIREAT", key, b"%d" % deadline]]
    return [[b"PERSIST", key] if key in keyspace else [b"DEL", key]]
