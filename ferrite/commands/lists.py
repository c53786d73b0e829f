"""Commands on lists. https://redis.io/commands/?group=list"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeAlias

from ferrite.commands.arguments import (
    Argument,
    Grammar,
    Int,
    IntText,
    Key,
    KeyCount,
    Positional,
    Several,
    integer,
    one_of,
    split_keys,
    value,
    word,
)
from ferrite.commands.arguments import count as read_count
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.lists import List
from ferrite.keyspace.values import INTEGER_MIN, parse_integer
from ferrite.propagation import Rewrite
from ferrite.protocol.replies import NULL_ARRAY, OK, Reply
from ferrite.state import Call

group = Group("list", category="list")
command = group.command

_READING = Tag.READONLY | Tag.FAST
_POPPING = Tag.WRITE | Tag.FAST
_GROWING = Tag.WRITE | Tag.DENYOOM
_PER_ELEMENT = "O(N) where N is the number of elements"
_PER_ADDED = "O(1) for each element added"
_IN_MIDDLE = "O(N) where N is the length of the list"
_LPOS = (
    value("RANK", "rank", "integer"),
    value("COUNT", "num-matches", "integer"),
    value("MAXLEN", "len", "integer"),
)
_POSITION = Grammar(*(Argument(each.name, each.type, each.token, optional=True) for each in _LPOS))
SIDES = (word("LEFT"), word("RIGHT"))
WHERE_FROM = Grammar(one_of("wherefrom", *SIDES))
WHERE_TO = Grammar(one_of("whereto", *SIDES))
KEYS_AND_SIDE = Grammar(
    Argument("key", "key", multiple=True, key_spec=0),
    one_of("where", *SIDES),
    Argument("count", "integer", "COUNT", optional=True),
)
MOVED = ("RW access delete", "RW insert")

Pop: TypeAlias = Callable[[List, int], list[bytes]]
"""Removes some elements from an end of a list."""
_Count: TypeAlias = Annotated[bytes | None, Positional("integer")]


@command(_GROWING | Tag.FAST, since="1.0.0", complexity=_PER_ADDED, access="RW insert")
def lpush(call: Call, key: Key, *elements: Several) -> int:
    """Put some elements before the first of a list, one after another; return its length."""
    found = call.keyspace.edit(key, List)
    found.push_left(*elements)
    call.keyspace.edited(key, found)
    return len(found)


@command(_GROWING | Tag.FAST, since="1.0.0", complexity=_PER_ADDED, access="RW insert")
def rpush(call: Call, key: Key, *elements: Several) -> int:
    """Put some elements behind the last of a list, one after another; return its length."""
    found = call.keyspace.edit(key, List)
    found.push_right(*elements)
    call.keyspace.edited(key, found)
    return len(found)


@command(_GROWING | Tag.FAST, since="2.2.0", complexity=_PER_ADDED, access="RW insert")
def lpushx(call: Call, key: Key, *elements: Several) -> int:
    """Put some elements before the first of a list that exists; return its length, or 0."""
    return 0 if call.keyspace.find(key, List) is None else int(lpush(call, key, *elements))


@command(_GROWING | Tag.FAST, since="2.2.0", complexity=_PER_ADDED, access="RW insert")
def rpushx(call: Call, key: Key, *elements: Several) -> int:
    """Put some elements behind the last of a list that exists; return its length, or 0."""
    return 0 if call.keyspace.find(key, List) is None else int(rpush(call, key, *elements))


@command(
    _POPPING,
    since="1.0.0",
    complexity=_PER_ELEMENT,
    access="RW access delete",
    short_count_max=2,
)
def lpop(call: Call, key: Key, count: _Count = None) -> Reply:
    """Remove and return the first element of a list, or as many as a count says."""
    return _pop(call.keyspace, key, List.pop_left, count)


@command(
    _POPPING,
    since="1.0.0",
    complexity=_PER_ELEMENT,
    access="RW access delete",
    short_count_max=2,
)
def rpop(call: Call, key: Key, count: _Count = None) -> Reply:
    """Remove and return the last element of a list, or as many as a count says."""
    return _pop(call.keyspace, key, List.pop_right, count)


def _pop(keyspace: Keyspace, key: bytes, pop: Pop, count: bytes | None) -> Reply:
    number = 1 if count is None else read_count(count)
    if keyspace.find(key, List) is None:
        return None if count is None else NULL_ARRAY
    popped = pop_elements(keyspace, key, pop, number)
    return popped[0] if count is None else popped


def pop_elements(keyspace: Keyspace, key: bytes, pop: Pop, count: int) -> list[bytes]:
    """Remove at most `count` elements from an end of a list that exists."""
    found = keyspace.edit(key, List)
    popped = pop(found, min(count, len(found)))
    if popped:
        keyspace.edited(key, found)
    return popped


@command(_READING, since="1.0.0", access="RO")
def llen(call: Call, key: Key) -> int:
    """Return how many elements a list has."""
    found = call.keyspace.read_as(key, List)
    return 0 if found is None else len(found)


@command(
    Tag.READONLY,
    since="1.0.0",
    complexity="O(N) where N is the number of elements returned",
    access="RO access",
)
def lrange(call: Call, key: Key, start: Int, stop: Int) -> list[bytes]:
    """Return the elements between two positions; negative ones count from the end."""
    found = call.keyspace.read_as(key, List)
    return [] if found is None else found.slice(*_span(len(found), start, stop))


def _span(length: int, start: int, stop: int) -> tuple[int, int]:
    """The indexes from the first on and before the last of a range; (0, 0) for an empty one."""
    first = max(start + length, 0) if start < 0 else start
    last = min(stop + length if stop < 0 else stop, length - 1)
    return (first, last + 1) if first <= last else (0, 0)


@command(Tag.READONLY, since="1.0.0", access="RO access")
def lindex(call: Call, key: Key, index: IntText) -> bytes | None:
    """Return the element at a position; a negative one counts from the end."""
    found = call.keyspace.read_as(key, List)
    if found is None:
        return None
    position = _index(found, index)
    return None if position is None else found.at(position)


def _index(found: List, text: bytes) -> int | None:
    """A position from 0 on, None where there is no element. Raises CommandError."""
    position = integer(text)
    if position < 0:
        position += len(found)
    return position if 0 <= position < len(found) else None


@command(_GROWING, since="1.0.0", access="RW update")
def lset(call: Call, key: Key, index: IntText, element: bytes) -> Reply:
    """Replace the element at a position; a negative one counts from the end."""
    found = call.keyspace.find(key, List)
    if found is None:
        raise CommandError.no_such_key()
    position = _index(found, index)
    if position is None:
        raise CommandError("ERR index out of range")
    call.keyspace.edit(key, List).replace(position, element)
    call.keyspace.edited(key, found)
    return OK


@command(_GROWING, since="2.2.0", complexity=_IN_MIDDLE, access="RW insert")
def linsert(
    call: Call,
    key: Key,
    where: Annotated[bytes, Grammar(one_of("where", word("BEFORE"), word("AFTER")))],
    pivot: bytes,
    element: bytes,
) -> int:
    """Insert an element beside another; return the list's length, -1 if that is not there."""
    behind = where.upper() == b"AFTER"
    if not behind and where.upper() != b"BEFORE":
        raise CommandError.syntax()
    found = call.keyspace.find(key, List)
    if found is None:
        return 0
    position = next(found.positions(pivot), None)
    if position is None:
        return -1
    call.keyspace.edit(key, List).insert(position + behind, element)
    call.keyspace.edited(key, found)
    return len(found)


