"""The base of an append-only file as commands: those that build the databases as they are.

Rule: as Redis writes it where aof-use-rdb-preamble is off: a command for at most 64 items, and
PEXPIREAT behind a key with a deadline. Source: Redis's aof.c of 7.0 (rewriteAppendOnlyFileRio).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.values import Value
from ferrite.persistence.rdb import PIECE_PARTS
from ferrite.protocol.encoder import encode_all
from ferrite.protocol.replies import Reply

ITEMS_MAX = 64


def write(
    databases: Iterable[Keyspace], timestamp: int | None = None, key_microseconds: int = 0
) -> Iterator[bytes]:
    """The databases in pieces, with an annotation of the time (Unix s) in front if one is given.
    `key_microseconds` makes each key take that long, for tests of what happens meanwhile."""
    if timestamp is not None:
        yield b"#TS:%d\r\n" % timestamp
    requests: list[Reply] = []
    for database in databases:
        if len(database):
            requests.append([b"SELECT", b"%d" % database.index])
        for key, value, deadline in database.entries():
            requests += _commands(key, value)
            if deadline is not None:
                requests.append([b"PEXPIREAT", key, b"%d" % deadline])
            if key_microseconds:
                time.sleep(key_microseconds / 1_000_000)
            if len(requests) > PIECE_PARTS:
                yield encode_all(requests, 2)
                requests.clear()
    yield encode_all(requests, 2)


def _commands(key: bytes, value: Value) -> Iterator[Reply]:
    if isinstance(value, bytes):
        yield [b"SET", key, value]
        return
    name, words_of, width = _WRITERS[type(value)]
    words = words_of(value)
    for start in range(0, len(words), ITEMS_MAX * width):
        yield [name, key, *words[start : start + ITEMS_MAX * width]]


def _pairs(value: Hash) -> list[bytes]:
    return [word for pair in value.fields.items() for word in pair]


def _scores(value: SortedSet) -> list[bytes]:
    return [word for member, score in value.scores.items() for word in (b"%.17g" % score, member)]


_WRITERS: dict[type, tuple[bytes, Callable[[Any], list[bytes]], int]] = {
    List: (b"RPUSH", list, 1),
    Set: (b"SADD", lambda value: list(value.members), 1),
    Hash: (b"HMSET", _pairs, 2),
    SortedSet: (b"ZADD", _scores, 2),
}
"""Command, its words behind the key, and how many of them belong together, by class."""
