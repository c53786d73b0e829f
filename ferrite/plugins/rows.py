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

from collections.abc import Callable
from time import monotonic
from typing import Any, TypeAlias

from ferrite.commands.registry import Command, RowClient, ServeRow
from ferrite.dispatch import LARGE_BYTES
from ferrite.errors import CommandError
from ferrite.execution import note_slow
from ferrite.plugins.bounds import stricter
from ferrite.plugins.calls import Calls, Frame, finished_reply
from ferrite.plugins.exports import Entry, signed
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.plugin import Plugin, PluginState, Version
from ferrite.plugins.reply_builder import NOTHING, ReplyFault
from ferrite.plugins.scheduler import Task
from ferrite.state import SHORT_MICROSECONDS, Call, ServerState
from wasm_vm import GuestFunction

MICROSECONDS = 1_000_000
NANOSECONDS = 1_000_000_000
SHORT_SECONDS = SHORT_MICROSECONDS / MICROSECONDS
TIME_SECONDS = 0.0005
"""How old the time of a row may be that the audit has of a call."""
ACTIVE = PluginState.ACTIVE
Following: TypeAlias = Callable[[Any], RowClient | None]


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
    """One command of a version, and what its rows are made of."""

    def __init__(
        self, state: ServerState, calls: Calls, plugin: Plugin, version: Version,
        table: CommandTable, command: Command, export: str,
    ) -> None:  # fmt: skip
        self._state = state
        self._journal = state.databases.journal
        self._calls = calls
        self._plugin = plugin
        self._version = version
        self._guest = version.guest
        self._table = table
        self._command = command
        self._export = export
        self._may_write = "write" in table.flags

    def serve(self, client: RowClient, following: Following) -> RowClient:
        """See `ServeRow`."""
        task, function = self._calls.scheduler.current, self._guest.entries.get(self._export)
        entry = None if function is None else function.entry
        if function is None or entry is None or task is None or self._is_special(task, function):
            return client
        frame, seconds = self._begin(task, client.call)
        try:
            return self._run(client, following, task, frame, seconds, function, entry)
        except BaseException:  # a bug of ours
            if self._journal.entries is not None:
                self._journal.rollback()
                self._state.pubsub.drop(0)
            raise
        finally:
            self._end(task, frame)

    def _run(
        self, client: RowClient, following: Following, task: Task, frame: Frame, seconds: float,
        function: GuestFunction, entry: Callable[..., Any],
    ) -> RowClient:  # fmt: skip
        """The calls, from what `_begin` has opened on."""
        guest, plugin, journal, command = self._guest, self._plugin, self._journal, self._command
        context, isolation, turn = guest.context, guest.isolation, self._state.turn
        least, most, ledger = command.count_min, command.count_max, self._calls.ledger
        store, clock, ready = function.instance.store, journal.clock, self._state.blocked.ready
        refill, slots, still = store.meter.refill, store.slots, clock.still
        invocation, fuel, plain, calls = frame.invocation, guest.fuel_limit, True, 0
        builder, name, paid, timed = invocation.reply, invocation.command, refill(fuel), 0.0
        begun = ended = monotonic()
        error: Exception | None = None
        reply: Any = None
        while True:
            served, call, replies = client.at, client.call, client.replies
            user, spelled = self._bind(task, invocation, call), client.requests[served][0]
            account = ledger.account(payer := (plugin.name, name, user, call.session.id))
            for request in client.requests[served:]:
                items = len(request)
                if request[0] is not spelled or items < least or items > most:
                    plain = False
                    break
                began = turn.begun_at = ended
                if began > timed:
                    time, timed = clock.now(), began + TIME_SECONDS
                invocation.arguments, invocation.origin = request[1:], (time, name, user)
                context.last_error, task.deadline = "", began + seconds
                plugin.executions += 1
                served += 1
                try:
                    status, reply = entry(slots), builder.value
                    if status or reply is NOTHING or builder.elements or invocation.fault:
                        plain, reply = False, finished_reply(invocation, signed(status))
                    builder.value = NOTHING
                    if reply.__class__ is CommandError:
                        error = reply
                except Exception as caught:
                    error = caught
                store.slots = slots
                before, paid = paid, refill(fuel)
                guest.fuel_used += (used := paid - before)
                if invocation.worn or task.given_way or frame.inner_fuel:
                    plain = False
                    ledger.book(payer, used - frame.inner_fuel)
                else:
                    account[0] += used
                if isolation is not None and error is None:
                    isolation.leave(failed=False)
                if error is not None:
                    plain, reply = False, self._leave(task, frame, reply, error, used)
                elif not journal.entries:
                    clock.now = still
                elif ready or not journal.renew():
                    plain = False
                replies.append(reply)
                ended = monotonic()
                if ended - began >= SHORT_SECONDS:
                    note_slow(call, command, request, int((ended - began) * MICROSECONDS))
                if not plain or (reply.__class__ is bytes and len(reply) > LARGE_BYTES):
                    plain = False
                    break
            calls, client.at = calls + served - client.at, served
            next_client = following(client) if plain else None
            if next_client is None:
                break
            client = next_client
        self._state.bursts.append((command, calls, int((ended - begun) * NANOSECONDS)))
        return client

    def _is_special(self, task: Task, function: GuestFunction) -> bool:
        """Whether the next call is not plain: the keyspace is taken, somebody wants to know of all
        that happens, or the guest needs more than its function to be called."""
        state, plugin = self._state, self._plugin
        busy = self._guest.busy or task.open or state.turn.owner is not None
        more = self._journal.observer is not None or function.instance.store.roomy
        return busy or more or plugin.state is not ACTIVE or bool(state.config.plugin_quotas)

    def _begin(self, task: Task, call: Call) -> tuple[Frame, float]:
        """Open what a call has open; the frame of the row's calls, and the seconds of each."""
        state, plugin, version, guest = self._state, self._plugin, self._version, self._guest
        limits, name = plugin.bounds(state.config), self._table.name
        limit_ms = stricter(limits.timeout_ms, self._table.timeout_ms)
        invocation = Invocation("command", (), call.keyspace, call.session, name, self._may_write)
        invocation.handles_max, guest.context.invocation = limits.handles, invocation
        frame = Frame(plugin, version, invocation)
        task.frames.append(frame)
        task.entered, task.given_way, task.open, guest.busy = 1, False, True, True
        state.turn.begin(call)
        self._journal.begin()
        state.pubsub.hold()
        version.calls += 1
        guest.fuel_limit = limits.fuel
        return frame, limit_ms / 1000

    def _bind(self, task: Task, invocation: Invocation, call: Call) -> str:
        """Have the next calls be a client's; its user."""
        session = call.session
        invocation.call, invocation.session, invocation.keyspace = call, session, call.keyspace
        task.call = self._state.turn.owner = call
        session.last_command = self._command.name
        return session.user

    def _leave(
        self, task: Task, frame: Frame, reply: Any, error: Exception, used: int
    ) -> CommandError:
        """A call has failed, with that reply if it came so far; what its client is told."""
        guest, state = self._guest, self._state
        if error is not reply and not isinstance(error, ReplyFault):
            guest.abandon()
        elif guest.isolation is not None:
            guest.isolation.leave(failed=False)
        guest.busy = task.open = False
        failure = self._calls.undo(task, frame, error, used)
        state.stats.count_error(failure.text)
        state.usage(self._command).failed += 1
        return failure

    def _end(self, task: Task, frame: Frame) -> None:
        """Close what is open. What the last call did is kept now, unless it is undone."""
        version, state = self._version, self._state
        self._guest.busy = task.open = False
        if self._journal.entries is not None:
            self._calls.commit()
        task.frames.pop()
        state.pubsub.release()
        version.calls -= 1
        if version.queue or version.retired is not None or frame.invocation.handles:
            self._calls.let_go(version, frame.invocation)
        if state.turn.owner is not None:
            state.turn.end(state.turn.owner)
        state.blocked.serve_ready()
