"""Commands on hashes. https://redis.io/commands/?group=hash"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands import long_double
from ferrite.commands.arguments import (
    Argument,
    FloatText,
    Grammar,
    Int,
    IntText,
    Key,
    Positional,
    Several,
    integer,
)
from ferrite.commands.registry import Group, Tag
from ferrite.commands.scanning import SCAN_OPTIONS, read_cursor, read_options
from ferrite.errors import CommandError
from ferrite.keyspace.container import RANDOM
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.values import INTEGER_MAX, INTEGER_MIN, parse_integer
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

group = Group("hash", category="hash")
command = group.command

PAIRS_MAX = INTEGER_MAX // 2
"""Redis's limit to HRANDFIELD's count with values, either sign."""

_GROWING = Tag.WRITE | Tag.DENYOOM | Tag.FAST
_READING = Tag.READONLY | Tag.FAST
_PER_FIELD = "O(1) for each field"
_WHOLE = "O(N) where N is the size of the hash"
_ANY_ORDER = ("nondeterministic_output_order",)
_FIELDS = Grammar(
    Argument(
        "data",
        "block",
        multiple=True,
        arguments=(Argument("field", "string"), Argument("value", "string")),
    )
)
_CHOICE = Grammar(
    Argument(
        "options",
        "block",
        optional=True,
        arguments=(
            Argument("count", "integer"),
            Argument("withvalues", "pure-token", "WITHVALUES", optional=True),
        ),
    )
)


@command(_GROWING, since="2.0.0", complexity=_PER_FIELD, access="RW update")
def hset(
    call: Call, key: Key, *pairs: Annotated[bytes, Positional("string", repeat=2), _FIELDS]
) -> int:
    """Set some fields of a hash; return how many of them are new."""
    if len(pairs) % 2:
        raise CommandError.wrong_arguments("hset")
    keyspace = call.keyspace
    found = keyspace.edit(key, Hash)
    if len(pairs) == 2:
        new = int(found.put(*pairs))
    else:
        new = sum(map(found.put, pairs[::2], pairs[1::2]))
    keyspace.edited(key, found)
    return new


@command(_GROWING, since="2.0.0", complexity=_PER_FIELD, access="RW update")
def hmset(
    call: Call, key: Key, *pairs: Annotated[bytes, Positional("string", repeat=2), _FIELDS]
) -> Reply:
    """Set some fields of a hash; the older form of HSET."""
    if len(pairs) % 2:
        raise CommandError.wrong_arguments("hmset")
    hset(call, key, *pairs)
    return OK


@command(_GROWING, since="2.0.0", access="RW insert")
def hsetnx(call: Call, key: Key, field: bytes, value: bytes) -> int:
    """Set a field of a hash if it does not exist; return 1 if it was set."""
    keyspace = call.keyspace
    found = keyspace.find(key, Hash)
    if found is not None and field in found.fields:
        return 0
    found = keyspace.edit(key, Hash)
    found.put(field, value)
    keyspace.edited(key, found)
    return 1


@command(_READING, since="2.0.0", access="RO access")
def hget(call: Call, key: Key, field: bytes) -> bytes | None:
    """Return the value of a field."""
    found = call.keyspace.read_as(key, Hash)
    return None if found is None else found.fields.get(field)


@command(_READING, since="2.0.0", complexity=_PER_FIELD, access="RO access")
def hmget(call: Call, key: Key, *fields: Several) -> list[bytes | None]:
    """Return the values of some fields, null for those that do not exist."""
    found = call.keyspace.read_as(key, Hash)
    return [None] * len(fields) if found is None else list(map(found.fields.get, fields))


@command(Tag.READONLY, since="2.0.0", complexity=_WHOLE, access="RO access", tips=_ANY_ORDER)
def hgetall(call: Call, key: Key) -> dict[bytes, bytes]:
    """Return all fields and their values."""
    found = call.keyspace.read_as(key, Hash)
    return {} if found is None else found.fields.copy()


@command(Tag.READONLY, since="2.0.0", complexity=_WHOLE, access="RO access", tips=_ANY_ORDER)
def hkeys(call: Call, key: Key) -> list[bytes]:
    """Return all fields."""
    found = call.keyspace.read_as(key, Hash)
    return [] if found is None else list(found.fields)


@command(Tag.READONLY, since="2.0.0", complexity=_WHOLE, access="RO access", tips=_ANY_ORDER)
def hvals(call: Call, key: Key) -> list[bytes]:
    """Return the values of all fields."""
    found = call.keyspace.read_as(key, Hash)
    return [] if found is None else list(found.fields.values())


@command(_READING, since="2.0.0", access="RO")
def hlen(call: Call, key: Key) -> int:
    """Return how many fields a hash has."""
    found = call.keyspace.read_as(key, Hash)
    return 0 if found is None else len(found)


@command(_READING, since="2.0.0", access="RO")
def hexists(call: Call, key: Key, field: bytes) -> int:
    """Return 1 if a hash has a field."""
    found = call.keyspace.read_as(key, Hash)
    return int(found is not None and field in found.fields)


@command(_READING, since="3.2.0", access="RO")
def hstrlen(call: Call, key: Key, field: bytes) -> int:
    """Return the length of a field's value, 0 if there is no such field."""
    found = call.keyspace.read_as(key, Hash)
    return 0 if found is None else len(found.fields.get(field, b""))


