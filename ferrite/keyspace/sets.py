"""Set: different members. https://redis.io/docs/latest/develop/data-types/sets/"""

from __future__ import annotations

from collections.abc import Sequence

from ferrite.keyspace.container import Container
from ferrite.keyspace.graveyard import Contents
from ferrite.keyspace.member_order import MemberOrder
from ferrite.keyspace.thresholds import Thresholds
from ferrite.keyspace.values import parse_integer


class Set(Container):
    """A value of type "set". `members` is for reading; changes go through the methods.

    A dict and no Python set, because its order does not differ from run to run: a recorded plugin
    call must see the same members in the same order when it is replayed.
    """

    __slots__ = ("_order", "members")

    type_name = "set"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(limits)
        self.members: dict[bytes, None] = {}
        self._order: MemberOrder | None = None

    def __len__(self) -> int:
        return len(self.members)

    @property
    def encoding(self) -> str:
        """ "intset" or "hashtable"."""
        return "intset" if self._limits is not None else "hashtable"

    def copy(self) -> Set:
        """An independent set with the same members."""
        twin = Set.__new__(Set)
        twin._limits, twin.undo, twin._order = self._limits, None, None
        twin.members = self.members.copy()
        return twin

    def add(self, member: bytes) -> bool:
        """Add a member; whether it is new."""
        members = self.members
        if member in members:
            return False
        if self.undo is not None:
            self.undo.append((self.remove, (member,)))
        members[member] = None
        limits = self._limits
        if limits is not None and (
            len(members) > limits.set_max_intset_entries or parse_integer(member) is None
        ):
            self._outgrow()
        if self._order is not None:
            self._order.add(member)
        return True

    def remove(self, member: bytes) -> bool:
        """Remove a member; whether it was there."""
        if member not in self.members:
            return False
        if self.undo is not None:
            self.undo.append((self.add, (member,)))
        del self.members[member]
        if self._order is not None:
            self._order.discard(member)
        return True

    def listing(self) -> list[bytes]:
        """All members: integers of a compact set from low to high, others in no order."""
        return sorted(self.members, key=int) if self._limits is not None else list(self.members)

    @property
    def order(self) -> MemberOrder:
        """The order that members are scanned and chosen in."""
        if self._order is None:
            self._order = MemberOrder(self.members)
        return self._order

    def _contents(self) -> Sequence[Contents]:
        return (self.members,)

    def _indexes(self) -> Sequence[Contents]:
        return () if self._order is None else self._order.contents
