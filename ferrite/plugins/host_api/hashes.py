"""Hashes: hget, hset, hdel."""

from __future__ import annotations

from ferrite.keyspace.hashes import Hash
from ferrite.permissions import Right
from ferrite.plugins.host_api.context import HostContext
from ferrite.plugins.host_api.declaration import Filled, Key, Value, host_call
from ferrite.plugins.host_api.keys import require_present


@host_call(Right.STORAGE_READ)
def hget(context: HostContext, key: Key, field: Value) -> Filled:
    """Copy the value of a field; its length, -1 when there is no such key or field."""
    found = require_present(context.keyspace.read_as(key, Hash))
    return require_present(found.fields.get(field))


@host_call(Right.STORAGE_WRITE)
def hset(context: HostContext, key: Key, field: Value, value: Value) -> int:
    """Give a field a value; 1 when the field is new, else 0."""
    context.require_memory()
    container = context.keyspace.edit(key, Hash)
    new = container.put(field, value)
    context.keyspace.edited(key, container)
    return int(new)


@host_call(Right.STORAGE_WRITE)
def hdel(context: HostContext, key: Key, field: Value) -> int:
    """Remove a field, and the key with its last one; 1, or 0 when there was none."""
    found = context.keyspace.find(key, Hash)
    if found is None or field not in found.fields:
        return 0
    container = context.keyspace.edit(key, Hash)
    container.remove(field)
    context.keyspace.edited(key, container)
    return 1
