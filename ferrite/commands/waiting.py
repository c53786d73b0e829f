"""What the blocking commands share: the timeout, and trying keys before waiting for them.

https://redis.io/docs/latest/develop/reference/protocol-spec/ says nothing of it; the rules are
those of Redis's blocked.c and timeout.c.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ferrite.blocked import Attempt
from ferrite.commands import doubles
from ferrite.errors import CommandError
from ferrite.execution import with_pushes
from ferrite.keyspace.container import Container
from ferrite.keyspace.values import INTEGER_MAX
from ferrite.pending import Pending
from ferrite.protocol.replies import NULL_ARRAY, Reply
from ferrite.state import Call


def read_timeout(text: bytes) -> float:
    """Seconds to wait, 0 for ever. Raises CommandError."""
    seconds = doubles.parse(text)
    if seconds is None:
        raise CommandError("ERR timeout is not a float or out of range")
    if seconds * 1000 > INTEGER_MAX:
        raise CommandError("ERR timeout is out of range")
    if seconds == -math.inf or math.ceil(seconds * 1000) < 0:
        raise CommandError("ERR timeout is negative")
    return math.ceil(seconds * 1000) / 1000


def first_or_wait(
    call: Call,
    keys: Sequence[bytes],
    attempt: Attempt,
    timeout: float,
    *,
    kind: type[Container],
    refused: Reply = NULL_ARRAY,
) -> Reply | Pending:
    """The first reply that an attempt gives; when none does, one to come, or `refused` where the
    client may not wait. One who waits does not care for values that are not of their `kind`."""
    for key in keys:
        reply = attempt(key)
        if reply is not None:
            return reply
    if not call.may_block:
        return refused
    state, keyspace = call.state, call.keyspace
    notifications = state.notifications
    running = notifications.running

    def attempt_again(key: bytes) -> Reply:
        if type(keyspace.get(key)) is not kind:
            return None
        outer, notifications.running = notifications.running, running
        call.session.pushed_early = []
        reply: Reply = None
        before = keyspace.changes - keyspace.losses
        try:
            reply = attempt(key)
            changes = keyspace.changes - keyspace.losses - before
            if changes and state.logged is not None and running is not None:
                command, request = running.command, running.request
                state.propagation.executed(keyspace, command, request, reply, changes)
        finally:
            notifications.running = outer
            replied = with_pushes(call.session, reply)
        return replied

    return state.blocked.block(
        call.session.id, keyspace, keys, attempt_again, timeout=timeout, timed_out=NULL_ARRAY
    )