@command(Tag.WRITE | Tag.FAST, since="2.0.0", complexity=_PER_FIELD, access="RW delete")
def hdel(call: Call, key: Key, *fields: Several) -> int:
    """Remove some fields from a hash; return how many there were."""
    keyspace = call.keyspace
    found = keyspace.find(key, Hash)
    if found is None or found.fields.keys().isdisjoint(fields):
        return 0
    found = keyspace.edit(key, Hash)
    removed = sum(map(found.remove, fields))
    keyspace.edited(key, found)
    return removed


@command(_GROWING, since="2.0.0", access="RW access update")
def hincrby(call: Call, key: Key, field: bytes, increment: Int) -> int:
    """Add a number to the integer in a field, which is 0 if there is none; return the sum."""
    old = _value_at(call, key, field)
    number = 0 if old is None else parse_integer(old)
    if number is None:
        raise CommandError("ERR hash value is not an integer")
    number += increment
    if not INTEGER_MIN <= number <= INTEGER_MAX:
        raise CommandError.overflow()
    _put(call, key, field, b"%d" % number)
    return number


def _as_hset(_: Keyspace, request: list[bytes], total: bytes) -> list[list[bytes]]:
    """What is logged of HINCRBYFLOAT: another machine may round otherwise."""
    return [[b"HSET", request[1], request[2], total]]


@command(_GROWING, since="2.6.0", access="RW access update", propagate=_as_hset)
def hincrbyfloat(call: Call, key: Key, field: bytes, increment: FloatText) -> bytes:
    """Add a number to the one in a field, which is 0 if there is none; return the sum."""
    right = long_double.parse(increment)
    if right is None:
        raise CommandError.not_a_float()
    if right is long_double.INFINITY:
        raise CommandError("ERR value is NaN or Infinity")
    old = _value_at(call, key, field)
    left = long_double.parse(b"0" if old is None else old)
    if left is None:
        raise CommandError("ERR hash value is not a float")
    try:
        total = long_double.text(long_double.add(left, right))
    except OverflowError:
        raise CommandError("ERR increment would produce NaN or Infinity") from None
    _put(call, key, field, total)
    return total


def _value_at(call: Call, key: bytes, field: bytes) -> bytes | None:
    found = call.keyspace.find(key, Hash)
    return None if found is None else found.fields.get(field)


def _put(call: Call, key: bytes, field: bytes, value: bytes) -> None:
    found = call.keyspace.edit(key, Hash)
    found.put(field, value)
    call.keyspace.edited(key, found)


@command(
    Tag.READONLY,
    since="6.2.0",
    complexity="O(N) where N is the number of fields returned",
    access="RO access",
    tips=("nondeterministic_output",),
)
def hrandfield(call: Call, key: Key, *options: Annotated[bytes, _CHOICE]) -> Reply:
    """Return a field by chance; some different ones with a count, any with a negative one."""
    if not options:
        found = call.keyspace.read_as(key, Hash)
        return None if found is None else found.order.choose(RANDOM)
    count = integer(options[0])
    if count == INTEGER_MIN:
        raise CommandError.not_between(-INTEGER_MAX, INTEGER_MAX)
    with_values = len(options) == 2 and options[1].upper() == b"WITHVALUES"
    if len(options) > 1 and not with_values:
        raise CommandError.syntax()
    if with_values and abs(count) > PAIRS_MAX:
        raise CommandError.out_of_range()
    found = call.keyspace.read_as(key, Hash)
    if found is None:
        return []
    chosen = list(found.fields) if count >= len(found) else found.order.sample(count, RANDOM)
    if not with_values:
        return chosen
    pairs = [[field, found.fields[field]] for field in chosen]
    return pairs if call.session.protocol > 2 else [item for pair in pairs for item in pair]


@command(
    Tag.READONLY,
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a walk over a hash of N fields",
    access="RO access",
    tips=("nondeterministic_output",),
)
def hscan(call: Call, key: Key, cursor: IntText, *options: Annotated[bytes, SCAN_OPTIONS]) -> Reply:
    """Return some fields with their values and the cursor to go on from; 0 at both ends."""
    position = read_cursor(cursor)
    found = call.keyspace.read_as(key, Hash)
    if found is None:
        return [b"0", []]
    given = read_options(options)
    next_cursor, fields = 0, list(found.fields)
    if not found.compact:
        next_cursor, fields = found.order.page(position, given.count)
    values = found.fields
    items = [item for field in given.matching(fields) for item in (field, values[field])]
    return [b"%d" % next_cursor, items]
