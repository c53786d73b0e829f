"""Commands on strings. https://redis.io/commands/?group=string"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from ferrite.commands import long_double
from ferrite.commands.arguments import (
    FloatText,
    Int,
    Key,
    Keys,
    Options,
    Pairs,
    integer,
    one_of,
    value,
    word,
)
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.values import INTEGER_MAX, INTEGER_MIN
from ferrite.propagation import as_it_is, deadline_as_it_is, key_as_it_is
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

group = Group("string", category="string")
command = group.command

_EXPIRATIONS = (
    value("EX", "seconds", "integer"),
    value("PX", "milliseconds", "integer"),
    value("EXAT", "unix-time-seconds", "unix-time"),
    value("PXAT", "unix-time-milliseconds", "unix-time"),
)
_SET = Options(
    one_of("condition", word("NX"), word("XX")),
    word("GET"),
    one_of("expiration", *_EXPIRATIONS, word("KEEPTTL")),
)
_MILLISECONDS = {"EX": 1000, "PX": 1, "EXAT": 1000, "PXAT": 1}
_GETEX = Options(one_of("expiration", *_EXPIRATIONS, word("PERSIST")))

_GROWING = Tag.WRITE | Tag.DENYOOM
_FAST_GROWING = _GROWING | Tag.FAST
_READING = Tag.READONLY | Tag.FAST
_PER_KEY = "O(1) for each key"
_PER_BYTE = "O(N) where N is the length of the string returned"


@command(_READING, since="1.0.0", access="RO access")
def get(call: Call, key: Key) -> bytes | None:
    """Return the string at a key."""
    return call.keyspace.read_string(key)


def _access_of_set(request: Sequence[bytes]) -> str:
    """As Redis judges: GET anywhere among the options makes SET read."""
    reads = any(option.upper() == b"GET" for option in request[3:])
    return "RW access update" if reads else "OW update"


def _as_set(keyspace: Keyspace, request: list[bytes], _: Reply) -> list[list[bytes]]:
    """What is logged of a SET: its conditions held, and its time to live has an end."""
    return [request if len(request) == 3 else as_it_is(keyspace, request[1])]


@command(
    _GROWING,
    since="1.0.0",
    access="RW access update variable_flags",
    varying_access=_access_of_set,
    propagate=_as_set,
)
def set_(call: Call, key: Key, value: bytes, *options: Annotated[bytes, _SET]) -> Reply:
    """Set a key to a string, whatever it held before."""
    if options:
        return _set_with_options(call.keyspace, key, value, _SET.parse(options))
    call.keyspace.set(key, value)
    return OK


def _set_with_options(
    keyspace: Keyspace, key: bytes, value: bytes, given: Mapping[str, bytes]
) -> Reply:
    deadline = _deadline(keyspace, given, "set")
    old = keyspace.read_string(key) if "GET" in given else None
    if ("NX" in given and key in keyspace) or ("XX" in given and key not in keyspace):
        return old
    if "KEEPTTL" in given and key in keyspace:
        keyspace.update(key, value)
    else:
        keyspace.set(key, value)
    if deadline is not None:
        keyspace.expire_at(key, deadline)
    return old if "GET" in given else OK


def _deadline(keyspace: Keyspace, given: Mapping[str, bytes], name: str) -> int | None:
    """The Unix time in ms that EX, PX, EXAT or PXAT ask for. Raises CommandError."""
    for token, text in given.items():
        unit = _MILLISECONDS.get(token)
        if unit is not None:
            now = 0 if token.endswith("AT") else keyspace.now()
            deadline = now + integer(text) * unit
            if not now < deadline <= INTEGER_MAX:
                raise CommandError.invalid_expire(name)
            return deadline
    return None


@command(_FAST_GROWING, since="1.0.0", access="OW insert")
def setnx(call: Call, key: Key, value: bytes) -> int:
    """Set a key to a string if it does not exist; return 1 if it was set."""
    if key in call.keyspace:
        return 0
    call.keyspace.set(key, value)
    return 1


@command(_GROWING, since="2.0.0", access="OW update", propagate=key_as_it_is)
def setex(call: Call, key: Key, seconds: Int, value: bytes) -> Reply:
    """Set a key to a string that lives for some seconds."""
    return _set_for(call.keyspace, key, seconds * 1000, value, "setex")


@command(_GROWING, since="2.6.0", access="OW update", propagate=key_as_it_is)
def psetex(call: Call, key: Key, milliseconds: Int, value: bytes) -> Reply:
    """Set a key to a string that lives for some milliseconds."""
    return _set_for(call.keyspace, key, milliseconds, value, "psetex")


def _set_for(keyspace: Keyspace, key: bytes, milliseconds: int, value: bytes, name: str) -> Reply:
    deadline = keyspace.now() + milliseconds
    if milliseconds <= 0 or deadline > INTEGER_MAX:
        raise CommandError.invalid_expire(name)
    keyspace.set(key, value)
    keyspace.expire_at(key, deadline)
    return OK


@command(_FAST_GROWING, since="1.0.0", access="RW access update", propagate=key_as_it_is)
def getset(call: Call, key: Key, value: bytes) -> bytes | None:
    """Set a key to a string; return the string it held before."""
    old = call.keyspace.read_string(key)
    call.keyspace.set(key, value)
    return old


@command(Tag.WRITE | Tag.FAST, since="6.2.0", access="RW access delete", propagate=key_as_it_is)
def getdel(call: Call, key: Key) -> bytes | None:
    """Return the string at a key and delete the key."""
    old = call.keyspace.read_string(key)
    if old is not None:
        call.keyspace.delete(key)
    return old


@command(
    Tag.WRITE | Tag.FAST, since="6.2.0", access="RW access update", propagate=deadline_as_it_is
)
def getex(call: Call, key: Key, *options: Annotated[bytes, _GETEX]) -> bytes | None:
    """Return the string at a key and set or remove its time to live."""
    given = _GETEX.parse(options)
    keyspace = call.keyspace
    found = keyspace.read_string(key)
    if found is None:
        return None
    deadline = _deadline(keyspace, given, "getex")
    if deadline is not None:
        keyspace.expire_at(key, deadline)
    elif "PERSIST" in given:
        keyspace.persist(key)
    return found


@command(
    _READING,
    since="1.0.0",
    complexity=_PER_KEY,
    access="RO access",
    tips=("request_policy:multi_shard",),
)
def mget(call: Call, *keys: Keys) -> list[bytes | None]:
    """Return the strings at some keys, null for a key that holds none."""
    read = call.keyspace.read
    found = [read(key) for key in keys]
    return [value if type(value) is bytes else None for value in found]


@command(
    _GROWING,
    since="1.0.1",
    complexity=_PER_KEY,
    access="OW update",
    tips=("request_policy:multi_shard", "response_policy:all_succeeded"),
)
def mset(call: Call, *pairs: Pairs) -> Reply:
    """Set some keys, each to its string."""
    _set_pairs(call.keyspace, pairs, "mset")
    return OK


@command(
    _GROWING,
    since="1.0.1",
    complexity=_PER_KEY,
    access="OW insert",
    tips=("request_policy:multi_shard", "response_policy:agg_min"),
)
def msetnx(call: Call, *pairs: Pairs) -> int:
    """Set some keys, each to its string, if none of them exists; return 1 if they were set."""
    if len(pairs) % 2 == 0 and any(key in call.keyspace for key in pairs[::2]):
        return 0
    _set_pairs(call.keyspace, pairs, "msetnx")
    return 1


def _set_pairs(keyspace: Keyspace, pairs: tuple[bytes, ...], name: str) -> None:
    if len(pairs) % 2:
        raise CommandError.wrong_arguments(name)
    keyspace.set_all(pairs[::2], pairs[1::2])


@command(_FAST_GROWING, since="1.0.0", access="RW access update")
def incr(call: Call, key: Key) -> int:
    """Add one to the integer at a key, which is 0 if there is none; return the sum."""
    return call.keyspace.add(key, 1)


@command(_FAST_GROWING, since="1.0.0", access="RW access update")
def decr(call: Call, key: Key) -> int:
    """Take one from the integer at a key, which is 0 if there is none; return the rest."""
    return call.keyspace.add(key, -1)


@command(_FAST_GROWING, since="1.0.0", access="RW access update")
def incrby(call: Call, key: Key, increment: Int) -> int:
    """Add a number to the integer at a key, which is 0 if there is none; return the sum."""
    return call.keyspace.add(key, increment)


@command(_FAST_GROWING, since="1.0.0", access="RW access update")
def decrby(call: Call, key: Key, decrement: Int) -> int:
    """Take a number from the integer at a key, which is 0 if there is none; return the rest."""
    if decrement == INTEGER_MIN:
        raise CommandError("ERR decrement would overflow")
    return call.keyspace.add(key, -decrement)


@command(_FAST_GROWING, since="2.6.0", access="RW access update", propagate=key_as_it_is)
def incrbyfloat(call: Call, key: Key, increment: FloatText) -> bytes:
    """Add a number to the one at a key, which is 0 if there is none; return the sum."""
    old = call.keyspace.string(key)
    left, right = (long_double.parse(text) for text in (b"0" if old is None else old, increment))
    if left is None or right is None:
        raise CommandError.not_a_float()
    try:
        total = long_double.text(long_double.add(left, right))
    except OverflowError:
        raise CommandError("ERR increment would produce NaN or Infinity") from None
    call.keyspace.update(key, total)
    return total


@command(_FAST_GROWING, since="2.0.0", access="RW insert")
def append(call: Call, key: Key, value: bytes) -> int:
    """Append a value to the string at a key; return the new length."""
    old = call.keyspace.string(key)
    if old is None:
        call.keyspace.set(key, value)
        return len(value)
    _check_length(call, len(old) + len(value))
    call.keyspace.update(key, old + value)
    return len(old) + len(value)


@command(_READING, since="2.2.0", access="RO")
def strlen(call: Call, key: Key) -> int:
    """Return the length of the string at a key, 0 if there is none."""
    return len(call.keyspace.read_string(key) or b"")


@command(Tag.READONLY, since="2.4.0", complexity=_PER_BYTE, access="RO access")
def getrange(call: Call, key: Key, start: Int, end: Int) -> bytes:
    """Return a part of the string at a key; negative positions count from its end."""
    text = call.keyspace.read_string(key)
    if text is None or (start < 0 and end < 0 and start > end):
        return b""
    size = len(text)
    first = max(start + size, 0) if start < 0 else start
    last = max(end + size, 0) if end < 0 else end
    return text[first : last + 1]


@command(Tag.READONLY, since="1.0.0", complexity=_PER_BYTE, access="RO access")
def substr(call: Call, key: Key, start: Int, end: Int) -> bytes:
    """Return a part of the string at a key; the older name of GETRANGE."""
    return getrange(call, key, start, end)


@command(_GROWING, since="2.2.0", complexity="O(N) where N is the new length", access="RW update")
def setrange(call: Call, key: Key, offset: Int, value: bytes) -> int:
    """Overwrite a part of the string at a key, zeros before it if need be; return its length."""
    if offset < 0:
        raise CommandError("ERR offset is out of range")
    old = call.keyspace.string(key) or b""
    if not value:
        return len(old)
    _check_length(call, offset + len(value))
    new = old[:offset].ljust(offset, b"\0") + value + old[offset + len(value) :]
    call.keyspace.update(key, new)
    return len(new)


def _check_length(call: Call, length: int) -> None:
    if length > call.state.config.redis.proto_max_bulk_len:
        raise CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
