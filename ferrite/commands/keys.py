"""Commands on keys of any type. https://redis.io/commands/?group=generic"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import (
    Int,
    IntText,
    Key,
    Keys,
    Options,
    Pattern,
    integer,
    value,
    word,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.scanning import SCAN_OPTIONS, read_cursor, read_options
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.patterns import matcher
from ferrite.keyspace.values import encoding_name, type_name
from ferrite.protocol.replies import OK, Reply, SimpleString
from ferrite.state import Call

group = Group("generic", category="keyspace")
command = group.command

_SCAN = Options(*SCAN_OPTIONS.arguments, value("TYPE", "type"))
_COPY = Options(value("DB", "destination-db", "integer"), word("REPLACE"))
_PER_KEY = "O(1) for each key"
_READING = Tag.READONLY | Tag.FAST
_NOT_TRACKED = (
    " not tracked. Please note that when switching between policies at runtime LRU and LFU data "
    "will take some time to adjust."
)
_SUM_OF_SHARDS = ("request_policy:multi_shard", "response_policy:agg_sum")


@command(Tag.WRITE, since="1.0.0", complexity=_PER_KEY, access="RM delete", tips=_SUM_OF_SHARDS)
def del_(call: Call, *keys: Keys) -> int:
    """Delete some keys; return how many there were."""
    delete = call.keyspace.delete
    return sum([delete(key) for key in keys])


@command(
    Tag.WRITE | Tag.FAST,
    since="4.0.0",
    complexity=_PER_KEY,
    access="RM delete",
    tips=_SUM_OF_SHARDS,
)
def unlink(call: Call, *keys: Keys) -> int:
    """Delete some keys, as DEL; return how many there were."""
    return int(del_(call, *keys))


@command(_READING | Tag.PEEK, since="1.0.0", complexity=_PER_KEY, access="RO", tips=_SUM_OF_SHARDS)
def exists(call: Call, *keys: Keys) -> int:
    """Return how many of some keys exist; one named twice counts twice."""
    keyspace = call.keyspace
    return sum([key in keyspace for key in keys])


@command(_READING, since="3.2.1", complexity=_PER_KEY, access="RO", tips=_SUM_OF_SHARDS)
def touch(call: Call, *keys: Keys) -> int:
    """Use some keys, for who asks when they were used last; return how many there were."""
    return int(exists(call, *keys))


@command(_READING | Tag.PEEK, since="1.0.0", access="RO")
def type_(call: Call, key: Key) -> SimpleString:
    """Return the type of the value at a key, none if there is no key."""
    found = call.keyspace.get(key)
    return SimpleString("none" if found is None else type_name(found))


@command(Tag.WRITE, since="1.0.0", access=("RW access delete", "OW update"))
def rename(call: Call, key: Key, newkey: Key) -> Reply:
    """Give a key another name, replacing what had it."""
    call.keyspace.rename(key, newkey)
    return OK


@command(Tag.WRITE | Tag.FAST, since="1.0.0", access=("RW access delete", "OW insert"))
def renamenx(call: Call, key: Key, newkey: Key) -> int:
    """Give a key another name if no key has it; return 1 if it was renamed."""
    if key not in call.keyspace:
        raise CommandError.no_such_key()
    if newkey in call.keyspace:
        return 0
    call.keyspace.rename(key, newkey)
    return 1


@command(Tag.WRITE | Tag.FAST, since="1.0.0", access="RW access update")
def move(call: Call, key: Key, db: Int) -> int:
    """Move a key to another database; return 1 if it was moved."""
    target = call.database(db)
    if target is call.keyspace:
        raise CommandError.same_object()
    if key not in call.keyspace or key in target:
        return 0
    call.keyspace.move(key, target, key)
    return 1


def _if_copied(_: Keyspace, request: list[bytes], copied: Reply) -> list[list[bytes]]:
    """What is logged of COPY, which may change another database than its own."""
    return [request] if copied else []


@command(
    Tag.WRITE | Tag.DENYOOM | Tag.PROPAGATED,
    since="6.2.0",
    complexity="O(N) where N is the number of items of the value",
    access=("RO access", "OW update"),
    propagate=_if_copied,
)
def copy(call: Call, source: Key, destination: Key, *options: Annotated[bytes, _COPY]) -> int:
    """Copy a value and its time to live to another key; return 1 if it was copied."""
    given = _COPY.parse(options)
    target = call.database(integer(given["DB"])) if "DB" in given else call.keyspace
    if target is call.keyspace and source == destination:
        raise CommandError.same_object()
    found = call.keyspace.read(source)
    if found is None or ("REPLACE" not in given and destination in target):
        return 0
    deadline = call.keyspace.deadline(source)
    target.set(destination, found if isinstance(found, bytes) else found.copy())
    if deadline is not None:
        target.expire_at(destination, deadline)
    return 1


@command(
    Tag.READONLY,
    since="1.0.0",
    complexity="O(N) where N is the number of keys in the database",
    categories=("keyspace", "dangerous"),
    tips=("request_policy:all_shards", "nondeterministic_output_order"),
)
def keys(call: Call, pattern: Pattern) -> list[bytes]:
    """Return all keys whose names match a glob pattern."""
    return list(filter(matcher(pattern), call.keyspace.keys()))


@command(
    Tag.READONLY,
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a walk over a database of N keys",
    tips=("nondeterministic_output", "request_policy:special"),
)
def scan(call: Call, cursor: IntText, *options: Annotated[bytes, _SCAN]) -> Reply:
    """Return some keys and the cursor to go on from; a walk starts and ends with cursor 0."""
    position = read_cursor(cursor)
    given = read_options(options, typed=True)
    next_cursor, names = call.keyspace.scan(position, given.count)
    names = given.matching(names)
    if given.type_name is not None:
        names = [name for name in names if _type_at(call, name) == given.type_name]
    return [b"%d" % next_cursor, names]


def _type_at(call: Call, key: bytes) -> str | None:
    found = call.keyspace.get(key)
    return None if found is None else type_name(found).lower()


@command(
    Tag.READONLY,
    since="1.0.0",
    tips=("request_policy:all_shards", "nondeterministic_output"),
)
def randomkey(call: Call) -> bytes | None:
    """Return a key by chance, null if there is none."""
    return call.keyspace.random_key()


group.container("OBJECT", since="2.2.3", summary="A container for object introspection commands")


@command(
    Tag.READONLY | Tag.PEEK,
    name="OBJECT ENCODING",
    since="2.2.3",
    access="RO",
    tips=("nondeterministic_output",),
)
def object_encoding(call: Call, key: Key) -> bytes | None:
    """Return how the value at a key is stored, in Redis's words: for a string int, embstr, raw."""
    found = call.keyspace.get(key)
    return None if found is None else encoding_name(found).encode()


