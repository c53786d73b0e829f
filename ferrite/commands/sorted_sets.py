"""Commands on the members of sorted sets: scores and ranks.

https://redis.io/commands/?group=sorted-set
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from ferrite.commands import doubles
from ferrite.commands.arguments import (
    Argument,
    Grammar,
    IntText,
    Key,
    Positional,
    Several,
    word,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.scanning import SCAN_OPTIONS, read_cursor, read_options
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.sorted_set import Entry, SortedSet
from ferrite.protocol.encoder import number_text
from ferrite.protocol.replies import NULL_ARRAY, Reply
from ferrite.state import Call

WHOLE_SCORE_MAX = 2.0**62
"""Larger scores a listpack does not keep as integers."""

group = Group("sorted-set", category="sortedset")
command = group.command

_ZADD = Grammar(
    Argument("condition", "oneof", optional=True, arguments=(word("NX"), word("XX"))),
    Argument("comparison", "oneof", optional=True, arguments=(word("GT"), word("LT"))),
    Argument("change", "pure-token", "CH", optional=True),
    Argument("increment", "pure-token", "INCR", optional=True),
    Argument(
        "score-member",
        "block",
        multiple=True,
        arguments=(Argument("score", "double"), Argument("member", "string")),
    ),
)
_WITH_SCORE = Grammar(Argument("withscore", "pure-token", "WITHSCORE", optional=True))
_ZADD_WORDS = frozenset((b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"))
_READING = Tag.READONLY | Tag.FAST
_ADDING = Tag.WRITE | Tag.DENYOOM | Tag.FAST
_SEARCH = "O(log(N)) where N is the number of members"


def score_argument(text: bytes) -> float:
    """A score or an increment. Raises CommandError."""
    number = doubles.parse(text)
    if number is None:
        raise CommandError.not_a_float()
    return number


def entries_reply(call: Call, entries: Sequence[Entry], with_scores: bool) -> list[object]:
    """Members, with their scores behind them, in RESP3 each in a pair with its own."""
    if not with_scores:
        return [member for _, member in entries]
    if call.session.protocol > 2:
        return [[member, score] for score, member in entries]
    return [part for score, member in entries for part in (member, score)]


@command(
    _ADDING,
    since="1.2.0",
    complexity="O(log(N)) for each member, where N is the number of members",
    access="RW update",
)
def zadd(
    call: Call, key: Key, *arguments: Annotated[bytes, Positional("string", repeat=2), _ZADD]
) -> Reply:
    """Add members with their scores, or update their scores; return how many are new."""
    if len(arguments) == 2 and arguments[0].upper() not in _ZADD_WORDS:  # the most frequent
        return _add_one(call.keyspace, key, score_argument(arguments[0]), arguments[1])
    words, pairs = _split(arguments)
    scores = [score_argument(text) for text in pairs[::2]]
    members = pairs[1::2]
    if words:
        return _add_with_options(call, key, words, list(zip(members, scores, strict=True)))
    keyspace = call.keyspace
    zset = keyspace.edit(key, SortedSet)
    present, count, changed = zset.scores, len(zset), False
    for member, score in zip(members, scores, strict=True):
        if present.get(member) != score:
            zset.put(member, score)
            changed = True
    if changed:
        keyspace.edited(key, zset)
    return len(zset) - count


def _add_one(keyspace: Keyspace, key: bytes, score: float, member: bytes) -> int:
    zset = keyspace.edit(key, SortedSet)
    present = zset.scores.get(member)
    if present != score:
        zset.put(member, score)
        keyspace.edited(key, zset)
    return int(present is None)


def _split(arguments: Sequence[bytes]) -> tuple[set[bytes], Sequence[bytes]]:
    """ZADD's options, and the scores and members behind them. Raises CommandError."""
    words: set[bytes] = set()
    start = 0
    while start < len(arguments) and arguments[start].upper() in _ZADD_WORDS:
        words.add(arguments[start].upper())
        start += 1
    pairs = arguments[start:]
    if len(pairs) % 2 or not pairs:
        raise CommandError.syntax()
    if words >= {b"NX", b"XX"}:
        raise CommandError("ERR XX and NX options at the same time are not compatible")
    if len(words & {b"GT", b"LT", b"NX"}) > 1:
        raise CommandError("ERR GT, LT, and/or NX options at the same time are not compatible")
    if b"INCR" in words and len(pairs) > 2:
        raise CommandError("ERR INCR option supports a single increment-element pair")
    return words, pairs


def _add_with_options(
    call: Call, key: bytes, words: set[bytes], pairs: Sequence[tuple[bytes, float]]
) -> Reply:
    keyspace = call.keyspace
    found = keyspace.find(key, SortedSet)
    scores = {} if found is None else found.scores
    accepted: list[float] = []
    added = changed = 0
    zset: SortedSet | None = None
    for member, argument in pairs:
        present = scores.get(member)
        score = _wanted(words, present, argument)
        if score is None:
            continue
        accepted.append(score)
        if score != present:
            if zset is None:
                zset = keyspace.edit(key, SortedSet)
                scores = zset.scores
            zset.put(member, score)
            added += present is None
            changed += 1
    if zset is not None:
        keyspace.edited(key, zset)
    if b"INCR" in words:
        return accepted[0] if accepted else None
    return changed if b"CH" in words else added