@command(Tag.WRITE, since="1.0.0", complexity=_IN_MIDDLE, access="RW delete")
def lrem(call: Call, key: Key, count: Int, element: bytes) -> int:
    """Remove the first elements equal to one, the last for a negative count, all for 0."""
    keyspace = call.keyspace
    if keyspace.find(key, List) is None:
        return 0
    found = keyspace.edit(key, List)
    removed = found.remove(element, count)
    if removed:
        keyspace.edited(key, found)
    return removed


@command(
    Tag.WRITE,
    since="1.0.0",
    complexity="O(N) where N is the number of elements removed",
    access="RW delete",
)
def ltrim(call: Call, key: Key, start: Int, stop: Int) -> Reply:
    """Remove all elements but those between two positions."""
    keyspace = call.keyspace
    if keyspace.find(key, List) is not None:
        found = keyspace.edit(key, List)
        first, end = _span(len(found), start, stop)
        found.pop_right(len(found) - end)
        found.pop_left(first)
        keyspace.edited(key, found)
    return OK


@command(Tag.READONLY, since="6.0.6", complexity=_IN_MIDDLE, access="RO access")
def lpos(call: Call, key: Key, element: bytes, *options: Annotated[bytes, _POSITION]) -> Reply:
    """Return the position of an element, or the positions of several equal ones."""
    rank, count, length_max = _read_position(options)
    found = call.keyspace.read_as(key, List)
    places: list[int] = []
    if found is not None:
        length_max = length_max or len(found)
        last_first = rank < 0
        for place in found.positions(element, last_first=last_first):
            if (len(found) - 1 - place if last_first else place) >= length_max:
                break
            places.append(place)
            if count != 0 and len(places) == abs(rank) - 1 + (count or 1):
                break
    places = places[abs(rank) - 1 :]
    if count is None:
        return places[0] if places else None
    return places


