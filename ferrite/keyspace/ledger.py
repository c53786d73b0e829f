"""Ledger: what is kept on the keys of one database while memory is limited or uses are recorded.

Rule: it hears of every change at the notice point and looks at what the key holds then, so it is
right whatever happened in between. A key has a row in parallel columns, and the last row moves into
the gap a lost key leaves: a key by chance is one index, and a row costs 24 bytes and a dict entry.
A server that neither limits memory nor records uses has no ledgers.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from random import Random

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.journal import Change, Journal
from ferrite.keyspace.member_order import MemberOrder
from ferrite.keyspace.uses import Uses
from ferrite.keyspace.values import entry_bytes

ROW_BYTES = 124
"""What a key costs in a ledger: the columns and its place."""


class Account:
    """What the keys of all databases take together."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


class Ledger:
    """Sizes and uses of the keys of one database."""

    __slots__ = (
        "_account", "_keys", "_places", "_sizes", "_stamps", "_uses", "keyspace", "volatile",
    )  # fmt: skip

    def __init__(self, keyspace: Keyspace, uses: Uses, account: Account) -> None:
        """Take in the keys there are, as if all of them had just been used, and follow changes."""
        self._account = account
        self.volatile = MemberOrder(())
        """The keys that have a deadline."""
        self.keyspace = keyspace
        self._uses = uses
        self._keys: list[bytes] = []
        self._places: dict[bytes, int] = {}
        self._sizes = array("q")
        self._stamps = array("q")
        for key, _, _ in keyspace.entries():
            self._heard(keyspace, Change.WRITTEN, key)
        keyspace.listen(self._heard)

    def close(self) -> None:
        """Follow changes no more."""
        self.keyspace.unlisten(self._heard)

    def __len__(self) -> int:
        return len(self._keys)

    def choose(self, generator: Random) -> bytes:
        """A key by chance. Raises IndexError when there is none."""
        return generator.choice(self._keys)

    def sample(self, count: int, generator: Random) -> list[bytes]:
        """Different keys by chance, `count` of them or as many as there are."""
        return generator.sample(self._keys, min(count, len(self._keys)))

    def stamp(self, key: bytes) -> int | None:
        """When or how often a key was used; None for one that does not exist."""
        place = self._places.get(key)
        return None if place is None else self._stamps[place]

    def size(self, key: bytes) -> int:
        """Bytes that a key takes, as far as is known; 0 for one that does not exist."""
        place = self._places.get(key)
        return 0 if place is None else self._sizes[place]

    def set_stamp(self, key: bytes, stamp: int) -> None:
        """Say when or how often a key that exists was used. Raises KeyError."""
        self._stamps[self._places[key]] = stamp

    def use(self, key: bytes) -> None:
        """A key is used, if it exists."""
        place = self._places.get(key)
        if place is not None:
            self._stamps[place] = self._uses.again(self._stamps[place])

    def measure_anew(self, uses: Uses, stamp: int) -> None:
        """Measure uses in another way from now on; all keys have this stamp."""
        self._uses = uses
        self._stamps = array("q", [stamp]) * len(self._keys)

    def _heard(self, keyspace: Keyspace, _: Change, key: bytes) -> None:
        value = keyspace.peek(key)
        place = self._places.get(key)
        if value is None:
            if place is not None:
                self._lose(key, place)
            return
        size = entry_bytes(key, value)
        if place is None:
            self._places[key] = len(self._keys)
            self._keys.append(key)
            self._sizes.append(size)
            self._stamps.append(self._uses.first())
            self._account.bytes += size
        else:
            self._account.bytes += size - self._sizes[place]
            self._sizes[place] = size
        if keyspace.deadline_of(key) is not None:
            if key not in self.volatile:
                self.volatile.add(key)
        elif key in self.volatile:
            self.volatile.discard(key)

    def _lose(self, key: bytes, place: int) -> None:
        del self._places[key]
        self._account.bytes -= self._sizes[place]
        last, size, stamp = self._keys.pop(), self._sizes.pop(), self._stamps.pop()
        if place < len(self._keys):
            self._keys[place], self._sizes[place], self._stamps[place] = last, size, stamp
            self._places[last] = place
        if key in self.volatile:
            self.volatile.discard(key)


class Growth:
    """What changes add that wait in the journal, to be announced to the ledgers when they are kept.
    Belongs to who makes the changes: those it has looked at must not be undone before its end."""

    __slots__ = ("_added", "_bytes", "_journal", "_ledgers", "_seen")

    def __init__(self, journal: Journal, ledgers: Sequence[Ledger]) -> None:
        self._journal = journal
        self._ledgers = ledgers
        self._added: dict[tuple[int, bytes], int] = {}
        self._bytes = 0
        self._seen = 0

    @property
    def total(self) -> int:
        """Bytes more than the ledgers count; less than 0 where keys were removed."""
        for ledger, key in self._changed():
            value = ledger.keyspace.peek(key)
            added = (0 if value is None else entry_bytes(key, value)) - ledger.size(key)
            place = ledger.keyspace.index, key
            self._bytes += added - self._added.get(place, 0)
            self._added[place] = added
        return self._bytes

    def _changed(self) -> set[tuple[Ledger, bytes]]:
        changes = self._journal.changes_since(self._seen) if self._ledgers else []
        self._seen += len(changes)
        return {(self._ledgers[keyspace.index], key) for keyspace, _, key in changes}
