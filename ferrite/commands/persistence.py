"""Commands on snapshots, and on values in the form that snapshots have.

https://redis.io/commands/?group=server and https://redis.io/commands/dump/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from ferrite.commands.arguments import IntText, Key, Options, integer, value, word
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.persistence import payloads
from ferrite.persistence.cursor import BadFormat
from ferrite.propagation import key_as_it_is
from ferrite.protocol.replies import OK, Reply, SimpleString
from ferrite.state import Call

group = Group("server")
command = group.command
keys_group = Group("generic", category="keyspace")

FREQUENCY_MAX = 255
_RESTORE = Options(
    word("REPLACE"),
    word("ABSTTL"),
    value("IDLETIME", "seconds", "integer"),
    value("FREQ", "frequency", "integer"),
)
_SCHEDULE = Options(word("SCHEDULE"))
_SAVING = Tag.ADMIN | Tag.NOSCRIPT | Tag.NO_ASYNC_LOADING
_ALL_KEYS = "O(N) where N is the number of keys in all databases"
_PER_ITEM = "O(N) where N is the number of items of the value"


@keys_group.command(
    Tag.READONLY,
    since="2.6.0",
    complexity=_PER_ITEM,
    access="RO access",
    tips=("nondeterministic_output",),
)
def dump(call: Call, key: Key) -> bytes | None:
    """Return the value at a key in the form that RESTORE takes."""
    found = call.keyspace.read(key)
    return None if found is None else payloads.dump(found)


@keys_group.command(
    Tag.WRITE | Tag.DENYOOM,
    since="2.6.0",
    complexity=_PER_ITEM,
    categories=("keyspace", "dangerous"),
    access="OW update",
    propagate=key_as_it_is,
)
def restore(
    call: Call,
    key: Key,
    ttl: IntText,
    serialized_value: bytes,
    *options: Annotated[bytes, _RESTORE],
) -> Reply:
    """Create a key from what DUMP has returned, with a time to live in milliseconds."""
    keyspace = call.keyspace
    given = _restore_options(options)
    if "REPLACE" not in given and key in keyspace:
        raise CommandError("BUSYKEY Target key name already exists.")
    lifetime = integer(ttl)
    if lifetime < 0:
        raise CommandError("ERR Invalid TTL value, must be >= 0")
    try:
        loaded = payloads.load(serialized_value, keyspace.thresholds)
    except payloads.BadFooter:
        raise CommandError("ERR DUMP payload version or checksum are wrong") from None
    except BadFormat:
        raise CommandError("ERR Bad data format") from None
    deadline = lifetime if "ABSTTL" in given or not lifetime else lifetime + keyspace.now()
    if deadline and deadline <= keyspace.now():
        keyspace.delete(key)
        return OK
    keyspace.set(key, loaded)
    if deadline:
        keyspace.expire_at(key, deadline)
    idle, frequency = (integer(given[n]) if n in given else None for n in ("IDLETIME", "FREQ"))
    call.state.memory.set_use(keyspace.index, key, idle, frequency)
    return OK


def _restore_options(options: Sequence[bytes]) -> Mapping[str, bytes]:
    """The options, checked. Raises CommandError."""
    given = _RESTORE.parse(options)
    if {"IDLETIME", "FREQ"} <= given.keys():
        raise CommandError.syntax()
    if "IDLETIME" in given and integer(given["IDLETIME"]) < 0:
        raise CommandError("ERR Invalid IDLETIME value, must be >= 0")
    if "FREQ" in given and not 0 <= integer(given["FREQ"]) <= FREQUENCY_MAX:
        raise CommandError("ERR Invalid FREQ value, must be >= 0 and <= 255")
    return given


@command(_SAVING | Tag.NO_MULTI, since="1.0.0", complexity=_ALL_KEYS)
def save(call: Call) -> Reply:
    """Write a snapshot of all databases now."""
    call.state.snapshots.save()
    return OK


@command(_SAVING, since="1.0.0", arity=-1)
def bgsave(call: Call, *schedule: Annotated[bytes, _SCHEDULE]) -> Reply:
    """Write a snapshot of all databases in the background."""
    if len(schedule) > 1:
        raise CommandError.syntax()
    _SCHEDULE.parse(schedule)
    started = call.state.snapshots.save_in_background(schedule=bool(schedule))
    return SimpleString("Background saving started" if started else "Background saving scheduled")


@command(_SAVING, since="1.0.0")
def bgrewriteaof(call: Call) -> Reply:
    """Write the append-only file anew in the background, as short as it can be."""
    append_only = call.state.append_only
    if append_only.rewriting:
        raise CommandError("ERR Background append only file rewriting already in progress")
    try:
        started = append_only.rewrite_or_schedule()
    except OSError as error:
        raise CommandError(
            "ERR Can't execute an AOF background rewriting. Please check the server logs for "
            "more information."
        ) from error
    return SimpleString(
        f"Background append only file rewriting {'started' if started else 'scheduled'}"
    )


@command(
    Tag.LOADING | Tag.STALE | Tag.FAST,
    since="1.0.0",
    categories=("admin", "dangerous"),
    tips=("nondeterministic_output",),
)
def lastsave(call: Call) -> int:
    """Return the Unix time of the last snapshot that succeeded."""
    return call.state.snapshots.last_save
