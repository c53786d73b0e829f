"""Propagation: what was written, as the commands that write it again.

Rule: this is the one place that turns executed writes into log entries. A command that changed
something is logged as it came, or as the function says that stands beside its declaration
(`propagate`); several entries of one command, those of a transaction, and those of a plugin call
are one MULTI block. What happened under the undo journal is logged when it is committed, by the
state its keys have then: what is rolled back has never been. A key that nobody deleted but that is
gone (it expired or was evicted) is logged as DEL.

Nothing here knows of files. With no log `logged` is not called at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

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


class Log(Protocol):
    """Where the entries go."""

    def add(self, database_index: int, request: Request) -> None:
        """Log a command for the database of an index."""


class Propagation:
    """The writes of one server, on their way to its log."""

    __slots__ = ("_databases", "_depth", "_log", "_logged", "_unit")

    def __init__(self, databases: Databases, log: Log) -> None:
        self._databases = databases
        self._log = log
        self._unit: list[tuple[int, Request]] = []
        self._depth = 0
        self._logged: dict[Command, Run] = {}

    def listen(self, wanted: bool) -> None:
        """Log, or do not log, what happens without a command: expiry, and commits of the undo
        journal. A unit that is open stays so."""
        self._databases.journal.on_commit = self._committed if wanted else None
        for database in self._databases:
            database.on_loss = self._lost if wanted else None

    def logged(self, command: Command) -> Run:
        """What runs a command and logs what it wrote."""
        if not command.writes or command.module:
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

    def executed(self, keyspace: Keyspace, command: Command, request: Request, reply: Any) -> None:
        """A command was executed and has changed something."""
        if self._databases.journal.entries is not None:
            return  # `_committed` will see what it has changed
        rewrite = command.propagate
        if rewrite is None:
            self._as_it_came(keyspace, request)
        else:
            index = keyspace.index
            self._take([(index, entry) for entry in rewrite(keyspace, request, reply)])

    def _as_it_came(self, keyspace: Keyspace, request: Request) -> None:
        if self._depth:
            self._unit.append((keyspace.index, request))
        elif self._databases.journal.entries is None:
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
                if keyspace.changes - keyspace.losses != before:
                    self._as_it_came(keyspace, request)
                raise
            if keyspace.changes - keyspace.losses != before or judges_itself:
                executed(keyspace, command, request, reply)
            return reply

        return run_and_log

    def _lost(self, keyspace: Keyspace, key: bytes) -> None:
        if self._databases.journal.entries is None:
            self._take([(keyspace.index, [b"DEL", key])])

    def _committed(self, places: Iterable[tuple[Any, bytes]]) -> None:
        self._take([(keyspace.index, as_it_is(keyspace, key)) for keyspace, key in places])

    def _take(self, entries: list[tuple[int, Request]]) -> None:
        if self._depth:
            self._unit += entries
        elif entries:
            self._log_unit(entries)

    def _log_unit(self, entries: list[tuple[int, Request]]) -> None:
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
