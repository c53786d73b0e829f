"""Strings: get, set, set_ex, append, incr_by."""

from __future__ import annotations

from ferrite.permissions import Right
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import Filled, Inline, Key, Long, Stored, Value, host_call
from ferrite.plugins.host_api.keys import deadline_after, require_present


@host_call(Right.STORAGE_READ)
def get(context: HostContext, key: Key) -> Filled:
    """Copy the string at a key; its length, -1 when there is no key."""
    return require_present(context.keyspace.read_string(key))


@host_call(Right.STORAGE_WRITE, name="set")
def set_(context: HostContext, key: Key, value: Value) -> int:
    """Set a key to a string; it does not expire afterwards."""
    context.require_memory()
    context.keyspace.set(key, value)
    return 0


@host_call(Right.STORAGE_WRITE)
def set_ex(context: HostContext, key: Key, value: Value, ttl: Long) -> int:
    """Set a key to a string that expires after `ttl` milliseconds."""
    deadline = deadline_after(context, ttl)
    context.require_memory()
    context.keyspace.set(key, value)
    context.keyspace.expire_at(key, deadline)
    return 0


@host_call(Right.STORAGE_WRITE)
def append(context: HostContext, key: Key, value: Value) -> Stored:
    """Append to the string at a key and store its new length. The string is built anew, so its
    old bytes are paid for as well."""
    context.require_memory()
    old = context.keyspace.string(key)
    size = len(old or b"") + len(value)
    if size > context.value_bytes_max:
        text = f"ERR a string may have {context.value_bytes_max} bytes"
        raise GuestError(ErrorCode.LIMIT, text)
    if old is None:
        context.keyspace.set(key, value)
    else:
        context.charge(len(old))
        context.keyspace.update(key, old + value)
    return size


@host_call(
    Right.STORAGE_READ,
    Right.STORAGE_WRITE,
    inline=Inline(
        "invocation.keyspace.add({0}, {1})",
        when="invocation.memory is None and invocation.keyspace is not None",
    ),
)
def incr_by(context: HostContext, key: Key, delta: Long) -> Stored:
    """Add to the integer at a key and store the result; -6 when it is none or does not fit."""
    context.require_memory()
    return context.keyspace.add(key, delta)
