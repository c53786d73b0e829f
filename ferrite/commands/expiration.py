"""Commands on the time keys have to live. https://redis.io/commands/?group=generic

Rule: times are Unix milliseconds inside; the commands that speak seconds convert at their edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from ferrite.commands.arguments import IntText, Key, Options, UnixTimeText, integer, one_of, word
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import INTEGER_MAX, INTEGER_MIN
from ferrite.propagation import deadline_as_it_is
from ferrite.state import Call

group = Group("generic", category="keyspace")
command = group.command

ABSENT, PERSISTENT = -2, -1
"""What the TTL family answers for no key, and for a key without a deadline."""

_WRITING = Tag.WRITE | Tag.FAST
_READING = Tag.READONLY | Tag.FAST | Tag.PEEK
_MOVING = ("nondeterministic_output",)
_CONDITION = Options(one_of("condition", word("NX"), word("XX"), word("GT"), word("LT")))


@command(_WRITING, since="1.0.0", access="RW update", propagate=deadline_as_it_is)
def expire(call: Call, key: Key, seconds: IntText, *condition: Annotated[bytes, _CONDITION]) -> int:
    """Let a key die after some seconds; return 1 if the time was set."""
    return _expire(call, key, seconds, condition, "expire")


@command(_WRITING, since="2.6.0", access="RW update", propagate=deadline_as_it_is)
def pexpire(
    call: Call, key: Key, milliseconds: IntText, *condition: Annotated[bytes, _CONDITION]
) -> int:
    """Let a key die after some milliseconds; return 1 if the time was set."""
    return _expire(call, key, milliseconds, condition, "pexpire")


@command(_WRITING, since="1.2.0", access="RW update", propagate=deadline_as_it_is)
def expireat(
    call: Call, key: Key, unix_time_seconds: UnixTimeText, *condition: Annotated[bytes, _CONDITION]
) -> int:
    """Let a key die at a Unix time in seconds; return 1 if the time was set."""
    return _expire(call, key, unix_time_seconds, condition, "expireat")


@command(_WRITING, since="2.6.0", access="RW update", propagate=deadline_as_it_is)
def pexpireat(
    call: Call,
    key: Key,
    unix_time_milliseconds: UnixTimeText,
    *condition: Annotated[bytes, _CONDITION],
) -> int:
    """Let a key die at a Unix time in milliseconds; return 1 if the time was set."""
    return _expire(call, key, unix_time_milliseconds, condition, "pexpireat")


def _expire(call: Call, key: bytes, text: bytes, condition: Sequence[bytes], name: str) -> int:
    words = _condition_words(condition)
    keyspace = call.keyspace
    milliseconds = integer(text) * (1 if name.startswith("p") else 1000)
    deadline = milliseconds + (0 if name.endswith("at") else keyspace.now())
    if not INTEGER_MIN <= milliseconds <= INTEGER_MAX or deadline > INTEGER_MAX:
        raise CommandError.invalid_expire(name)
    if words and not _holds(words, keyspace.deadline(key), deadline):
        return 0
    return int(keyspace.expire_at(key, deadline))


def _condition_words(condition: Sequence[bytes]) -> set[bytes]:
    """NX, XX, GT, LT as given. Raises CommandError with Redis's words."""
    words: set[bytes] = set()
    for argument in condition:
        if argument.upper() not in (b"NX", b"XX", b"GT", b"LT"):
            shown = argument.decode("utf-8", "surrogateescape")
            raise CommandError(f"ERR Unsupported option {shown}")
        words.add(argument.upper())
    if b"NX" in words and len(words) > 1:
        raise CommandError("ERR NX and XX, GT or LT options at the same time are not compatible")
    if words >= {b"GT", b"LT"}:
        raise CommandError("ERR GT and LT options at the same time are not compatible")
    return words


def _holds(words: set[bytes], present: int | None, deadline: int) -> bool:
    """Whether all conditions hold; a key without a deadline counts as one that lives for ever."""
    if present is None:
        return not words & {b"XX", b"GT"}
    return not (
        b"NX" in words
        or (b"GT" in words and deadline <= present)
        or (b"LT" in words and deadline >= present)
    )


@command(_WRITING, since="2.2.0", access="RW update")
def persist(call: Call, key: Key) -> int:
    """Let a key live for ever; return 1 if it had a time to live."""
    return int(call.keyspace.persist(key))


@command(_READING, since="1.0.0", access="RO access", tips=_MOVING)
def ttl(call: Call, key: Key) -> int:
    """Return the seconds a key has to live; -1 if it lives for ever, -2 if there is none."""
    left = pttl(call, key)
    return _seconds(left)


@command(_READING, since="2.6.0", access="RO access", tips=_MOVING)
def pttl(call: Call, key: Key) -> int:
    """Return the milliseconds a key has to live; -1 if it lives for ever, -2 if there is none."""
    deadline = pexpiretime(call, key)
    return deadline if deadline < 0 else max(deadline - call.keyspace.now(), 0)


@command(_READING, since="7.0.0", access="RO access")
def expiretime(call: Call, key: Key) -> int:
    """Return the Unix time in seconds at which a key dies; -1 and -2 as TTL."""
    return _seconds(pexpiretime(call, key))


@command(_READING, since="7.0.0", access="RO access")
def pexpiretime(call: Call, key: Key) -> int:
    """Return the Unix time in milliseconds at which a key dies; -1 and -2 as TTL."""
    keyspace = call.keyspace
    if key not in keyspace:
        return ABSENT
    deadline = keyspace.deadline(key)
    return PERSISTENT if deadline is None else deadline


def _seconds(milliseconds: int) -> int:
    """To the nearest second; -1 and -2 stay."""
    return milliseconds if milliseconds < 0 else (milliseconds + 500) // 1000