def _read_position(options: Sequence[bytes]) -> tuple[int, int | None, int]:
    """RANK, COUNT (None where it is not given) and MAXLEN. Raises CommandError."""
    rank, count, length_max = 1, None, 0
    rest = iter(options)
    for token in rest:
        argument, name = next(rest, None), token.upper()
        if argument is None:
            raise CommandError.syntax()
        if name == b"RANK":
            rank = integer(argument)
            if rank == INTEGER_MIN:
                raise CommandError.out_of_range()
            if rank == 0:
                raise CommandError(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                    "second ... or use negative to start from the end of the list"
                )
        elif name == b"COUNT":
            count = _not_negative(argument, "COUNT")
        elif name == b"MAXLEN":
            length_max = _not_negative(argument, "MAXLEN")
        else:
            raise CommandError.syntax()
    return rank, count, length_max


def _not_negative(text: bytes, name: str) -> int:
    try:
        number = integer(text)
    except CommandError:
        number = -1
    if number < 0:
        raise CommandError(f"ERR {name} can't be negative")
    return number


def read_side(text: bytes) -> Pop:
    """What pops at LEFT or RIGHT. Raises CommandError."""
    if text.upper() == b"LEFT":
        return List.pop_left
    if text.upper() == b"RIGHT":
        return List.pop_right
    raise CommandError.syntax()


def move(keyspace: Keyspace, source: bytes, destination: bytes, pop: Pop, to: Pop) -> bytes | None:
    """Take an element from an end of a list to an end of another; None when there is none.

    `to` is what would pop it there. Raises CommandError (WRONGTYPE), then nothing has moved.
    """
    if keyspace.find(source, List) is None:
        return None
    keyspace.find(destination, List)
    left = keyspace.edit(source, List)
    element = pop(left, 1)[0]
    right = left if source == destination else keyspace.edit(destination, List)
    if to is List.pop_left:
        right.push_left(element)
    else:
        right.push_right(element)
    keyspace.edited(destination, right)
    if left is not right:
        keyspace.edited(source, left)
    return element


@command(_GROWING, since="6.2.0", access=MOVED)
def lmove(
    call: Call,
    source: Key,
    destination: Key,
    wherefrom: Annotated[bytes, WHERE_FROM],
    whereto: Annotated[bytes, WHERE_TO],
) -> bytes | None:
    """Move an element from an end of a list to an end of another, and return it."""
    pop, to = read_side(wherefrom), read_side(whereto)
    return move(call.keyspace, source, destination, pop, to)


@command(_GROWING, since="1.2.0", access=MOVED)
def rpoplpush(call: Call, source: Key, destination: Key) -> bytes | None:
    """Move the last element of a list before the first of another, and return it."""
    return move(call.keyspace, source, destination, List.pop_right, List.pop_left)


def read_keys_and_side(numkeys: bytes, arguments: Sequence[bytes]) -> tuple[list[bytes], Pop, int]:
    """Keys, side and count of LMPOP. Raises CommandError."""
    keys, options = split_keys(numkeys, arguments)
    if not options:
        raise CommandError.syntax()
    pop, count = read_side(options.pop(0)), 0
    while options:
        name, *options = options
        if count or name.upper() != b"COUNT" or not options:
            raise CommandError.syntax()
        count = parse_integer(options.pop(0)) or 0
        if count < 1:
            raise CommandError("ERR count should be greater than 0")
    return keys, pop, count or 1


def pop_first(keyspace: Keyspace, keys: Iterable[bytes], pop: Pop, count: int) -> Reply:
    """Pop from the first of some lists that exists: its key and the elements, else None."""
    for key in keys:
        if keyspace.find(key, List) is not None:
            return [key, pop_elements(keyspace, key, pop, count)]
    return None


def popped_at(count_at: int) -> Rewrite:
    """What is logged of LMPOP and BLMPOP, whose number of keys is item `count_at`: the pop from
    the one list that had something."""

    def rewrite(_: Keyspace, request: list[bytes], reply: Any) -> list[list[bytes]]:
        side = request[count_at + int(request[count_at]) + 1]
        name = b"LPOP" if side.upper() == b"LEFT" else b"RPOP"
        return [[name, reply[0], b"%d" % len(reply[1])]]

    return rewrite


@command(
    Tag.WRITE,
    since="7.0.0",
    complexity="O(N+M) where N is the number of keys and M the number of elements",
    access="RW access delete",
    propagate=popped_at(1),
)
def lmpop(
    call: Call,
    numkeys: KeyCount,
    *arguments: Annotated[bytes, Positional("string", repeat=2), KEYS_AND_SIDE],
) -> Reply:
    """Remove and return elements from an end of the first of some lists that exists."""
    keys, pop, count = read_keys_and_side(numkeys, arguments)
    return pop_first(call.keyspace, keys, pop, count) or NULL_ARRAY
