"""MemberOrder: an order of the members of a container, for scans and for choosing by chance.

Rule: a scan walks the order from its end to its start, and its cursor is how many members are left.
Adding puts a member at the end; removing moves the last member into the gap, thus never from a
place not yet visited to one that was. So every member that is there from a scan's start to its end
is met, cursors need no memory and are never invalid, and a member by chance is one index.

A container builds it when it is first needed and keeps it up to date from then on; one that nobody
scans or samples pays nothing for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from ferrite.errors import CommandError

REPEATED_MAX = 10_000_000
"""Most members one sample with repetitions holds; Redis would go on until memory ends."""


class MemberOrder:
    """All members of one container, each at a place from 0 on."""

    __slots__ = ("_members", "_places")

    def __init__(self, members: Iterable[bytes]) -> None:
        self._members = list(members)
        self._places = {member: place for place, member in enumerate(self._members)}

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, member: bytes) -> bool:
        return member in self._places

    @property
    def contents(self) -> tuple[list[bytes], dict[bytes, int]]:
        """The collections it is made of."""
        return self._members, self._places

    def add(self, member: bytes) -> None:
        """Note a member that is new."""
        self._places[member] = len(self._members)
        self._members.append(member)

    def discard(self, member: bytes) -> None:
        """Note that a member has gone. Raises KeyError when it was not there."""
        place = self._places.pop(member)
        last = self._members.pop()
        if place < len(self._members):
            self._members[place] = last
            self._places[last] = place

    def page(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """`count` members from `cursor` on (0 at the start), and the cursor to go on with: 0 at
        the end. Any cursor is accepted."""
        end = min(cursor or len(self._members), len(self._members))
        start = max(end - count, 0)
        return start, self._members[start:end]

    def choose(self, generator: random.Random) -> bytes:
        """A member by chance. Raises IndexError when there is none."""
        return generator.choice(self._members)

    def sample(self, count: int, generator: random.Random) -> list[bytes]:
        """Different members by chance, `count` of them or as many as there are; for a negative
        count that many members, each by chance, so that they may repeat.

        Raises CommandError for more than REPEATED_MAX of these.
        """
        if count >= 0:
            return generator.sample(self._members, min(count, len(self._members)))
        if -count > REPEATED_MAX:
            raise CommandError.out_of_range()
        return generator.choices(self._members, k=-count)
