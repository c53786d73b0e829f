"""Commands on lists that wait for an element. https://redis.io/commands/?group=list

Rule: each of them is its command that does not wait, tried at once; when there is nothing to pop,
the client waits and the same is tried again whenever a key it waits for was written.
"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import FloatText, Key, KeyCount, Keys, Positional
from ferrite.commands.lists import (
    KEYS_AND_SIDE,
    MOVED,
    WHERE_FROM,
    WHERE_TO,
    Pop,
    move,
    pop_elements,
    pop_first,
    popped_at,
    read_keys_and_side,
    read_side,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.waiting import first_or_wait, read_timeout
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.lists import List
from ferrite.pending import Pending
from ferrite.propagation import Rewrite
from ferrite.protocol.replies import Reply
from ferrite.state import Call

group = Group("list", category="list")
command = group.command

_WAITING = Tag.WRITE | Tag.BLOCKING
_POPPING = _WAITING | Tag.NOSCRIPT
_MOVING = _POPPING | Tag.DENYOOM
_PER_KEY = "O(N) where N is the number of keys"


def _popped(name: bytes) -> Rewrite:
    """What is logged of a pop that may wait: the pop from the list that had something."""
    return lambda _keyspace, _request, reply: [[name, reply[0]]]


def _moved(_: Keyspace, request: list[bytes], _element: Reply) -> list[list[bytes]]:
    """What is logged of a move that may wait: the one that does not."""
    return [[request[0].upper().removeprefix(b"B"), *request[1:-1]]]


@command(
    _POPPING,
    since="2.0.0",
    complexity=_PER_KEY,
    access="RW access delete",
    propagate=_popped(b"LPOP"),
)
def blpop(call: Call, *keys: Keys, timeout: FloatText) -> Reply | Pending:
    """Remove and return the first element of the first of some lists that has one, or wait."""
    return _pop_or_wait(call, keys, timeout, List.pop_left)


@command(
    _POPPING,
    since="2.0.0",
    complexity=_PER_KEY,
    access="RW access delete",
    propagate=_popped(b"RPOP"),
)
def brpop(call: Call, *keys: Keys, timeout: FloatText) -> Reply | Pending:
    """Remove and return the last element of the first of some lists that has one, or wait."""
    return _pop_or_wait(call, keys, timeout, List.pop_right)


def _pop_or_wait(call: Call, keys: tuple[bytes, ...], timeout: bytes, pop: Pop) -> Reply | Pending:
    keyspace = call.keyspace

    def attempt(key: bytes) -> Reply:
        if keyspace.find(key, List) is None:
            return None
        return [key, *pop_elements(keyspace, key, pop, 1)]

    return first_or_wait(call, keys, attempt, read_timeout(timeout), kind=List)


@command(
    _WAITING,
    since="7.0.0",
    complexity="O(N+M) where N is the number of keys and M the number of elements",
    access="RW access delete",
    propagate=popped_at(2),
)
def blmpop(
    call: Call,
    timeout: FloatText,
    numkeys: KeyCount,
    *arguments: Annotated[bytes, Positional("string", repeat=2), KEYS_AND_SIDE],
) -> Reply | Pending:
    """Remove and return elements from an end of the first of some lists that has any, or wait."""
    keys, pop, count = read_keys_and_side(numkeys, arguments)
    keyspace = call.keyspace

    def attempt(key: bytes) -> Reply:
        return pop_first(keyspace, (key,), pop, count)

    return first_or_wait(call, keys, attempt, read_timeout(timeout), kind=List)


@command(_MOVING, since="6.2.0", access=MOVED, propagate=_moved)
def blmove(
    call: Call,
    source: Key,
    destination: Key,
    wherefrom: Annotated[bytes, WHERE_FROM],
    whereto: Annotated[bytes, WHERE_TO],
    timeout: FloatText,
) -> Reply | Pending:
    """Move an element from an end of a list to an end of another and return it, or wait."""
    pop, to = read_side(wherefrom), read_side(whereto)
    return _move_or_wait(call, source, destination, pop, to, timeout)


@command(_MOVING, since="2.2.0", access=MOVED, propagate=_moved)
def brpoplpush(call: Call, source: Key, destination: Key, timeout: FloatText) -> Reply | Pending:
    """Move the last element of a list before the first of another and return it, or wait."""
    return _move_or_wait(call, source, destination, List.pop_right, List.pop_left, timeout)


def _move_or_wait(
    call: Call, source: bytes, destination: bytes, pop: Pop, to: Pop, timeout: bytes
) -> Reply | Pending:
    keyspace = call.keyspace

    def attempt(key: bytes) -> Reply:
        return move(keyspace, key, destination, pop, to)

    return first_or_wait(call, (source,), attempt, read_timeout(timeout), kind=List, refused=None)
