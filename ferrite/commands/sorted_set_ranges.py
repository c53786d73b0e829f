"""Commands on ranges of sorted sets: by rank, by score, by the members' bytes.

https://redis.io/commands/?group=sorted-set

Rule: a range is read into something with `positions(order)`, and what a command does with the
entries there does not depend on the kind of range. Where an order is backwards, the ends of the
range are given the other way round, and ranks count from the highest entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from ferrite.commands import doubles
from ferrite.commands.arguments import (
    Argument,
    FloatText,
    Grammar,
    Int,
    IntText,
    Key,
    integer,
    word,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.sorted_sets import entries_reply
from ferrite.errors import CommandError
from ferrite.keyspace.sorted_set import Entry, LexBound, LexRange, ScoreRange, SortedSet
from ferrite.protocol.replies import Reply
from ferrite.state import Call

group = Group("sorted-set", category="sortedset")
command = group.command

_LIMIT = Argument(
    "offset-count",
    "block",
    "LIMIT",
    optional=True,
    arguments=(Argument("offset", "integer"), Argument("count", "integer")),
)
_WITH_SCORES = Argument("withscores", "pure-token", "WITHSCORES", optional=True)
_SORT_BY = Argument("sortby", "oneof", optional=True, arguments=(word("BYSCORE"), word("BYLEX")))
_REVERSE = Argument("rev", "pure-token", "REV", optional=True)
_ZRANGE = Grammar(_SORT_BY, _REVERSE, _LIMIT, _WITH_SCORES)
_ZRANGESTORE = Grammar(_SORT_BY, _REVERSE, _LIMIT)
_BY_SCORE = Grammar(_WITH_SCORES, _LIMIT)
_BY_LEX = Grammar(_LIMIT)
_BY_RANK = Grammar(_WITH_SCORES)

_READING = Tag.READONLY
_COMPLEXITY = "O(log(N)+M) where N is the number of members and M of those in the range"


@dataclass(frozen=True, slots=True)
class RankRange:
    """Ranks from `start` to `stop`, both included; negative ones count from the highest."""

    start: int
    stop: int

    def positions(self, order: Sequence[Entry]) -> tuple[int, int]:
        """Where the entries of the range begin and end; the end is never before the beginning."""
        size = len(order)
        first = max(self.start + size, 0) if self.start < 0 else self.start
        last = (self.stop + size if self.stop < 0 else min(self.stop, size - 1)) + 1
        return (first, last) if first < last else (0, 0)


Range: TypeAlias = RankRange | ScoreRange | LexRange
ReadRange: TypeAlias = Callable[[bytes, bytes], Range]


def rank_range(start: bytes, stop: bytes) -> RankRange:
    """The range of two ranks. Raises CommandError."""
    return RankRange(integer(start), integer(stop))


def score_range(low: bytes, high: bytes) -> ScoreRange:
    """The range of two scores, `(` before one that is excluded. Raises CommandError."""
    ends = [doubles.parse_bound(text.removeprefix(b"(")) for text in (low, high)]
    if ends[0] is None or ends[1] is None:
        raise CommandError("ERR min or max is not a float")
    return ScoreRange(ends[0], ends[1], low.startswith(b"("), high.startswith(b"("))


def lex_range(low: bytes, high: bytes) -> LexRange:
    """The range of two members: [member, (member for one that is excluded, - or +.

    Raises CommandError.
    """
    return LexRange(_lex_bound(low), _lex_bound(high))


def _lex_bound(text: bytes) -> LexBound:
    mark, member = text[:1], text[1:]
    if mark in (b"-", b"+") and not member:
        return LexBound(infinite=-1 if mark == b"-" else 1)
    if mark not in (b"[", b"("):
        raise CommandError("ERR min or max not valid string range item")
    return LexBound(member, excluded=mark == b"(")


# --- counting and removing ----------------------------------------------------------------


@command(Tag.READONLY | Tag.FAST, since="2.0.0", complexity="O(log(N))", access="RO access")
def zcount(call: Call, key: Key, min: FloatText, max: FloatText) -> int:
    """Return how many members have scores in a range."""
    return _count(call, key, score_range(min, max))


@command(Tag.READONLY | Tag.FAST, since="2.8.9", complexity="O(log(N))", access="RO access")
def zlexcount(call: Call, key: Key, min: bytes, max: bytes) -> int:
    """Return how many members are in a range of members."""
    return _count(call, key, lex_range(min, max))


def _count(call: Call, key: bytes, wanted: Range) -> int:
    zset = call.keyspace.read_as(key, SortedSet)
    if zset is None:
        return 0
    first, last = wanted.positions(zset.order)
    return last - first


@command(Tag.WRITE, since="2.0.0", complexity=_COMPLEXITY, access="RW delete")
def zremrangebyrank(call: Call, key: Key, start: Int, stop: Int) -> int:
    """Remove the members in a range of ranks; return how many there were."""
    return _remove(call, key, RankRange(start, stop))


@command(Tag.WRITE, since="1.2.0", complexity=_COMPLEXITY, access="RW delete")
def zremrangebyscore(call: Call, key: Key, min: FloatText, max: FloatText) -> int:
    """Remove the members with scores in a range; return how many there were."""
    return _remove(call, key, score_range(min, max))


@command(Tag.WRITE, since="2.8.9", complexity=_COMPLEXITY, access="RW delete")
def zremrangebylex(call: Call, key: Key, min: bytes, max: bytes) -> int:
    """Remove the members in a range of members; return how many there were."""
    return _remove(call, key, lex_range(min, max))


def _remove(call: Call, key: bytes, wanted: Range) -> int:
    keyspace = call.keyspace
    zset = keyspace.find(key, SortedSet)
    if zset is None:
        return 0
    first, last = wanted.positions(zset.order)
    if first == last:
        return 0
    zset = keyspace.edit(key, SortedSet)
    zset.remove_range(first, last)
    keyspace.edited(key, zset)
    return last - first


# --- reading ------------------------------------------------------------------------------


@dataclass(slots=True)
class Query:
    """What a command of the ZRANGE family is to answer."""

    read: ReadRange | None = None
    reverse: bool | None = None
    offset: int = 0
    count: int = -1
    """Most entries after the first `offset`; negative for all."""
    with_scores: bool = False

    def parse(self, options: Sequence[bytes], *, storing: bool = False) -> None:
        """Take options; what the command's name has fixed is no option. Raises CommandError."""
        rest = list(reversed(options))
        while rest:
            option = rest.pop().upper()
            if option == b"WITHSCORES" and not storing:
                self.with_scores = True
            elif option == b"LIMIT" and len(rest) >= 2:
                self.offset, self.count = integer(rest.pop()), integer(rest.pop())
            elif option == b"REV" and self.reverse is None:
                self.reverse = True
            elif option == b"BYLEX" and self.read is None:
                self.read = lex_range
            elif option == b"BYSCORE" and self.read is None:
                self.read = score_range
            else:
                raise CommandError.syntax()
        self.read = self.read or rank_range
        if self.count != -1 and self.read is rank_range:
            raise CommandError(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or"
                " BYLEX"
            )
        if self.with_scores and self.read is lex_range:
            raise CommandError(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
            )

    def range(self, start: bytes, stop: bytes) -> Range:
        """The range between two arguments as they were given. Raises CommandError."""
        read = self.read or rank_range
        backwards = self.reverse and read is not rank_range
        return read(stop, start) if backwards else read(start, stop)

    def entries(self, zset: SortedSet, wanted: Range) -> list[Entry]:
        """The entries of a sorted set, in the order wanted."""
        reverse, order = bool(self.reverse), zset.order
        first, last = wanted.positions(order)
        if reverse and isinstance(wanted, RankRange):
            first, last = len(order) - last, len(order) - first
        if self.offset < 0:
            return []
        size = last - first - self.offset
        if self.count >= 0:
            size = min(size, self.count)
        if size <= 0:
            return []
        if reverse:
            return zset.entries(last - self.offset - size, last - self.offset, reverse=True)
        return zset.entries(first + self.offset, first + self.offset + size)


def _read(
    call: Call, key: bytes, start: bytes, stop: bytes, options: Sequence[bytes], query: Query
) -> Reply:
    query.parse(options)
    wanted = query.range(start, stop)
    zset = call.keyspace.read_as(key, SortedSet)
    entries = [] if zset is None else query.entries(zset, wanted)
    return entries_reply(call, entries, query.with_scores)


@command(_READING, since="1.2.0", complexity=_COMPLEXITY, access="RO access")
def zrange(
    call: Call, key: Key, start: bytes, stop: bytes, *options: Annotated[bytes, _ZRANGE]
) -> Reply:
    """Return the members in a range of ranks, of scores or of members."""
    return _read(call, key, start, stop, options, Query())


@command(_READING, since="1.2.0", complexity=_COMPLEXITY, access="RO access")
def zrevrange(
    call: Call, key: Key, start: IntText, stop: IntText, *options: Annotated[bytes, _BY_RANK]
) -> Reply:
    """Return the members in a range of ranks, the highest first."""
    return _read(call, key, start, stop, options, Query(rank_range, reverse=True))


@command(_READING, since="1.0.5", complexity=_COMPLEXITY, access="RO access")
def zrangebyscore(
    call: Call,
    key: Key,
    min: FloatText,
    max: FloatText,
    *options: Annotated[bytes, _BY_SCORE],
) -> Reply:
    """Return the members with scores in a range."""
    return _read(call, key, min, max, options, Query(score_range, reverse=False))


@command(_READING, since="2.2.0", complexity=_COMPLEXITY, access="RO access")
def zrevrangebyscore(
    call: Call,
    key: Key,
    max: FloatText,
    min: FloatText,
    *options: Annotated[bytes, _BY_SCORE],
) -> Reply:
    """Return the members with scores in a range, the highest first."""
    return _read(call, key, max, min, options, Query(score_range, reverse=True))


@command(_READING, since="2.8.9", complexity=_COMPLEXITY, access="RO access")
def zrangebylex(
    call: Call, key: Key, min: bytes, max: bytes, *options: Annotated[bytes, _BY_LEX]
) -> Reply:
    """Return the members in a range of members."""
    return _read(call, key, min, max, options, Query(lex_range, reverse=False))


@command(_READING, since="2.8.9", complexity=_COMPLEXITY, access="RO access")
def zrevrangebylex(
    call: Call, key: Key, max: bytes, min: bytes, *options: Annotated[bytes, _BY_LEX]
) -> Reply:
    """Return the members in a range of members, the highest first."""
    return _read(call, key, max, min, options, Query(lex_range, reverse=True))


@command(
    Tag.WRITE | Tag.DENYOOM,
    since="6.2.0",
    complexity=_COMPLEXITY,
    access=("OW update", "RO access"),
)
def zrangestore(
    call: Call,
    dst: Key,
    src: Key,
    min: bytes,
    max: bytes,
    *options: Annotated[bytes, _ZRANGESTORE],
) -> int:
    """Store the members in a range, with their scores, at another key; return how many."""
    query = Query()
    query.parse(options, storing=True)
    wanted = query.range(min, max)
    zset = call.keyspace.read_as(src, SortedSet)
    entries = [] if zset is None else query.entries(zset, wanted)
    return store(call, dst, {member: score for score, member in entries})


def store(call: Call, key: bytes, scores: dict[bytes, float]) -> int:
    """Make a key hold a sorted set of these members alone, none without any; how many there are."""
    keyspace = call.keyspace
    if not scores:
        keyspace.delete(key)
        return 0
    zset = SortedSet(keyspace.thresholds)
    for member, score in scores.items():
        zset.put(member, score)
    keyspace.set(key, zset)
    return len(zset)
