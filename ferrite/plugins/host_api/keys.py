"""Keys of any type: delete, exists, expire, ttl, type_of."""

from __future__ import annotations

from typing import TypeVar

from ferrite.keyspace.values import INTEGER_MAX, type_name
from ferrite.permissions import Right
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import Filled, Key, Long, Stored, host_call

Found = TypeVar("Found")
NO_EXPIRY = -1
"""What `ttl` stores for a key that does not expire."""


@host_call(Right.STORAGE_DELETE)
def delete(context: HostContext, key: Key) -> int:
    """Remove a key; 1, or 0 when there was none."""
    return int(context.keyspace.delete(key))


@host_call(Right.STORAGE_READ)
def exists(context: HostContext, key: Key) -> int:
    """1 when the key exists, else 0."""
    return int(key in context.keyspace)


@host_call(Right.STORAGE_WRITE)
def expire(context: HostContext, key: Key, milliseconds: Long) -> int:
    """Let a key expire after a time; -1 when there is no key."""
    deadline = deadline_after(context, milliseconds)
    require_present(context.keyspace.get(key))
    context.keyspace.expire_at(key, deadline)
    return 0


@host_call(Right.STORAGE_READ)
def ttl(context: HostContext, key: Key) -> Stored:
    """Store the milliseconds a key has left, -1 for one that does not expire; -1 when there is
    no key."""
    keyspace = context.keyspace
    require_present(keyspace.get(key))
    deadline = keyspace.deadline(key)
    return NO_EXPIRY if deadline is None else max(deadline - keyspace.now(), 0)


@host_call(Right.STORAGE_READ)
def type_of(context: HostContext, key: Key) -> Filled:
    """Copy the name of the type of a key's value, "none" when there is no key; its length."""
    value = context.keyspace.get(key)
    return b"none" if value is None else type_name(value).encode()


def require_present(value: Found | None) -> Found:
    """The value; raises GuestError (absent) when there is none."""
    if value is None:
        raise GuestError(ErrorCode.ABSENT, "ERR no such key")
    return value


def deadline_after(context: HostContext, milliseconds: int) -> int:
    """The moment (Unix ms) after a time that must be positive and fit; raises GuestError."""
    deadline = context.keyspace.now() + milliseconds
    if milliseconds <= 0 or deadline > INTEGER_MAX:
        raise GuestError(ErrorCode.ARGUMENT, f"ERR {milliseconds} ms is no time to live")
    return deadline
