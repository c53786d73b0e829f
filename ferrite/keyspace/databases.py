"""All databases of one server: one clock and one journal over them.

Rule: what concerns more than one database is here and nowhere else: undoing, flushing all, the
active expiry cycle, listening to all.
"""

from __future__ import annotations

from collections.abc import Iterator

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import Keyspace, Listener
from ferrite.keyspace.journal import Journal
from ferrite.keyspace.thresholds import Thresholds
from ferrite.keyspace.values import entry_bytes

KEYS_MEASURED = 5_000
"""Keys at either end of a database that an estimate looks at: a few milliseconds."""
EXPIRED_KEYS_PER_CYCLE = 1_000
"""Keys one active cycle removes at most: about a millisecond of the loop's time."""


class Databases:
    """A fixed number of databases, by index."""

    __slots__ = ("_databases", "clock", "journal")

    def __init__(
        self,
        count: int = 16,
        clock: Clock | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.journal = Journal(self.clock)
        self._databases = tuple(
            Keyspace(index, self.clock, self.journal, thresholds) for index in range(count)
        )

    def __len__(self) -> int:
        return len(self._databases)

    def __getitem__(self, index: int) -> Keyspace:
        return self._databases[index]

    def __iter__(self) -> Iterator[Keyspace]:
        return iter(self._databases)

    @property
    def changes(self) -> int:
        """Changes of keys since the start, those undone included."""
        return sum([database.changes for database in self._databases])

    def keep_dead(self, wanted: bool) -> None:
        """Have keys that are past their deadline stay, unseen, or go when they are met."""
        for database in self._databases:
            database.keeps_dead = wanted

    def estimated_bytes(self) -> int:
        """About what all keys and their values take, by the oldest and the newest of them."""
        total = 0
        for database in self._databases:
            sample = database.ends(KEYS_MEASURED)
            if sample:
                measured = sum([entry_bytes(key, value) for key, value in sample])
                total += measured * len(database) // len(sample)
        return total

    def flush(self) -> None:
        """Remove all keys of all databases."""
        for database in self._databases:
            database.flush()

    def listen(self, listener: Listener) -> None:
        """Call `listener` after every change of a key of any database from now on."""
        for database in self._databases:
            database.listen(listener)

    def unlisten(self, listener: Listener) -> None:
        """Do not call `listener` any more. Raises ValueError when it does not listen."""
        for database in self._databases:
            database.unlisten(listener)

    def expire_due(self, keys_max: int = EXPIRED_KEYS_PER_CYCLE) -> int:
        """Remove at most `keys_max` dead keys; how many there were. When it is `keys_max` there
        may be more. Does nothing while the journal is open: a plugin call's keys stay as it sees
        them."""
        if self.journal.entries is not None:
            return 0
        expired = 0
        for database in self._databases:
            expired += database.expire_due(keys_max - expired)
        return expired