def _wanted(words: set[bytes], present: float | None, score: float) -> float | None:
    """The score a member is to get; None when a condition forbids. Raises CommandError."""
    if present is None:
        return None if b"XX" in words else score
    if b"NX" in words:
        return None
    if b"INCR" in words:
        score += present
        if math.isnan(score):
            raise CommandError("ERR resulting score is not a number (NaN)")
    if (b"GT" in words and score <= present) or (b"LT" in words and score >= present):
        return None
    return score


@command(_ADDING, since="1.2.0", complexity=_SEARCH, access="RW access update")
def zincrby(
    call: Call, key: Key, increment: Annotated[bytes, Positional("integer")], member: bytes
) -> Reply:
    """Add to the score of a member, which is 0 if it is none; return the sum."""
    return _add_with_options(call, key, {b"INCR"}, [(member, score_argument(increment))])


@command(
    Tag.WRITE | Tag.FAST,
    since="1.2.0",
    complexity="O(M*log(N)) where N is the number of members and M of those to remove",
    access="RW delete",
)
def zrem(call: Call, key: Key, *members: Several) -> int:
    """Remove some members; return how many there were."""
    keyspace = call.keyspace
    zset = keyspace.find(key, SortedSet)
    if zset is None or not any(member in zset.scores for member in members):
        return 0
    zset = keyspace.edit(key, SortedSet)
    removed = sum([zset.remove(member) for member in members])
    keyspace.edited(key, zset)
    return removed


@command(_READING, since="1.2.0", access="RO")
def zcard(call: Call, key: Key) -> int:
    """Return the number of members."""
    return len(call.keyspace.read_as(key, SortedSet) or ())


@command(_READING, since="1.2.0", access="RO access")
def zscore(call: Call, key: Key, member: bytes) -> float | None:
    """Return the score of a member, null if it is none."""
    zset = call.keyspace.read_as(key, SortedSet)
    return None if zset is None else zset.scores.get(member)


@command(
    _READING,
    since="6.2.0",
    complexity="O(N) where N is the number of members asked for",
    access="RO access",
)
def zmscore(call: Call, key: Key, *members: Several) -> list[float | None]:
    """Return the scores of some members, null for each that is none."""
    zset = call.keyspace.read_as(key, SortedSet)
    if zset is None:
        return [None] * len(members)
    return [zset.scores.get(member) for member in members]


@command(_READING, since="2.0.0", complexity=_SEARCH, access="RO access")
def zrank(call: Call, key: Key, member: bytes, *with_score: Annotated[bytes, _WITH_SCORE]) -> Reply:
    """Return how many members come before a member, null if it is none."""
    return _rank(call, key, member, with_score, reverse=False)


@command(_READING, since="2.0.0", complexity=_SEARCH, access="RO access")
def zrevrank(
    call: Call, key: Key, member: bytes, *with_score: Annotated[bytes, _WITH_SCORE]
) -> Reply:
    """Return how many members come behind a member, null if it is none."""
    return _rank(call, key, member, with_score, reverse=True)


def _rank(
    call: Call, key: bytes, member: bytes, options: Sequence[bytes], *, reverse: bool
) -> Reply:
    if options and (len(options) > 1 or options[0].upper() != b"WITHSCORE"):
        raise CommandError.syntax()
    zset = call.keyspace.read_as(key, SortedSet)
    rank = None if zset is None else zset.rank(member)
    if zset is None or rank is None:
        return NULL_ARRAY if options else None
    if reverse:
        rank = len(zset) - 1 - rank
    return [rank, zset.scores[member]] if options else rank


@command(
    Tag.READONLY,
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a walk over a set of N members",
    access="RO access",
    tips=("nondeterministic_output",),
)
def zscan(call: Call, key: Key, cursor: IntText, *options: Annotated[bytes, SCAN_OPTIONS]) -> Reply:
    """Return some members with their scores and the cursor to go on from, 0 at both ends."""
    position = read_cursor(cursor)
    zset = call.keyspace.read_as(key, SortedSet)
    if zset is None:
        return [b"0", []]
    given = read_options(options)
    if zset.compact:
        position, members = 0, [member for _, member in zset.order]
    else:
        position, members = zset.scan_order.page(position, given.count)
    scores = zset.scores
    found = given.matching(members)
    text = _compact_text if zset.compact else number_text
    flat = [part for member in found for part in (member, text(scores[member]))]
    return [b"%d" % position, flat]


def _compact_text(score: float) -> bytes:
    """A score as a listpack keeps it: a whole number has all its digits."""
    if abs(score) <= WHOLE_SCORE_MAX and score.is_integer():
        return b"%d" % score
    return number_text(score)
