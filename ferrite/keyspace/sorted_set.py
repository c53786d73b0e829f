"""Sorted sets: members with scores, in the order of score, then of the member's bytes.

Rule: the dict of scores is the truth; the order is a SortedList over it that exists once somebody
has asked for it. Adding and looking up need no order, so a set that is only filled and looked up
costs a dict; the first question about rank or range sorts it (0.35 us a member), and from then on
every change keeps the order.

A range is a pair of positions `first, last` in the order, `last` excluded. Redis:
https://redis.io/docs/latest/develop/data-types/sorted-sets/
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sortedcontainers import SortedList

from ferrite.keyspace.container import Container
from ferrite.keyspace.graveyard import Contents
from ferrite.keyspace.member_order import MemberOrder
from ferrite.keyspace.thresholds import Thresholds

Entry: TypeAlias = tuple[float, bytes]
"""A score and its member: tuples of this shape compare as sorted sets do."""


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Scores from `low` to `high`, each end included unless it is said to be excluded."""

    low: float
    high: float
    low_excluded: bool = False
    high_excluded: bool = False

    def positions(self, order: SortedList[Entry]) -> tuple[int, int]:
        """Where the entries of the range begin and end; the end is never before the beginning."""
        first = _after(order, self.low) if self.low_excluded else _before(order, self.low)
        last = _before(order, self.high) if self.high_excluded else _after(order, self.high)
        return first, max(first, last)


def _before(order: SortedList[Entry], score: float) -> int:
    """Position of the first entry whose score is `score` or more."""
    return order.bisect_left((score,))  # type: ignore[arg-type]  # shorter tuples come first


def _after(order: SortedList[Entry], score: float) -> int:
    """Position of the first entry whose score is more than `score`."""
    return len(order) if score == math.inf else _before(order, math.nextafter(score, math.inf))


@dataclass(frozen=True, slots=True)
class LexBound:
    """An end of a range of members."""

    member: bytes = b""
    excluded: bool = False
    infinite: int = 0
    """-1 is before, 1 is behind all members; 0: `member` counts."""


@dataclass(frozen=True, slots=True)
class LexRange:
    """Members from `low` to `high` by their bytes; says something where all scores are equal."""

    low: LexBound
    high: LexBound

    def positions(self, order: SortedList[Entry]) -> tuple[int, int]:
        """Where the entries of the range begin and end; the end is never before the beginning."""
        first = _lex_position(order, self.low, behind=self.low.excluded)
        last = _lex_position(order, self.high, behind=not self.high.excluded)
        return first, max(first, last)


def _lex_position(order: SortedList[Entry], bound: LexBound, *, behind: bool) -> int:
    if bound.infinite:
        return 0 if bound.infinite < 0 else len(order)
    bisect = bisect_right if behind else bisect_left
    return bisect(order, bound.member, key=_member)


def _member(entry: Entry) -> bytes:
    return entry[1]


class SortedSet(Container):
    """A value of type "zset". `scores` is for reading; changes go through the methods."""

    __slots__ = ("_order", "_scan_order", "scores")

    type_name = "zset"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(limits)
        self.scores: dict[bytes, float] = {}
        self._order: SortedList[Entry] | None = None
        self._scan_order: MemberOrder | None = None

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def encoding(self) -> str:
        """ "listpack" or "skiplist"."""
        return "listpack" if self._limits is not None else "skiplist"

    def copy(self) -> SortedSet:
        """An independent sorted set with the same members, which sorts itself when it has to."""
        twin = SortedSet.__new__(SortedSet)
        twin._limits, twin.undo, twin._order, twin._scan_order = self._limits, None, None, None
        twin.scores = self.scores.copy()
        return twin

    # --- members --------------------------------------------------------------------------

    def put(self, member: bytes, score: float) -> None:
        """Give a member, new or not, a score (no NaN)."""
        scores = self.scores
        old = scores.get(member)
        if self.undo is not None:
            if old is None:
                self.undo.append((self.remove, (member,)))
            else:
                self.undo.append((self.put, (member, old)))
        limits = self._limits
        if limits is not None:
            if old is None and (
                len(scores) >= limits.zset_max_listpack_entries
                or len(member) > limits.zset_max_listpack_value
            ):
                self._outgrow()
            else:
                score += 0.0  # Redis's compact form has no -0
        scores[member] = score
        if self._order is not None:
            if old is not None:
                self._order.remove((old, member))
            self._order.add((score, member))
        if old is None and self._scan_order is not None:
            self._scan_order.add(member)

    def remove(self, member: bytes) -> bool:
        """Remove a member; whether it was there."""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        if self._order is not None:
            self._order.remove((score, member))
        self._removed(member, score)
        return True

    def remove_range(self, first: int, last: int) -> list[Entry]:
        """Remove the entries from position `first` to before `last`; they are returned in order."""
        removed = self.entries(first, last)
        if removed:
            del self.order[first:last]
            for score, member in removed:
                del self.scores[member]
                self._removed(member, score)
        return removed

    def _removed(self, member: bytes, score: float) -> None:
        if self.undo is not None:
            self.undo.append((self.put, (member, score)))
        if self._scan_order is not None:
            self._scan_order.discard(member)

    # --- the order ------------------------------------------------------------------------

    @property
    def order(self) -> SortedList[Entry]:
        """All entries in their order, to look at."""
        if self._order is None:
            self._order = SortedList(zip(self.scores.values(), self.scores, strict=True))
        return self._order

    @property
    def scan_order(self) -> MemberOrder:
        """The order that members are scanned in."""
        if self._scan_order is None:
            self._scan_order = MemberOrder(self.scores)
        return self._scan_order

    def rank(self, member: bytes) -> int | None:
        """How many members come before `member`, None when it is none."""
        score = self.scores.get(member)
        return None if score is None else self.order.bisect_left((score, member))

    def entries(self, first: int, last: int, *, reverse: bool = False) -> list[Entry]:
        """The entries from position `first` to before `last`, backwards when `reverse`."""
        return list(self.order.islice(first, last, reverse=reverse)) if first < last else []

    def _contents(self) -> Sequence[Contents]:
        return (self.scores,) if self._order is None else (self.scores, self._order)

    def _indexes(self) -> Sequence[Contents]:
        return () if self._scan_order is None else self._scan_order.contents
