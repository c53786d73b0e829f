"""Running one command, with all that has to be known about it afterwards.

Rule: every command that the short way of `ferrite.dispatch.serve` does not take runs here, those of
a transaction included: it is timed, counted, shown to monitors, noted when it was slow, and the
keys it read are remembered for a client that tracks. Nothing is raised: an error is a reply.
"""

from __future__ import annotations

import logging
from time import perf_counter_ns
from typing import TYPE_CHECKING, TypeVar

from ferrite.errors import CommandError
from ferrite.notifications import NEW, Running
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply, Several

if TYPE_CHECKING:
    from ferrite.commands.registry import Command
    from ferrite.session import Session
    from ferrite.state import Call

LOG = logging.getLogger(__name__)

LOGGED_BYTES_MAX = 64
Answer = TypeVar("Answer")


def execute(call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
    """Run a command that has passed the gates."""
    state, session = call.state, call.session
    notifications, tracking = state.notifications, state.tracking
    outer, misses = notifications.running, call.keyspace.misses
    absent: set[bytes] = set()
    if NEW in notifications.classes:
        absent.update(key for key in command.keys_of(request) if key not in call.keyspace)
    notifications.running = Running(command, request, absent)
    tracking.current = session
    outer_shown, call.shown = call.shown, request
    if state.memory.kept:
        state.memory.use(call, command, request)
    started = perf_counter_ns()
    reply: Reply | Pending
    try:
        hooks = state.hooks
        if hooks is None:
            reply = state.runner(command)(call, request)
        else:
            reply = hooks.run(call, command, request)
    except Exception as error:
        reply = failure(request[0], error)
    elapsed = perf_counter_ns() - started
    shown, call.shown = call.shown, outer_shown
    notifications.running = outer
    if notifications.classes and call.keyspace.misses != misses:
        keys = [key for key in command.keys_of(request) if key not in call.keyspace]
        notifications.missed(call.keyspace.index, keys)
    if session.tracking is not None and command.remembers:
        tracking.remember(session, command.keys_of(request))
        tracking.limit()
    if isinstance(reply, Pending):
        begun = started
        reply.on_done(lambda value: _note(call, command, request, perf_counter_ns() - begun, value))
    else:
        _note(call, command, shown, elapsed, reply)
    if state.monitors.sessions and command.monitored:
        state.monitors.feed(session, shown)
    return reply


def with_pushes(session: Session, reply: Answer) -> Answer | Several:
    """A reply with the messages around it that its client got while the command ran."""
    early, late = session.pushed_early or [], session.pushed_late
    session.pushed_early = None
    if early or late:
        session.pushed_late = []
        if not isinstance(reply, Pending):
            return Several([*early, reply, *late])
        for message in (*early, *late):
            session.push(message)
    return reply


def failure(name: bytes, error: Exception) -> CommandError:
    """The reply to a request that raised; what is no CommandError is a bug of ours."""
    if isinstance(error, CommandError):
        return error
    LOG.error("a bug of ours in the command %r", name[:LOGGED_BYTES_MAX], exc_info=error)
    return CommandError.internal()


def _note(
    call: Call, command: Command, request: list[bytes], nanoseconds: int, reply: Reply
) -> None:
    state = call.state
    usage = state.usage(command)
    usage.note(1, nanoseconds)
    if type(reply) is CommandError:
        usage.failed += 1
    note_slow(call, command, request, nanoseconds // 1000)


def note_slow(call: Call, command: Command, request: list[bytes], microseconds: int) -> None:
    """Keep a command in the slow log and in the latency history, if it was slow enough."""
    state = call.state
    if command.logged:
        threshold = state.config.redis.slowlog_log_slower_than
        if 0 <= threshold <= microseconds and state.config.redis.slowlog_max_len:
            state.slow_log.add(call.session, request, microseconds)
        event = b"fast-command" if command.fast else b"command"
        state.latency.consider(event, microseconds // 1000)