@command(
    Tag.READONLY | Tag.PEEK,
    name="OBJECT REFCOUNT",
    since="2.2.3",
    access="RO",
    tips=("nondeterministic_output",),
)
def object_refcount(call: Call, key: Key) -> int | None:
    """Return how many keys share the value at a key: always one."""
    return 1 if key in call.keyspace else None


@command(
    Tag.READONLY | Tag.PEEK,
    name="OBJECT IDLETIME",
    since="2.2.3",
    access="RO",
    tips=("nondeterministic_output",),
)
def object_idletime(call: Call, key: Key) -> int | None:
    """Return the seconds since a key was last used. Without an LRU policy that is recorded from the
    first such question on."""
    memory = call.state.memory
    if key not in call.keyspace:
        return None
    if memory.by_frequency:
        raise CommandError(f"ERR An LFU maxmemory policy is selected, idle time{_NOT_TRACKED}")
    return memory.idle_seconds(call.keyspace.index, key)


@command(
    Tag.READONLY | Tag.PEEK,
    name="OBJECT FREQ",
    since="4.0.0",
    access="RO",
    tips=("nondeterministic_output",),
)
def object_freq(call: Call, key: Key) -> int | None:
    """Return how often a key was used of late, 0 to 255, where maxmemory-policy counts that."""
    memory = call.state.memory
    if key not in call.keyspace:
        return None
    if not memory.by_frequency:
        raise CommandError(
            f"ERR An LFU maxmemory policy is not selected, access frequency{_NOT_TRACKED}"
        )
    return memory.frequency(call.keyspace.index, key)


group.help("OBJECT", since="6.2.0")
