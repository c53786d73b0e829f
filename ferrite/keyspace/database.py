"""One database: typed lookup, changes that are noticed and can be undone, expiry.

Rule: every change of a key passes `_about_to_change` (the undo journal) before and `_changed` (the
one notice point) after it happens. With no journal open and nobody listening both cost one test;
those tests are written out where GET, SET and INCR pass. A key past its deadline does not exist:
whoever looks a key up removes it first.

Nothing outside holds the dicts (`tables` lends them for one burst of requests), so another storage
can stand behind the same methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias, TypeVar

from ferrite.errors import CommandError
from ferrite.keyspace.clock import Clock
from ferrite.keyspace.container import RANDOM, Container
from ferrite.keyspace.expiry import ExpiryQueue
from ferrite.keyspace.graveyard import GRAVEYARD, LARGE
from ferrite.keyspace.journal import Change, Journal
from ferrite.keyspace.scan_order import ScanOrder
from ferrite.keyspace.thresholds import DefaultThresholds, Thresholds
from ferrite.keyspace.values import INTEGER_MAX, INTEGER_MIN, Value, parse_integer

Kind = TypeVar("Kind", bound=Container)

TRIES_AMONG_DEAD = 100
SCAN_ORDER_REST_MS = 60_000
"""A scan order that nobody has used for this long is given up."""


class Keyspace:
    """The keys of one database, by the index SELECT takes."""

    __slots__ = (
        "_clock", "_deadlines", "_journal", "_listeners", "_noticed", "_order", "_order_used_at",
        "_queue", "_values", "changes", "expired_keys", "hits", "index", "keeps_dead", "losses",
        "misses", "on_loss",
        "thresholds",
    )  # fmt: skip

    def __init__(
        self,
        index: int = 0,
        clock: Clock | None = None,
        journal: Journal | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        self.index = index
        self.thresholds = thresholds or DefaultThresholds()
        """What a new container is made with."""
        self.changes = 0
        """Changes of keys since the start, those undone included."""
        self.losses = 0
        """Those of them that nobody asked for: the keys that have expired."""
        self.hits = 0
        self.misses = 0
        self.expired_keys = 0
        self.keeps_dead = False
        """Whether keys past their deadline stay, unseen, because nothing may change now."""
        self.on_loss: Callable[[Keyspace, bytes], None] | None = None
        """Called with a key that nobody deleted and that is gone: it has expired."""
        self._clock = clock or Clock()
        self._journal = journal or Journal(self._clock)
        self._values: dict[bytes, Value] = {}
        self._deadlines: dict[bytes, int] = {}
        self._queue = ExpiryQueue(self._deadlines)
        self._listeners: tuple[Listener, ...] = ()
        self._order: ScanOrder | None = None
        self._order_used_at = 0
        self._noticed = False

    # --- looking up -----------------------------------------------------------------------

    def __len__(self) -> int:
        """Keys, those included that are past their deadline and were not met yet."""
        return len(self._values)

    def __contains__(self, key: bytes) -> bool:
        if key in self._deadlines and self._expire_if_due(key):
            return False
        return key in self._values

    def get(self, key: bytes) -> Value | None:
        """The value of any type, None when there is no key."""
        if key in self._deadlines and self._expire_if_due(key):
            return None
        return self._values.get(key)

    def string(self, key: bytes) -> bytes | None:
        """The string at a key, None when there is no key. Raises CommandError (WRONGTYPE)."""
        if key in self._deadlines and self._expire_if_due(key):
            return None
        value = self._values.get(key)
        if value is None or type(value) is bytes:
            return value
        raise CommandError.wrong_type()

    def read(self, key: bytes) -> Value | None:
        """As `get`, for a command that answers the value: counted as a hit or a miss."""
        value = self.get(key)
        if value is None:
            self.misses += 1
        else:
            self.hits += 1
        return value

    def read_string(self, key: bytes) -> bytes | None:
        """As `string`, for a command that answers the value: counted as a hit or a miss."""
        dead = key in self._deadlines and self._expire_if_due(key)
        value = None if dead else self._values.get(key)
        if type(value) is bytes:
            self.hits += 1
            return value
        if value is None:
            self.misses += 1
            return None
        raise CommandError.wrong_type()

    def find(self, key: bytes, kind: type[Kind]) -> Kind | None:
        """The container at a key, None when there is no key. Raises CommandError (WRONGTYPE)."""
        if key in self._deadlines and self._expire_if_due(key):
            return None
        value = self._values.get(key)
        if value is None or type(value) is kind:
            return value
        raise CommandError.wrong_type()

    def read_as(self, key: bytes, kind: type[Kind]) -> Kind | None:
        """As `find`, for a command that answers from it: counted as a hit or a miss."""
        value = self.find(key, kind)
        if value is None:
            self.misses += 1
        else:
            self.hits += 1
        return value

    def deadline(self, key: bytes) -> int | None:
        """When a key dies (Unix ms); None when it has no deadline or does not exist."""
        return self._deadlines.get(key) if key in self else None

    def peek(self, key: bytes) -> Value | None:
        """The value as it lies there, past its deadline or not; None when there is no key."""
        return self._values.get(key)

    def deadline_of(self, key: bytes) -> int | None:
        """When a key dies (Unix ms), past or not; None for never."""
        return self._deadlines.get(key)

    def now(self) -> int:
        """The time (Unix ms) that deadlines are compared with."""
        return self._clock.now()

    @property
    def tables(self) -> tuple[dict[bytes, Value], dict[bytes, int]]:
        """Values and deadlines (Unix ms) by key, to be looked at in C without a copy. Only strings
        without a deadline may be changed there, only while `unwatched`, counted in `changes`, and
        the dicts may not be kept."""
        return self._values, self._deadlines

    @property
    def unwatched(self) -> bool:
        """Whether a change concerns nobody: no journal is open and nobody listens."""
        return not self._noticed and self._journal.entries is None

    @property
    def volatile_keys(self) -> int:
        """Keys that have a deadline."""
        return len(self._deadlines)

    # --- changing -------------------------------------------------------------------------

    def set(self, key: bytes, value: Value, deadline: int | None = None) -> None:
        """Give a key a value, new or not, and a deadline (Unix ms) or none."""
        if key in self._deadlines:
            self._expire_if_due(key)
            self._forget_deadline(key)
        if self._journal.entries is not None:
            self._about_to_change(key)
        self._values[key] = value
        if deadline is not None:
            self._set_deadline(key, deadline)
        self.changes += 1
        if self._noticed:
            self._changed(Change.WRITTEN, key)

    def set_all(self, keys: Sequence[bytes], values: Sequence[Value]) -> None:
        """Give several keys a value each, as `set` does one after the other."""
        if self._deadlines or self._journal.entries is not None or self._noticed:
            for key, value in zip(keys, values, strict=True):
                self.set(key, value)
        else:
            self._values.update(zip(keys, values, strict=True))
            self.changes += len(keys)

    def update(self, key: bytes, value: Value) -> None:
        """Give a key that was just looked up a value; its deadline stays."""
        if self._journal.entries is not None:
            self._about_to_change(key)
        self._values[key] = value
        self.changes += 1
        if self._noticed:
            self._changed(Change.WRITTEN, key)

    def edit(self, key: bytes, kind: type[Kind]) -> Kind:
        """The container at a key, a new one when there is no key, to be changed by its own
        methods and then handed to `edited`. Raises CommandError (WRONGTYPE)."""
        if key in self._deadlines:
            self._expire_if_due(key)
        value = self._values.get(key)
        if self._journal.entries is not None:
            self._about_to_change(key)
        if value is None:
            self._values[key] = value = kind(self.thresholds)
        elif type(value) is not kind:
            raise CommandError.wrong_type()
        return value

    def edited(self, key: bytes, value: Container) -> None:
        """The container that `edit` gave for a key is changed; without items it is no more."""
        if not value:
            self._remove(key, Change.DELETED)
            return
        self.changes += 1
        if self._noticed:
            self._changed(Change.WRITTEN, key)

    def add(self, key: bytes, increment: int) -> int:
        """Add to the integer that the string at a key spells, 0 if there is no key; the sum.

        Raises CommandError: WRONGTYPE, no integer, or a sum beyond 64 bits.
        """
        if key in self._deadlines:
            self._expire_if_due(key)
        old = self._values.get(key)
        text = b"0" if old is None else old
        if type(text) is not bytes:
            raise CommandError.wrong_type()
        number = parse_integer(text)
        if number is None:
            raise CommandError.not_an_integer()
        number += increment
        if not INTEGER_MIN <= number <= INTEGER_MAX:
            raise CommandError.overflow()
        entries = self._journal.entries
        if entries is not None and (place := (self, key)) not in entries:
            entries[place] = (old, 0, self._deadlines.get(key))  # as `remember` does with strings
        self._values[key] = b"%d" % number
        self.changes += 1
        if self._noticed:
            self._changed(Change.WRITTEN, key)
        return number

    def delete(self, key: bytes) -> bool:
        """Remove a key; whether there was one."""
        if key not in self:
            return False
        self._remove(key, Change.DELETED)
        return True

    def expire_at(self, key: bytes, deadline: int) -> bool:
        """Let a key die at a time (Unix ms), at once if that is past; whether there is a key."""
        if key not in self:
            return False
        if deadline <= self._clock.now():
            self._remove(key, Change.DELETED)
            return True
        if self._journal.entries is not None:
            self._about_to_change(key)
        self._set_deadline(key, deadline)
        self.changes += 1
        if self._noticed:
            self._changed(Change.DEADLINE, key)
        return True

    def persist(self, key: bytes) -> bool:
        """Take a key's deadline away; whether it had one."""
        if self.deadline(key) is None:
            return False
        self._forget_deadline(key)
        self.changes += 1
        if self._noticed:
            self._changed(Change.DEADLINE, key)
        return True

    def rename(self, key: bytes, new_key: bytes) -> None:
        """Move a value and its deadline to another name, replacing what was there.

        Raises CommandError when there is no such key.
        """
        if key not in self:
            raise CommandError.no_such_key()
        if key != new_key:
            self.move(key, self, new_key)

    def move(self, key: bytes, target: Keyspace, new_key: bytes) -> None:
        """Move the value and the deadline of a key that exists to another place, replacing what
        was there."""
        value, deadline = self._values[key], self._deadlines.get(key)
        self._remove(key, Change.DELETED)
        target.set(new_key, value, deadline)

    def evict(self, key: bytes) -> None:
        """Remove a key that exists, to make room for others."""
        self._remove(key, Change.EVICTED)

    def swap(self, other: Keyspace) -> None:
        """Exchange all keys with another database; the listeners hear of every one of them."""
        if other is self:
            return
        for database in (self, other) if self._journal.entries is None else ():
            database.expire_due(len(database))  # who gets a dead key gets none
        keys = {**self._values, **other._values}
        if self._journal.entries is not None:
            for key in keys:
                self._about_to_change(key)
                other._about_to_change(key)
        for name in ("_values", "_deadlines", "_queue", "_order", "_order_used_at"):
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs)
            setattr(other, name, mine)
        for database in (self, other):
            database.changes += 1
            database._noticed = bool(database._listeners) or database._order is not None
            for key in keys if database._listeners else ():
                present = key in database._values
                database._changed(Change.WRITTEN if present else Change.DELETED, key)

    def flush(self) -> None:
        """Remove all keys."""
        if self._journal.entries is not None or self._listeners:
            for key in list(self._values):
                self._remove(key, Change.DELETED)
        self.changes += len(self._values)
        for contents in (self._values, self._deadlines, self._queue.entries):
            if len(contents) > LARGE:
                GRAVEYARD.bury(contents)
        self._values, self._deadlines = {}, {}
        self._queue = ExpiryQueue(self._deadlines)
        self._order = None
        self._noticed = bool(self._listeners)

    # --- walking --------------------------------------------------------------------------

    def keys(self) -> Iterator[bytes]:
        """All names, in the order the keys came into being."""
        now = self._clock.now()
        for key in list(self._values):
            deadline = self._deadlines.get(key)
            if deadline is None or now <= deadline:
                yield key

    def ends(self, count: int) -> list[tuple[bytes, Value]]:
        """The `count` oldest and the `count` newest keys with their values; all where there are
        not so many."""
        items = self._values.items()
        if len(items) <= 2 * count:
            return list(items)
        return [*islice(items, count), *islice(reversed(items), count)]

    def entries(self) -> Iterator[tuple[bytes, Value, int | None]]:
        """All keys with values and deadlines. No key may come or go while they are walked."""
        now, deadlines = self._clock.now(), self._deadlines
        for key, value in self._values.items():
            deadline = deadlines.get(key)
            if deadline is None or now <= deadline:
                yield key, value, deadline

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """About `count` names from a cursor on, and the next cursor: 0 at both ends of a walk.

        Every key that exists from the start to the end of a walk is met, perhaps more than once.
        """
        next_cursor, names = self._scan_order().page(cursor, count)
        return next_cursor, [name for name in names if name in self]

    def random_key(self) -> bytes | None:
        """A name by chance; None when there is no key, or dead ones stay and are about all."""
        tries_left = TRIES_AMONG_DEAD
        while tries_left:
            key = self._scan_order().random_key(RANDOM)
            if key is None or key in self:
                return key
            tries_left -= self.keeps_dead
        return None

    # --- expiry ---------------------------------------------------------------------------

    def expire_due(self, keys_max: int) -> int:
        """Remove at most `keys_max` keys that are past their deadline; how many there were."""
        now, expired_before = self._clock.now(), self.expired_keys
        for key in self._queue.due(now, keys_max):
            if key in self._deadlines:
                self._expire_if_due(key)
        if self._order is not None and now - self._order_used_at > SCAN_ORDER_REST_MS:
            self._order = None
            self._noticed = bool(self._listeners)
        return self.expired_keys - expired_before

    def _expire_if_due(self, key: bytes) -> bool:
        """Whether a key is past its deadline; then it is removed, unless the dead are kept."""
        if self._deadlines[key] >= self._clock.now():
            return False
        if not self.keeps_dead:
            self.expired_keys += 1
            self._remove(key, Change.EXPIRED)
        return True

    # --- the journal and the notice point ---------------------------------------------------

    @property
    def journal(self) -> Journal:
        """The undo journal this database shares with the server's others."""
        return self._journal

    def listen(self, listener: Listener) -> None:
        """Call `listener` after every change of a key from now on."""
        self._listeners += (listener,)
        self._noticed = True

    def unlisten(self, listener: Listener) -> None:
        """Do not call `listener` any more. Raises ValueError when it does not listen."""
        listeners = list(self._listeners)
        listeners.remove(listener)
        self._listeners = tuple(listeners)
        self._noticed = bool(listeners) or self._order is not None

    def restore(self, key: bytes, value: Value | None, deadline: int | None) -> None:
        """Put a key back as the journal saw it. For the journal alone: nobody is told."""
        self._deadlines.pop(key, None)
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value
        if deadline is not None:
            self._set_deadline(key, deadline)
        self._keep_order(key)

    def announce(self, change: Change, key: bytes) -> None:
        """Tell the listeners of a change."""
        for listener in self._listeners:
            listener(self, change, key)

    def _about_to_change(self, key: bytes) -> None:
        self._journal.remember(self, key, self._values.get(key), self._deadlines.get(key))

    def _changed(self, change: Change, key: bytes) -> None:
        self._keep_order(key)
        if self._listeners:
            if self._journal.entries is not None:
                self._journal.defer(self, change, key)
            else:
                self.announce(change, key)

    def _remove(self, key: bytes, change: Change) -> None:
        if self._journal.entries is not None:
            self._about_to_change(key)
        del self._values[key]
        self._deadlines.pop(key, None)
        self.changes += 1
        if change is not Change.DELETED:
            self.losses += 1
            if self.on_loss is not None:
                self.on_loss(self, key)
        if self._noticed:
            self._changed(change, key)

    def _forget_deadline(self, key: bytes) -> None:
        if self._journal.entries is not None:
            self._about_to_change(key)
        self._deadlines.pop(key, None)

    def _set_deadline(self, key: bytes, deadline: int) -> None:
        self._deadlines[key] = deadline
        self._queue.add(key, deadline)

    def _keep_order(self, key: bytes) -> None:
        if self._order is None:
            return
        if key in self._values:
            self._order.add(key)
        else:
            self._order.discard(key)

    def _scan_order(self) -> ScanOrder:
        if self._order is None or self._order.unbalanced:
            self._order = ScanOrder(self._values, len(self._values))
            self._noticed = True
        self._order_used_at = self._clock.now()
        return self._order


Listener: TypeAlias = Callable[[Keyspace, Change, bytes], None]
"""Called with the database, what happened and the key."""
