"""Commands that take members from sorted sets, at once or when there are some; and random ones.

https://redis.io/commands/?group=sorted-set
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from ferrite.commands.arguments import (
    Argument,
    FloatText,
    Grammar,
    Key,
    KeyCount,
    Keys,
    Positional,
    integer,
    split_keys,
    word,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.sorted_sets import entries_reply
from ferrite.commands.waiting import first_or_wait, read_timeout
from ferrite.errors import CommandError
from ferrite.keyspace.container import RANDOM
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.sorted_set import Entry, SortedSet
from ferrite.keyspace.values import INTEGER_MAX, parse_integer
from ferrite.pending import Pending
from ferrite.propagation import Rewrite
from ferrite.protocol.replies import NULL_ARRAY, Reply
from ferrite.state import Call

group = Group("sorted-set", category="sortedset")
command = group.command

_MPOP = Grammar(
    Argument("key", "key", multiple=True, key_spec=0),
    Argument("where", "oneof", arguments=(word("MIN"), word("MAX"))),
    Argument("count", "integer", "COUNT", optional=True),
)
_SAMPLE = Grammar(
    Argument(
        "options",
        "block",
        optional=True,
        arguments=(
            Argument("count", "integer"),
            Argument("withscores", "pure-token", "WITHSCORES", optional=True),
        ),
    )
)
_COUNT = Grammar(Argument("count", "integer", optional=True))
_POPPING = Tag.WRITE | Tag.FAST
_COMPLEXITY = "O(log(N)*M) where N is the number of members and M of those taken"


def pop(keyspace: Keyspace, key: bytes, count: int, *, highest: bool) -> list[Entry]:
    """Remove the lowest or highest entries of a sorted set that is there, the outermost first."""
    zset = keyspace.edit(key, SortedSet)
    size = len(zset)
    count = min(count, size)
    removed = zset.remove_range(size - count, size) if highest else zset.remove_range(0, count)
    keyspace.edited(key, zset)
    if highest:
        removed.reverse()
    return removed


@command(
    _POPPING,
    since="5.0.0",
    complexity=_COMPLEXITY,
    access="RW access delete",
    short_count_max=2,
)
def zpopmin(call: Call, key: Key, *count: Annotated[bytes, _COUNT]) -> Reply:
    """Remove the members with the lowest scores and return them."""
    return _pop(call, key, count, highest=False)


@command(
    _POPPING,
    since="5.0.0",
    complexity=_COMPLEXITY,
    access="RW access delete",
    short_count_max=2,
)
def zpopmax(call: Call, key: Key, *count: Annotated[bytes, _COUNT]) -> Reply:
    """Remove the members with the highest scores and return them."""
    return _pop(call, key, count, highest=True)


def _pop(call: Call, key: bytes, options: Sequence[bytes], *, highest: bool) -> Reply:
    if len(options) > 1:
        raise CommandError.syntax()
    count = _at_least(options[0], 0, "value is out of range, must be positive") if options else 1
    found = call.keyspace.find(key, SortedSet)
    if found is None or not count:
        return []
    entries = pop(call.keyspace, key, count, highest=highest)
    if options:
        return entries_reply(call, entries, True)
    return [entries[0][1], entries[0][0]]


def _at_least(text: bytes, least: int, reason: str) -> int:
    number = parse_integer(text)
    if number is None or number < least:
        raise CommandError(f"ERR {reason}")
    return number


def _popped_at(count_at: int) -> Rewrite:
    """What is logged of ZMPOP and BZMPOP, whose number of keys is item `count_at`."""

    def rewrite(_: Keyspace, request: list[bytes], reply: Any) -> list[list[bytes]]:
        end = request[count_at + int(request[count_at]) + 1].upper()
        return [[b"ZPOP" + end, reply[0], b"%d" % len(reply[1])]]

    return rewrite


def _popped(_: Keyspace, request: list[bytes], reply: Any) -> list[list[bytes]]:
    """What is logged of BZPOPMIN and BZPOPMAX: the pop from the sorted set that had something."""
    return [[request[0].upper().removeprefix(b"B"), reply[0]]]


@command(
    Tag.WRITE,
    since="7.0.0",
    complexity=_COMPLEXITY,
    access="RW access delete",
    propagate=_popped_at(1),
)
def zmpop(
    call: Call,
    numkeys: KeyCount,
    *arguments: Annotated[bytes, Positional("string", repeat=2), _MPOP],
) -> Reply:
    """Remove members from the first of some sorted sets that is there; return them and its key."""
    keys, highest, count = _read_mpop(numkeys, arguments)
    for key in keys:
        popped = _mpop(call.keyspace, key, count, highest=highest)
        if popped is not None:
            return popped
    return NULL_ARRAY


def _read_mpop(numkeys: bytes, arguments: Sequence[bytes]) -> tuple[list[bytes], bool, int]:
    """Keys, whether the highest are wanted, and how many. Raises CommandError."""
    keys, rest = split_keys(numkeys, arguments)
    if not rest or rest[0].upper() not in (b"MIN", b"MAX"):
        raise CommandError.syntax()
    count = 1
    if len(rest) > 1:
        if len(rest) != 3 or rest[1].upper() != b"COUNT":
            raise CommandError.syntax()
        count = _at_least(rest[2], 1, "count should be greater than 0")
    return keys, rest[0].upper() == b"MAX", count


def _mpop(keyspace: Keyspace, key: bytes, count: int, *, highest: bool) -> Reply:
    """What ZMPOP answers for a key; None when it is not there."""
    if keyspace.find(key, SortedSet) is None:
        return None
    entries = pop(keyspace, key, count, highest=highest)
    return [key, [[member, score] for score, member in entries]]


# --- waiting for a member -----------------------------------------------------------------


@command(
    _POPPING | Tag.BLOCKING | Tag.NOSCRIPT,
    since="5.0.0",
    complexity="O(log(N)) where N is the number of members",
    access="RW access delete",
    propagate=_popped,
)
def bzpopmin(call: Call, *keys: Keys, timeout: FloatText) -> Reply | Pending:
    """Remove and return the lowest member of the first key that is there; wait for one."""
    return _blocking_pop(call, keys, timeout, highest=False)


@command(
    _POPPING | Tag.BLOCKING | Tag.NOSCRIPT,
    since="5.0.0",
    complexity="O(log(N)) where N is the number of members",
    access="RW access delete",
    propagate=_popped,
)
def bzpopmax(call: Call, *keys: Keys, timeout: FloatText) -> Reply | Pending:
    """Remove and return the highest member of the first key that is there; wait for one."""
    return _blocking_pop(call, keys, timeout, highest=True)


def _blocking_pop(
    call: Call, keys: Sequence[bytes], timeout: bytes, *, highest: bool
) -> Reply | Pending:
    keyspace = call.keyspace

    def attempt(key: bytes) -> Reply:
        if keyspace.find(key, SortedSet) is None:
            return None
        ((score, member),) = pop(keyspace, key, 1, highest=highest)
        return [key, member, score]

    return first_or_wait(call, keys, attempt, read_timeout(timeout), kind=SortedSet)


@command(
    Tag.WRITE | Tag.BLOCKING,
    since="7.0.0",
    complexity=_COMPLEXITY,
    access="RW access delete",
    propagate=_popped_at(2),
)
def bzmpop(
    call: Call,
    timeout: FloatText,
    numkeys: KeyCount,
    *arguments: Annotated[bytes, Positional("string", repeat=2), _MPOP],
) -> Reply | Pending:
    """Remove members from the first of some sorted sets that is there; wait for one."""
    seconds = read_timeout(timeout)
    keys, highest, count = _read_mpop(numkeys, arguments)
    keyspace = call.keyspace
    return first_or_wait(
        call,
        keys,
        lambda key: _mpop(keyspace, key, count, highest=highest),
        seconds,
        kind=SortedSet,
    )


# --- choosing by chance -------------------------------------------------------------------


@command(
    Tag.READONLY,
    since="6.2.0",
    complexity="O(N) where N is the number of members returned",
    access="RO access",
    tips=("nondeterministic_output",),
)
def zrandmember(call: Call, key: Key, *options: Annotated[bytes, _SAMPLE]) -> Reply:
    """Return members by chance; a negative count may return one more than once."""
    if not options:
        zset = call.keyspace.read_as(key, SortedSet)
        return None if zset is None else zset.scan_order.choose(RANDOM)
    count = integer(options[0])
    if count < -INTEGER_MAX:
        raise CommandError(
            f"ERR value is out of range, value must between -{INTEGER_MAX} and {INTEGER_MAX}"
        )
    if len(options) > 2 or (len(options) == 2 and options[1].upper() != b"WITHSCORES"):
        raise CommandError.syntax()
    with_scores = len(options) == 2
    if with_scores and abs(count) > INTEGER_MAX // 2:
        raise CommandError("ERR value is out of range")
    zset = call.keyspace.read_as(key, SortedSet)
    if zset is None:
        return []
    members = zset.scan_order.sample(count, RANDOM)
    return entries_reply(call, [(zset.scores[member], member) for member in members], with_scores)
