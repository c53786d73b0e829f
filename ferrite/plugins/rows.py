"""A row of requests for one plugin's command: the whole of its plain calls in one function.

Rule: each call is what `Calls.run` makes of it for a plain client while the keyspace is free, in
the same order and with the same outcome. What is the same for all calls of a row is done once, and
what a call leaves as it was is not made anew. A row ends before a request for another command, and
behind a call that was not plain: one that failed, gave way, ran others, or holds something. Where
anything is special before a call (a quota, a log of writes, an instance that has to be made) it
serves none. It runs in a task (`Calls.host`), so its guests may give way as anywhere. Why it is
written out: docs/rationale.md, "What a plugin's command costs".
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from ferrite.commands.registry import Command, ServeRow
from ferrite.dispatch import LARGE_BYTES
from ferrite.errors import CommandError
from ferrite.execution import note_slow
from ferrite.plugins.calls import Calls, Frame, finished_reply
from ferrite.plugins.exports import Entry
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.ledger import UNSORTED_MAX
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.plugin import Plugin, PluginState, Version
from ferrite.plugins.reply_builder import NOTHING, ReplyFault
from ferrite.plugins.scheduler import Task
from ferrite.state import SHORT_MICROSECONDS, Call, ServerState

MICROSECONDS = 1_000_000
SHORT_SECONDS = SHORT_MICROSECONDS / MICROSECONDS
TIME_SECONDS = 0.0005
"""How old the time of a row may be that the audit has of a call."""
ACTIVE = PluginState.ACTIVE


def make_row(
    state: ServerState,
    calls: Calls,
    plugin: Plugin,
    version: Version,
    table: CommandTable,
    command: Command,
) -> ServeRow | None:
    """What serves rows for a command of a version; None for one whose calls are never plain."""
    manifest, entry = version.program.manifest, version.program.entries.get(table.name)
    if type(entry) is not Entry or entry.arguments or manifest.data_types:
        return None
    return _Row(state, calls, plugin, version, table, command, entry.export).serve


class _Row:
    """One command of a version, and what its rows begin and end with."""

    def __init__(
        self, state: ServerState, calls: Calls, plugin: Plugin, version: Version,
        table: CommandTable, command: Command, export: str,
    ) -> None:  # fmt: skip
        self._state = state
        self._calls = calls
        self._plugin = plugin
        self._version = version
        self._guest = version.guest
        self._table = table
        self._command = command
        self._export = export
        self._may_write = "write" in table.flags
        self.serve = self._loop()

    def _begin(self, task: Task, call: Call, handles: int) -> Frame:
        """Open all that a call has open; the frame of the row's calls."""
        state, plugin, version = self._state, self._plugin, self._version
        invocation = Invocation(
            "command", (), call.keyspace, call.session, self._table.name, self._may_write
        )
        invocation.call, invocation.handles_max = call, handles
        version.guest.context.invocation = invocation
        task.call, task.entered, task.given_way = call, 1, False
        state.turn.begin(call)
        state.databases.journal.begin()
        state.pubsub.hold()
        frame = Frame(plugin, version, invocation)
        task.frames.append(frame)
        version.calls += 1
        return frame

    def _end(self, task: Task, call: Call, invocation: Invocation) -> None:
        """Close it. What its last call did is kept or undone by now."""
        version, ledger = self._version, self._calls.ledger
        if self._state.databases.journal.entries is not None:
            self._calls.commit()
        task.frames.pop()
        self._state.pubsub.release()
        version.calls -= 1
        if version.queue or version.retired is not None or invocation.handles:
            self._calls.let_go(version, invocation)
        self._state.turn.end(call)
        if len(ledger.booked) > UNSORTED_MAX:
            ledger.sort()

    def _loop(self) -> ServeRow:
        """The calls themselves."""
        calls, guest, plugin, command = self._calls, self._guest, self._plugin, self._command
        turn, journal = self._state.turn, self._state.databases.journal
        pubsub, ready = self._state.pubsub, self._state.blocked.ready
        quotas, config = self._state.config.plugin_quotas, self._state.config
        scheduler, booked, now = calls.scheduler, calls.ledger.booked, self._state.clock.now
        export, own_limit_ms, name = self._export, self._table.timeout_ms, self._table.name
        context, least, most = guest.context, command.count_min, command.count_max

        def serve(call: Call, requests: list[list[bytes]], at: int, replies: list[Any]) -> int:
            task, function = scheduler.current, guest.entries.get(export)
            entry = None if function is None else function.entry
            if function is None or entry is None or guest.busy or plugin.state is not ACTIVE:
                return 0
            if quotas or turn.owner is not None or journal.observer is not None:
                return 0
            if task is None or task.open:
                return 0
            session, limits = call.session, plugin.bounds(config)
            fuel, limit_ms = limits.fuel, limits.timeout_ms
            if own_limit_ms is not None and own_limit_ms < limit_ms:
                limit_ms = own_limit_ms
            frame = self._begin(task, call, limits.handles)
            invocation, user, seconds = frame.invocation, session.user, limit_ms / 1000
            builder, payer = invocation.reply, (plugin.name, name, user, session.id)
            store, spelled, served, isolation = function.instance.store, requests[at][0], 0, None
            refill, slots, guest.fuel_limit = store.meter.refill, store.slots, fuel
            paid, time, ended, timed, plain = refill(fuel), 0, monotonic(), 0.0, True
            error: Exception | None = None
            reply: Any = None
            for request in requests[at:] if at else requests:
                if request[0] is not spelled or not least <= len(request) <= most:
                    break
                began = turn.begun_at = ended
                if began > timed:
                    time, timed = now(), began + TIME_SECONDS
                invocation.arguments, invocation.origin = request[1:], (time, name, user)
                context.last_error, task.deadline = "", began + seconds
                task.open = guest.busy = True
                plugin.executions += 1
                served += 1
                try:
                    status, reply = entry(slots), builder.value
                    if status or reply is NOTHING or builder.elements or invocation.fault:
                        plain, reply = False, finished_reply(invocation, status)
                    builder.value = NOTHING
                    if reply.__class__ is CommandError:
                        error = reply
                except Exception as caught:
                    error = caught
                    if not isinstance(caught, ReplyFault):
                        guest.abandon()
                store.slots = slots
                before, paid = paid, refill(fuel)
                used = paid - before
                guest.fuel_used += used
                booked[payer] = booked.get(payer, 0) + used - frame.inner_fuel
                isolation = guest.isolation
                if isolation is not None and not isolation.spoiled:
                    isolation.leave(failed=False)
                    plain = False
                guest.busy = task.open = False
                if error is not None:
                    plain, reply = False, calls.undo(task, frame, error, used)
                elif not journal.renew():
                    plain = False
                    calls.commit()
                replies.append(reply)
                ended = monotonic()
                if ended - began >= SHORT_SECONDS:
                    note_slow(call, command, request, int((ended - began) * MICROSECONDS))
                if invocation.worn or task.given_way or frame.inner_fuel or pubsub.held or ready:
                    break
                if not plain or (reply.__class__ is bytes and len(reply) > LARGE_BYTES):
                    break
            self._end(task, call, invocation)
            return served

        return serve
