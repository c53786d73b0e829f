"""The undo journal: a plugin call, a transaction or a command leaves all of its changes or none.

Rule: before a keyspace changes a key it shows the journal the key, and the journal keeps the first
state it is shown. One journal serves all databases of a server, so a call that selects another
database or flushes them all is undone as a whole. `begin` may be nested: an inner level is a
savepoint, whose commit hands its memory to the level around it and whose rollback undoes it alone.

Of a value that changes in place it keeps no copy but a mark in the value's own log.

Changes made under a journal are announced to listeners at the outermost commit, in order; what is
rolled back is never announced. While a journal is open the clock stands still.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Protocol, TypeAlias

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.container import Container
from ferrite.keyspace.values import Value


class Change(Enum):
    """What happened to a key."""

    WRITTEN = "written"
    DELETED = "deleted"
    EXPIRED = "expired"
    EVICTED = "evicted"
    """It had to make room for others."""
    DEADLINE = "deadline"
    """Its time to live was set or removed."""


class Journaled(Protocol):
    """What the journal needs of a keyspace."""

    @property
    def index(self) -> int:
        """Its number among the server's."""

    def restore(self, key: bytes, value: Value | None, deadline: int | None) -> None:
        """Put a key back as it was; None for a key that was absent."""

    def announce(self, change: Change, key: bytes) -> None:
        """Tell the listeners of a change."""


class Observer(Protocol):
    """Who wants to know of the levels of the journal."""

    def begun(self) -> None:
        """A level was opened."""

    def committed(self, places: Iterable[tuple[Any, bytes]]) -> None:
        """The innermost level is closed, and its changes are kept: of these keys, each with its
        database, as far as the levels around it are."""

    def rolled_back(self) -> None:
        """The innermost level is closed, and its changes are undone."""


Entries: TypeAlias = dict[tuple[Journaled, bytes], tuple[Value | None, int, int | None]]
"""First states: the value, the mark in its log if it is a container, and the deadline."""


class Journal:
    """First states of the keys changed since `begin`. `entries` is None while it is closed:
    that one test is all a write pays for the journal."""

    __slots__ = ("_changes", "_marked", "_outer", "clock", "entries", "observer")

    def __init__(self, clock: Clock) -> None:
        self.entries: Entries | None = None
        self._outer: list[tuple[Entries | None, int]] = []
        self._changes: list[tuple[Journaled, Change, bytes]] = []
        self._marked: list[Container] = []
        self.clock = clock
        self.observer: Observer | None = None
        """Told of levels that open and close from now on."""

    @property
    def depth(self) -> int:
        """Levels open now."""
        return len(self._outer)

    @property
    def touched(self) -> bool:
        """Whether some level has a change to undo."""
        return bool(self.entries) or any(entries for entries, _ in self._outer)

    @property
    def noted(self) -> int:
        """How many changes wait to be announced."""
        return len(self._changes)

    def changes_since(self, noted: int) -> list[tuple[Journaled, Change, bytes]]:
        """The changes behind the first `noted` of them, in order: those somebody listens for."""
        return self._changes[noted:]

    def value_before(self, keyspace: Journaled, key: bytes) -> Value | None:
        """The value a key had before this level, None where it had none. A value that changes in
        place has changed since."""
        entries = self.entries or {}
        return entries[keyspace, key][0] if (keyspace, key) in entries else None

    def begin(self) -> None:
        """Open a level."""
        outer = self.entries
        if outer is None:
            self.clock.stop()
        self._outer.append((outer, len(self._changes)))
        self.entries = {}
        if self.observer is not None:
            self.observer.begun()

    def commit(self) -> None:
        """Close the innermost level and keep its changes. Raises RuntimeError when none is open."""
        inner, (outer, _) = self._close()
        if outer is None:
            self._forget_marks()
        else:
            for place, state in inner.items():
                outer.setdefault(place, state)
        if self.observer is not None:
            self.observer.committed(inner)
        if self._changes and outer is None:
            changes, self._changes = self._changes, []
            for keyspace, change, key in changes:
                keyspace.announce(change, key)

    def renew(self) -> bool:
        """As `commit` and `begin` in one step, where this is the only level and nobody has to be
        told of it; else False, and nothing is done."""
        if self._changes or self._marked or self.observer is not None or len(self._outer) != 1:
            return False
        if self.entries:
            self.entries = {}
        self.clock.now = self.clock.still
        return True

    def rollback(self) -> None:
        """Close the innermost level and undo its changes. Raises RuntimeError when none is open."""
        inner, (_, changes_before) = self._close()
        for (keyspace, key), (value, mark, deadline) in inner.items():
            if value is not None and not isinstance(value, bytes):
                value.undo_to(mark)
            keyspace.restore(key, value, deadline)
        del self._changes[changes_before:]
        self._forget_marks()
        if self.observer is not None:
            self.observer.rolled_back()

    def _close(self) -> tuple[Entries, tuple[Entries | None, int]]:
        inner = self.entries
        if inner is None:
            raise RuntimeError("no journal is open")
        outer = self._outer.pop()
        self.entries = outer[0]
        if outer[0] is None:
            self.clock.resume()
        return inner, outer

    def remember(
        self, keyspace: Journaled, key: bytes, value: Value | None, deadline: int | None
    ) -> None:
        """Keep the state of a key that is about to change, unless this level has seen it."""
        entries, place = self.entries, (keyspace, key)
        if entries is None or place in entries:
            return
        mark = 0
        if value is not None and not isinstance(value, bytes):
            if value.undo is None:
                self._marked.append(value)
            mark = value.mark()
        entries[place] = (value, mark, deadline)

    def _forget_marks(self) -> None:
        """Close the containers' logs once nobody can ask for them any more."""
        if not self._outer:
            for container in self._marked:
                container.forget()
            self._marked.clear()

    def defer(self, keyspace: Journaled, change: Change, key: bytes) -> None:
        """Announce a change at the outermost commit."""
        self._changes.append((keyspace, change, key))
