"""A plugin's command as one of a row of requests: the whole of a plain call in one function.

Rule: it does what `Calls.run` does for a command of a plain client while the keyspace is free, in
the same order and with the same outcome, and only that: where anything is special (a quota, a log
of writes, an instance that has to be made) it answers LONG_WAY before it has done anything. It runs
in the task of the row (`Calls.host`), so its guest may give way as anywhere. Why it is written out:
docs/rationale.md, "What a plugin's command costs".
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from ferrite.commands.registry import LONG_WAY, Command, Run
from ferrite.errors import CommandError
from ferrite.execution import note_slow
from ferrite.plugins.calls import Calls, Frame, finished_reply
from ferrite.plugins.exports import Entry
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.plugin import Plugin, PluginState, Version
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.protocol.replies import Reply
from ferrite.state import SHORT_MICROSECONDS, Call, ServerState

MICROSECONDS = 1_000_000
ACTIVE = PluginState.ACTIVE


def make_row(
    state: ServerState,
    calls: Calls,
    plugin: Plugin,
    version: Version,
    table: CommandTable,
    command: Command,
) -> Run | None:
    """What runs a command of a version that way; None for one that always goes the long way."""
    manifest, entry = version.program.manifest, version.program.entries.get(table.name)
    if type(entry) is not Entry or entry.arguments or manifest.data_types:
        return None
    return _Row(state, calls, plugin, version, table, command, entry).run


class _Row:
    __slots__ = (
        "calls", "command", "export", "guest", "journal", "ledger", "limit_ms", "may_write", "name",
        "plugin", "pubsub", "quotas", "scheduler", "state", "turn", "version",
    )  # fmt: skip

    def __init__(
        self,
        state: ServerState,
        calls: Calls,
        plugin: Plugin,
        version: Version,
        table: CommandTable,
        command: Command,
        entry: Entry,
    ) -> None:
        self.state, self.turn, self.pubsub = state, state.turn, state.pubsub
        self.journal, self.quotas = state.databases.journal, state.config.plugin_quotas
        self.calls, self.scheduler, self.ledger = calls, calls.scheduler, calls.ledger
        self.plugin, self.version, self.guest = plugin, version, version.guest
        self.command, self.export = command, entry.export
        self.name, self.limit_ms = table.name, table.timeout_ms
        self.may_write = "write" in table.flags

    def run(self, call: Call, request: list[bytes]) -> Any:
        """See `Command.run_in_row`."""
        guest, plugin, journal, turn = self.guest, self.plugin, self.journal, self.turn
        task, function = self.scheduler.current, guest.entries.get(self.export)
        if (
            function is None
            or function.entry is None
            or guest.busy
            or task is None
            or task.open
            or plugin.state is not ACTIVE
            or turn.owner is not None
            or journal.observer is not None
            or self.quotas
        ):
            return LONG_WAY
        session, limits, limit_ms = call.session, plugin.bounds(self.state.config), self.limit_ms
        if limit_ms is None or limit_ms > limits.timeout_ms:
            limit_ms = limits.timeout_ms
        arguments, context = request[1:], guest.context
        invocation = Invocation(
            "command", arguments, call.keyspace, session, self.name, self.may_write
        )
        invocation.call, invocation.handles_max = call, limits.handles
        context.invocation, context.last_error = invocation, ""
        began = monotonic()
        task.call, task.deadline = call, began + limit_ms / 1000
        turn.begin(call)
        journal.begin()
        self.pubsub.hold()
        task.open, task.entered = True, 1
        guest.busy = True
        version = self.version
        task.frames.append(Frame(plugin, version, invocation))
        plugin.executions += 1
        version.calls += 1
        guest.fuel_limit = limits.fuel
        store = function.instance.store
        slots, before = store.slots, store.meter.refill(limits.fuel)
        error: Exception | None = None
        reply: Reply = None
        try:
            reply = finished_reply(invocation, function.entry(slots))
            if isinstance(reply, CommandError):
                error = reply
        except ReplyFault as fault:
            error = fault
        except Exception as caught:
            guest.abandon()
            error = caught
        store.slots = slots
        reply = self._end(call, error, reply, store.meter.used - before)
        microseconds = int((monotonic() - began) * MICROSECONDS)
        if microseconds >= SHORT_MICROSECONDS:
            note_slow(call, self.command, request, microseconds)
        if error is not None:
            raise reply if isinstance(reply, CommandError) else CommandError.internal()
        return reply

    def _end(self, call: Call, error: Exception | None, reply: Reply, used: int) -> Reply:
        """Book the call, keep or undo what it has done, give back the keyspace; the reply."""
        task, guest, calls, version = self.scheduler.current, self.guest, self.calls, self.version
        if task is None:
            raise RuntimeError("a call ends in the task that it began in")
        guest.fuel_used += used
        guest.busy = task.open = False
        frame = task.frames.pop()
        session, invocation = call.session, frame.invocation
        used -= frame.inner_fuel
        self.ledger.book(self.plugin.name, self.name, session.user, session.id, used)
        if error is None:
            calls.committing = True
            self.journal.commit()
            calls.committing = False
        else:
            reply = calls.undo(task, frame, error, used)
        self.pubsub.release()
        if invocation.handles:
            invocation.close()
        version.leave()
        if version.queue:
            calls.serve_queue(version)
        self.turn.end(call)
        return reply
