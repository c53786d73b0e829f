"""Commands on sets. https://redis.io/commands/?group=set"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from ferrite.commands.arguments import (
    Argument,
    Grammar,
    IntText,
    Key,
    KeyCount,
    Keys,
    Positional,
    Several,
    integer,
    split_keys,
)
from ferrite.commands.arguments import count as read_count
from ferrite.commands.registry import Group, Tag
from ferrite.commands.scanning import SCAN_OPTIONS, read_cursor, read_options
from ferrite.errors import CommandError
from ferrite.keyspace.container import RANDOM
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.sets import Set
from ferrite.keyspace.values import INTEGER_MAX, INTEGER_MIN
from ferrite.protocol.replies import Reply, SetReply
from ferrite.state import Call

group = Group("set", category="set")
command = group.command

_READING = Tag.READONLY | Tag.FAST
_STORING = Tag.WRITE | Tag.DENYOOM
_PER_MEMBER = "O(1) for each member"
_PER_KEY = "O(N) where N is the total number of members of all given sets"
_INTERSECTION = "O(N*M) where N is the size of the smallest set and M the number of sets"
_ANY_ORDER = ("nondeterministic_output_order",)
_ANY_OUTPUT = ("nondeterministic_output",)
_COUNT = Grammar(Argument("count", "integer", optional=True))
_KEYS_AND_LIMIT = Grammar(
    Argument("key", "key", multiple=True, key_spec=0),
    Argument("limit", "integer", "LIMIT", optional=True),
)


@command(
    Tag.WRITE | Tag.DENYOOM | Tag.FAST, since="1.0.0", complexity=_PER_MEMBER, access="RW insert"
)
def sadd(call: Call, key: Key, *members: Several) -> int:
    """Add some members to a set; return how many of them are new."""
    keyspace = call.keyspace
    found = keyspace.edit(key, Set)
    new = sum(map(found.add, members))
    if new:
        keyspace.edited(key, found)
    return new


@command(Tag.WRITE | Tag.FAST, since="1.0.0", complexity=_PER_MEMBER, access="RW delete")
def srem(call: Call, key: Key, *members: Several) -> int:
    """Remove some members from a set; return how many there were."""
    keyspace = call.keyspace
    found = keyspace.find(key, Set)
    if found is None or found.members.keys().isdisjoint(members):
        return 0
    found = keyspace.edit(key, Set)
    removed = sum(map(found.remove, members))
    keyspace.edited(key, found)
    return removed


@command(
    Tag.READONLY,
    since="1.0.0",
    complexity="O(N) where N is the size of the set",
    access="RO access",
    tips=_ANY_ORDER,
)
def smembers(call: Call, key: Key) -> SetReply:
    """Return all members of a set."""
    found = call.keyspace.read_as(key, Set)
    return SetReply() if found is None else SetReply(found.listing())


@command(_READING, since="1.0.0", access="RO")
def sismember(call: Call, key: Key, member: bytes) -> int:
    """Return 1 if a set has a member."""
    found = call.keyspace.read_as(key, Set)
    return int(found is not None and member in found.members)


@command(_READING, since="6.2.0", complexity=_PER_MEMBER, access="RO access")
def smismember(call: Call, key: Key, *members: Several) -> list[int]:
    """Return for each of some members 1 if a set has it, else 0."""
    found = call.keyspace.read_as(key, Set)
    present = {} if found is None else found.members
    return [int(member in present) for member in members]


@command(_READING, since="1.0.0", access="RO")
def scard(call: Call, key: Key) -> int:
    """Return how many members a set has."""
    found = call.keyspace.read_as(key, Set)
    return 0 if found is None else len(found)


def _removed(keyspace: Keyspace, request: list[bytes], popped: Any) -> list[list[bytes]]:
    """What is logged of SPOP: chance chose, nobody else has to."""
    key = request[1]
    if key not in keyspace:
        return [[b"DEL", key]]
    return [[b"SREM", key, *([popped] if isinstance(popped, bytes) else popped)]]


@command(
    Tag.WRITE | Tag.FAST,
    since="1.0.0",
    complexity="O(1), or O(N) where N is the count",
    access="RW access delete",
    tips=_ANY_OUTPUT,
    short_count_max=2,
    propagate=_removed,
)
def spop(call: Call, key: Key, *count: Annotated[bytes, _COUNT]) -> Reply:
    """Remove and return a member by chance, or as many different ones as a count says."""
    number = _only(count, read_count)
    keyspace = call.keyspace
    found = keyspace.find(key, Set)
    if found is None:
        return None if number is None else SetReply()
    if number == 0:
        return SetReply()
    found = keyspace.edit(key, Set)
    if number is None:
        popped = [found.order.choose(RANDOM)]
    elif number < len(found):
        popped = found.order.sample(number, RANDOM)
    else:
        popped = found.listing()
    for member in popped:
        found.remove(member)
    keyspace.edited(key, found)
    return popped[0] if number is None else SetReply(popped)


def _only(count: tuple[bytes, ...], read: Callable[[bytes], int]) -> int | None:
    """The one argument there may be. Raises CommandError."""
    if len(count) > 1:
        raise CommandError.syntax()
    return read(count[0]) if count else None


@command(
    Tag.READONLY,
    since="1.0.0",
    complexity="O(1), or O(N) where N is the absolute value of the count",
    access="RO access",
    tips=_ANY_OUTPUT,
)
def srandmember(call: Call, key: Key, *count: Annotated[bytes, _COUNT]) -> Reply:
    """Return a member by chance; some different ones with a count, any with a negative one."""
    number = _only(count, integer)
    if number == INTEGER_MIN:
        raise CommandError.not_between(-INTEGER_MAX, INTEGER_MAX)
    found = call.keyspace.read_as(key, Set)
    if found is None:
        return None if number is None else []
    if number is None:
        return found.order.choose(RANDOM)
    return found.listing() if number >= len(found) else found.order.sample(number, RANDOM)


@command(Tag.WRITE | Tag.FAST, since="1.0.0", access=("RW access delete", "RW insert"))
def smove(call: Call, source: Key, destination: Key, member: bytes) -> int:
    """Move a member from a set to another; return 1 if it was there."""
    keyspace = call.keyspace
    left = keyspace.find(source, Set)
    if left is None:
        return 0
    keyspace.find(destination, Set)
    if member not in left.members:
        return 0
    if source != destination:
        left = keyspace.edit(source, Set)
        left.remove(member)
        keyspace.edited(source, left)
        right = keyspace.edit(destination, Set)
        if right.add(member):
            keyspace.edited(destination, right)
    return 1


def _sets(call: Call, keys: Iterable[bytes]) -> list[Set | None]:
    read = call.keyspace.read_as
    return [read(key, Set) for key in keys]


def _intersection(sets: Sequence[Set | None]) -> list[bytes]:
    given = [each for each in sets if each is not None]
    if len(given) < len(sets):
        return []
    smallest, *others = sorted(given, key=len)
    members = smallest.listing()
    for other in others:
        members = [member for member in members if member in other.members]
    return members


def _union(sets: Sequence[Set | None]) -> list[bytes]:
    united: dict[bytes, None] = {}
    for each in sets:
        if each is not None:
            united |= each.members
    return _in_order(sets, united)


def _difference(sets: Sequence[Set | None]) -> list[bytes]:
    first, *others = sets
    if first is None:
        return []
    members = first.listing()
    for other in others:
        if other is not None:
            members = [member for member in members if member not in other.members]
    return members


def _in_order(sets: Sequence[Set | None], members: dict[bytes, None]) -> list[bytes]:
    """Members of the union of `sets`, low to high where all of these are compact."""
    if all(each is None or each.compact for each in sets):
        return sorted(members, key=int)
    return list(members)


def _store(call: Call, destination: bytes, members: Iterable[bytes]) -> int:
    """Put a set of members in place of what is at a key, nothing when there are none."""
    keyspace = call.keyspace
    result = Set(keyspace.thresholds)
    for member in members:
        result.add(member)
    if result:
        keyspace.set(destination, result)
    else:
        keyspace.delete(destination)
    return len(result)


@command(Tag.READONLY, since="1.0.0", complexity=_INTERSECTION, access="RO access", tips=_ANY_ORDER)
def sinter(call: Call, *keys: Keys) -> SetReply:
    """Return the members that all of some sets have."""
    return SetReply(_intersection(_sets(call, keys)))


@command(_STORING, since="1.0.0", complexity=_INTERSECTION, access=("RW update", "RO access"))
def sinterstore(call: Call, destination: Key, *keys: Keys) -> int:
    """Store the members that all of some sets have; return how many there are."""
    return _store(call, destination, _intersection(_sets(call, keys)))


@command(Tag.READONLY, since="7.0.0", complexity=_INTERSECTION, access="RO access")
def sintercard(
    call: Call,
    numkeys: KeyCount,
    *arguments: Annotated[bytes, Positional("string", repeat=1), _KEYS_AND_LIMIT],
) -> int:
    """Return how many members all of some sets have, counting to a limit."""
    keys, options = split_keys(numkeys, arguments)
    if len(keys) < integer(numkeys):
        raise CommandError("ERR Number of keys can't be greater than number of args")
    limit = 0
    while options:
        name, *options = options
        if name.upper() != b"LIMIT" or not options:
            raise CommandError.syntax()
        limit = _limit(options.pop(0))
    count = len(_intersection(_sets(call, keys)))
    return min(count, limit) if limit else count


def _limit(text: bytes) -> int:
    try:
        limit = integer(text)
    except CommandError:
        limit = -1
    if limit < 0:
        raise CommandError("ERR LIMIT can't be negative")
    return limit


@command(Tag.READONLY, since="1.0.0", complexity=_PER_KEY, access="RO access", tips=_ANY_ORDER)
def sunion(call: Call, *keys: Keys) -> SetReply:
    """Return the members that any of some sets has."""
    return SetReply(_union(_sets(call, keys)))


@command(_STORING, since="1.0.0", complexity=_PER_KEY, access=("OW update", "RO access"))
def sunionstore(call: Call, destination: Key, *keys: Keys) -> int:
    """Store the members that any of some sets has; return how many there are."""
    return _store(call, destination, _union(_sets(call, keys)))


@command(Tag.READONLY, since="1.0.0", complexity=_PER_KEY, access="RO access", tips=_ANY_ORDER)
def sdiff(call: Call, *keys: Keys) -> SetReply:
    """Return the members that the first of some sets has and none of the others."""
    return SetReply(_difference(_sets(call, keys)))


@command(_STORING, since="1.0.0", complexity=_PER_KEY, access=("OW update", "RO access"))
def sdiffstore(call: Call, destination: Key, *keys: Keys) -> int:
    """Store the members that the first of some sets has and no other; return how many."""
    return _store(call, destination, _difference(_sets(call, keys)))


@command(
    Tag.READONLY,
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a walk over a set of N members",
    access="RO access",
    tips=_ANY_OUTPUT,
)
def sscan(call: Call, key: Key, cursor: IntText, *options: Annotated[bytes, SCAN_OPTIONS]) -> Reply:
    """Return some members and the cursor to go on from; a walk starts and ends with cursor 0."""
    position = read_cursor(cursor)
    found = call.keyspace.read_as(key, Set)
    if found is None:
        return [b"0", []]
    given = read_options(options)
    if found.compact:
        return [b"0", given.matching(found.listing())]
    next_cursor, members = found.order.page(position, given.count)
    return [b"%d" % next_cursor, given.matching(members)]
