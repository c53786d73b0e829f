"""Unions, intersections and differences of sorted sets; sets take part with the score 1.

https://redis.io/commands/?group=sorted-set

Rule: scores are put together in the order of the sources' sizes, the smallest first, because that
is Redis's order and floating-point sums depend on it. What is no number (inf - inf, 0 * inf)
counts as 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from ferrite.commands import doubles
from ferrite.commands.arguments import (
    Argument,
    Grammar,
    Key,
    KeyCount,
    Several,
    integer,
    word,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.sorted_set_ranges import store
from ferrite.commands.sorted_sets import entries_reply
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import Reply
from ferrite.state import Call

group = Group("sorted-set", category="sortedset")
command = group.command

Scores: TypeAlias = Mapping[bytes, float]
Aggregate: TypeAlias = Callable[[float, float], float]


def _sum(left: float, right: float) -> float:
    return _number(left + right)


def _min(left: float, right: float) -> float:
    return right if right < left else left


def _max(left: float, right: float) -> float:
    return right if right > left else left


def _number(score: float) -> float:
    return 0.0 if math.isnan(score) else score


_AGGREGATES: dict[bytes, Aggregate] = {b"SUM": _sum, b"MIN": _min, b"MAX": _max}

_WEIGHTS = Argument("weight", "integer", "WEIGHTS", optional=True, multiple=True)
_AGGREGATE = Argument(
    "aggregate",
    "oneof",
    "AGGREGATE",
    optional=True,
    arguments=(word("SUM"), word("MIN"), word("MAX")),
)
_WITH_SCORES = Argument("withscores", "pure-token", "WITHSCORES", optional=True)
_SOURCES = Argument("key", "key", multiple=True, key_spec=0)
_STORED_SOURCES = Argument("key", "key", multiple=True, key_spec=1)
_PLAIN = Grammar(_STORED_SOURCES)
_STORING = Grammar(_STORED_SOURCES, _WEIGHTS, _AGGREGATE)
_READING = Grammar(_SOURCES, _WEIGHTS, _AGGREGATE, _WITH_SCORES)
_DIFFERING = Grammar(_SOURCES, _WITH_SCORES)
_LIMITED = Grammar(_SOURCES, Argument("limit", "integer", "LIMIT", optional=True))

_UNION = "O(N)+O(M*log(M)) where N is the number of all members and M of those in the union"
_INTERSECTION = "O(N*K) where N is the size of the smallest of K sources"
_DIFFERENCE = "O(N) where N is the number of all members"


@dataclass(slots=True)
class Sources:
    """What is to be combined, and how."""

    scores: list[Scores]
    weights: list[float]
    aggregate: Aggregate = _sum
    with_scores: bool = False

    def by_size(self) -> list[tuple[Scores, float]]:
        """The sources with their weights, the smallest first."""
        return sorted(zip(self.scores, self.weights, strict=True), key=lambda pair: len(pair[0]))


def numbered_keys(
    name: str, count: bytes, arguments: Sequence[bytes]
) -> tuple[int, Sequence[bytes]]:
    """The keys that a count announces. Raises CommandError."""
    number = integer(count)
    if number < 1:
        raise CommandError(f"ERR at least 1 input key is needed for '{name}' command")
    if number > len(arguments):
        raise CommandError.syntax()
    return number, arguments[:number]


def _sources(
    call: Call, name: str, count: bytes, arguments: Sequence[bytes], allowed: Grammar
) -> Sources:
    """Read keys and options. Raises CommandError; a key of another type comes before options."""
    number, keys = numbered_keys(name, count, arguments)
    sources = Sources([_scores(call.keyspace, key) for key in keys], [1.0] * number)
    rest = list(reversed(arguments[number:]))
    while rest:
        option = rest.pop().upper()
        if option == b"WEIGHTS" and _WEIGHTS in allowed.arguments and len(rest) >= number:
            sources.weights = [_weight(rest.pop()) for _ in keys]
        elif option == b"AGGREGATE" and _AGGREGATE in allowed.arguments and rest:
            aggregate = _AGGREGATES.get(rest.pop().upper())
            if aggregate is None:
                raise CommandError.syntax()
            sources.aggregate = aggregate
        elif option == b"WITHSCORES" and _WITH_SCORES in allowed.arguments:
            sources.with_scores = True
        else:
            raise CommandError.syntax()
    return sources


def _scores(keyspace: Keyspace, key: bytes) -> Scores:
    """The members at a key and their scores. Raises CommandError for another type."""
    value = keyspace.read(key)
    if value is None:
        return {}
    if isinstance(value, SortedSet):
        return value.scores
    if isinstance(value, Set):
        return dict.fromkeys(value.members, 1.0)
    raise CommandError.wrong_type()


def _weight(text: bytes) -> float:
    number = doubles.parse(text)
    if number is None:
        raise CommandError("ERR weight value is not a float")
    return number


def _union(sources: Sources) -> dict[bytes, float]:
    total: dict[bytes, float] = {}
    for scores, weight in sources.by_size():
        for member, score in scores.items():
            weighted = _number(score * weight)
            present = total.get(member)
            total[member] = weighted if present is None else sources.aggregate(present, weighted)
    return total


def _intersection(sources: Sources) -> dict[bytes, float]:
    (smallest, first_weight), *others = sources.by_size()
    total: dict[bytes, float] = {}
    for member, score in smallest.items():
        combined = _number(score * first_weight)
        for scores, weight in others:
            other = scores.get(member)
            if other is None:
                break
            combined = sources.aggregate(combined, other * weight)
        else:
            total[member] = combined
    return total


def _difference(sources: Sources) -> dict[bytes, float]:
    first, *others = sources.scores
    return {
        member: score
        for member, score in first.items()
        if not any(member in scores for scores in others)
    }


Combine: TypeAlias = Callable[[Sources], dict[bytes, float]]


def _answer(call: Call, combine: Combine, sources: Sources) -> Reply:
    entries = sorted((score, member) for member, score in combine(sources).items())
    return entries_reply(call, entries, sources.with_scores)


@command(Tag.READONLY, since="6.2.0", complexity=_UNION, access="RO access")
def zunion(call: Call, numkeys: KeyCount, *arguments: Annotated[Several, _READING]) -> Reply:
    """Return the members of any of some sorted sets."""
    return _answer(call, _union, _sources(call, "zunion", numkeys, arguments, _READING))


@command(Tag.READONLY, since="6.2.0", complexity=_INTERSECTION, access="RO access")
def zinter(call: Call, numkeys: KeyCount, *arguments: Annotated[Several, _READING]) -> Reply:
    """Return the members that are in all of some sorted sets."""
    return _answer(call, _intersection, _sources(call, "zinter", numkeys, arguments, _READING))


@command(Tag.READONLY, since="6.2.0", complexity=_DIFFERENCE, access="RO access")
def zdiff(call: Call, numkeys: KeyCount, *arguments: Annotated[Several, _DIFFERING]) -> Reply:
    """Return the members of a sorted set that are in none of some others."""
    return _answer(call, _difference, _sources(call, "zdiff", numkeys, arguments, _DIFFERING))


_TO_STORE = Tag.WRITE | Tag.DENYOOM
_STORE_ACCESS = ("OW update", "RO access")


@command(_TO_STORE, since="2.0.0", complexity=_UNION, access=_STORE_ACCESS)
def zunionstore(
    call: Call,
    destination: Key,
    numkeys: KeyCount,
    *arguments: Annotated[Several, _STORING],
) -> int:
    """Store the members of any of some sorted sets at a key; return how many."""
    sources = _sources(call, "zunionstore", numkeys, arguments, _STORING)
    return store(call, destination, _union(sources))


@command(_TO_STORE, since="2.0.0", complexity=_INTERSECTION, access=_STORE_ACCESS)
def zinterstore(
    call: Call,
    destination: Key,
    numkeys: KeyCount,
    *arguments: Annotated[Several, _STORING],
) -> int:
    """Store the members that are in all of some sorted sets at a key; return how many."""
    sources = _sources(call, "zinterstore", numkeys, arguments, _STORING)
    return store(call, destination, _intersection(sources))


@command(_TO_STORE, since="6.2.0", complexity=_DIFFERENCE, access=_STORE_ACCESS)
def zdiffstore(
    call: Call, destination: Key, numkeys: KeyCount, *arguments: Annotated[Several, _PLAIN]
) -> int:
    """Store the members of a sorted set that are in none of some others; return how many."""
    sources = _sources(call, "zdiffstore", numkeys, arguments, _PLAIN)
    return store(call, destination, _difference(sources))


@command(Tag.READONLY, since="7.0.0", complexity=_INTERSECTION, access="RO access")
def zintercard(call: Call, numkeys: KeyCount, *arguments: Annotated[Several, _LIMITED]) -> int:
    """Return how many members are in all of some sorted sets, counting up to a limit."""
    number, keys = numbered_keys("zintercard", numkeys, arguments)
    sources = sorted([_scores(call.keyspace, key) for key in keys], key=len)
    limit, rest = 0, arguments[number:]
    while rest:
        if rest[0].upper() != b"LIMIT" or len(rest) < 2:
            raise CommandError.syntax()
        limit, rest = _limit(rest[1]), rest[2:]
    smallest, *others = sources
    count = 0
    for member in smallest:
        if all(member in scores for scores in others):
            count += 1
            if count == limit:
                break
    return count


def _limit(text: bytes) -> int:
    number = parse_integer(text)
    if number is None or number < 0:
        raise CommandError("ERR LIMIT can't be negative")
    return number
