"""The surroundings: context, config, log, time_ms, random, fuel_left, last_error."""

from __future__ import annotations

import json
import os
from typing import Any

from ferrite.permissions import Right
from ferrite.plugins.host_api.context import ErrorCode, GuestError, HostContext
from ferrite.plugins.host_api.declaration import (
    I64_BYTES,
    Address,
    Filled,
    Name,
    Number,
    Stored,
    host_call,
)
from ferrite.plugins.host_api.keys import require_present

LOG_LEVELS = ("debug", "info", "warning", "error")


@host_call(name="context")
def context_(context: HostContext, field: Name) -> Filled:
    """Copy a fact about the call, as text: client_id, address, user, db, protocol, event, plugin,
    version or, for a function, keys (how many of its arguments are); its length, -1 when there is
    none."""
    session, keyspace = context.invocation.session, context.invocation.keyspace
    facts: dict[bytes, object] = {
        b"event": context.invocation.event,
        b"plugin": context.plugin,
        b"version": context.version,
        b"keys": context.invocation.key_count,
    }
    if session is not None:
        facts |= {b"client_id": session.id, b"address": session.address, b"user": session.user}
        facts[b"protocol"] = session.protocol
    if keyspace is not None:
        facts[b"db"] = keyspace.index
    return str(require_present(facts.get(field))).encode("utf-8", "surrogateescape")


@host_call()
def config(context: HostContext, key: Name) -> Filled:
    """Copy a setting of the plugin's configuration by its dotted key; its length, -1 when there
    is none. Numbers and truths come as text, arrays and tables as JSON."""
    found: Any = context.settings
    for step in key.decode("utf-8", "replace").split("."):
        found = found.get(step) if isinstance(found, dict) else None
    setting = require_present(found)
    text = setting if isinstance(setting, str) else json.dumps(setting, default=str)
    return text.encode()


@host_call()
def log(context: HostContext, level: Number, address: Address, length: Number) -> int:
    """Write a line to the plugin's log; levels are 0 debug, 1 info, 2 warning, 3 error."""
    if level >= len(LOG_LEVELS):
        raise GuestError(ErrorCode.ARGUMENT, f"ERR there is no log level {level}")
    context.check(address, length)
    size = min(length, context.limits.log_line_bytes_max)
    line = context.read(address, size, size, "a log line")
    if not context.write_line(level, line.decode("utf-8", "backslashreplace")):
        most = context.limits.log_lines_per_call_max
        raise GuestError(ErrorCode.LIMIT, f"ERR a call may log {most} lines")
    return 0


@host_call(Right.SYSTEM_TIME)
def time_ms(context: HostContext) -> Stored:
    """Store the Unix time in milliseconds; it stands still during a call."""
    return context.keyspace.now()


@host_call(Right.SYSTEM_RANDOM)
def random(context: HostContext, address: Address, length: Number) -> int:
    """Fill a place with random bytes."""
    if length > context.limits.random_bytes_max:
        text = f"ERR a call gives {context.limits.random_bytes_max} random bytes at most"
        raise GuestError(ErrorCode.LIMIT, text)
    context.write(address, os.urandom(length))
    return 0


@host_call(Right.SYSTEM_ENV)
def env(_context: HostContext, variable: Name) -> Filled:
    """Copy a variable of the server's environment; its length, -1 when there is none."""
    found = os.environ.get(os.fsdecode(variable)) if b"\0" not in variable else None
    return os.fsencode(require_present(found))


@host_call()
def fuel_left(context: HostContext) -> Stored:
    """Store the units of fuel the call may still use, once this answer is paid."""
    return max(context.fuel_remaining - I64_BYTES, 0)


@host_call()
def last_error(context: HostContext) -> Filled:
    """Copy the text of the last error; its length."""
    return context.last_error.encode("utf-8", "surrogateescape")
