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
    return _row(state, calls, plugin, version, table, command, entry.export)


def _row(
    state: ServerState, calls: Calls, plugin: Plugin, version: Version, table: CommandTable,
    command: Command, export: str,
) -> Run:  # fmt: skip
    scheduler, turn, journal = calls.scheduler, state.turn, state.databases.journal
    pubsub, config, quotas = state.pubsub, state.config, state.config.plugin_quotas
    guest, context, own_limit_ms = version.guest, version.guest.context, table.timeout_ms
    name, may_write, plugin_name = table.name, "write" in table.flags, plugin.name

    def run(call: Call, request: list[bytes]) -> Any:
        task, function = scheduler.current, guest.entries.get(export)
        entry = None if function is None else function.entry
        if function is None or entry is None or guest.busy or plugin.state is not ACTIVE or quotas:
            return LONG_WAY
        if turn.owner is not None or journal.observer is not None or task is None or task.open:
            return LONG_WAY
        session, limits = call.session, plugin.bounds(config)
        fuel, limit_ms = limits.fuel, limits.timeout_ms
        if own_limit_ms is not None and own_limit_ms < limit_ms:
            limit_ms = own_limit_ms
        invocation = Invocation("command", request[1:], call.keyspace, session, name, may_write)
        invocation.call, invocation.handles_max = call, limits.handles
        context.invocation, context.last_error = invocation, ""
        began = monotonic()
        task.call, task.deadline, task.entered = call, began + limit_ms / 1000, 1
        turn.begin(call)
        journal.begin()
        pubsub.hold()
        task.open = guest.busy = True
        frame = Frame(plugin, version, invocation)
        task.frames.append(frame)
        plugin.executions += 1
        version.calls += 1
        guest.fuel_limit = fuel
        store = function.instance.store
        meter, slots, before = store.meter, store.slots, store.meter.refill(fuel)
        error: Exception | None = None
        reply: Any = None
        try:
            reply = finished_reply(invocation, entry(slots))
            if reply.__class__ is CommandError:
                error = reply
        except Exception as caught:
            error = caught
            if not isinstance(caught, ReplyFault):
                guest.abandon()
        store.slots = slots
        if guest.isolation is not None and not guest.isolation.spoiled:
            guest.isolation.leave(failed=False)
        used = meter.used - before
        guest.fuel_used += used
        guest.busy = task.open = False
        calls.ledger.book(plugin_name, name, session.user, session.id, used - frame.inner_fuel)
        if error is None:
            calls.commit()
        else:
            reply = calls.undo(task, frame, error, used)
        task.frames.pop()
        pubsub.release()
        version.calls -= 1
        if version.queue or version.retired is not None or invocation.handles:
            calls.let_go(version, invocation)
        turn.end(call)
        if (elapsed := int((monotonic() - began) * MICROSECONDS)) >= SHORT_MICROSECONDS:
            note_slow(call, command, request, elapsed)
        if error is not None:
            raise reply
        return reply

    return run
