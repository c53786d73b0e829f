"""typed_get, typed_set, typed_range: values of the plugin's own types.

Rule: a plugin names only types of its own manifest. What another plugin made is a value of another
type to it, however it is called.
"""

from __future__ import annotations

from ferrite.errors import CommandError
from ferrite.keyspace.foreign import ForeignValue
from ferrite.permissions import Right
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import (
    Filled,
    Key,
    Name,
    Number,
    Place,
    Space,
    Value,
    host_call,
)
from ferrite.plugins.host_api.keys import require_present


@host_call(Right.STORAGE_READ)
def typed_get(context: HostContext, key: Key, type: Name, version: Place) -> Filled:
    """Copy the bytes of a value of an own type, and store the version of their encoding unless
    its place is 0; their length."""
    value = _find(context, key, type)
    if version.address:
        version.put(value.version)
    return value.data


@host_call(Right.STORAGE_READ)
def typed_range(context: HostContext, key: Key, type: Name, offset: Number, buffer: Space) -> int:
    """Copy the bytes of a value of an own type from an offset on; the length of the whole."""
    data = _find(context, key, type).data
    size = min(max(len(data) - offset, 0), buffer.capacity)
    context.write(buffer.address, data[offset : offset + size])
    return len(data)


@host_call(Right.STORAGE_WRITE)
def typed_set(context: HostContext, key: Key, type: Name, version: Number, value: Value) -> int:
    """Give a key a value of an own type; a time to live stays, a value of another type is -3."""
    name = _own(context, type)
    newest = context.types[name].version
    if not 0 < version <= newest:
        text = f"ERR data type {name} has versions 1 to {newest}, not {version}"
        raise GuestError(ErrorCode.ARGUMENT, text)
    context.require_memory()
    keyspace = context.keyspace
    found = keyspace.get(key)
    if found is not None and not (isinstance(found, ForeignValue) and found.name == name):
        raise GuestError(ErrorCode.TYPE, CommandError.wrong_type().text)
    new = ForeignValue(name, version, value)
    if found is None:
        keyspace.set(key, new)
    else:
        keyspace.update(key, new)
    return 0


def _find(context: HostContext, key: bytes, type: bytes) -> ForeignValue:
    name = _own(context, type)
    found = require_present(context.keyspace.read(key))
    if isinstance(found, ForeignValue) and found.name == name:
        return found
    raise GuestError(ErrorCode.TYPE, CommandError.wrong_type().text)


def _own(context: HostContext, type: bytes) -> str:
    """The name of a type of the plugin's own. Raises GuestError (denied) for any other."""
    name = type.decode("utf-8", "replace")
    if name not in context.types:
        text = f"NOPERM {context.title} has no data type '{name[:128]}'"
        raise GuestError(ErrorCode.DENIED, text)
    return name
