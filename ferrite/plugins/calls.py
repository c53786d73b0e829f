"""One call of a plugin: it owns the keyspace until its writes are kept or undone.

Rule: all or nothing. The journal is open from the first instruction to the last, and published
messages are held; both are kept when the guest has answered and undone when it trapped, ran out of
fuel or time, was stopped, broke a rule of replies or answered an error. Whatever a guest does ends
here as a reply. A call from within another one (`call`, a hook) is a savepoint of it, runs on its
thread and its fuel, and never enters a guest that is under way.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import wasi
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.bounds import Bounds, bounds
from ferrite.plugins.exports import Entry
from ferrite.plugins.guest import Guest
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.ledger import Ledger, Quotas
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.plugin import Plugin, Version
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.plugins.scheduler import GuestStopped, Scheduler, Task
from ferrite.plugins.study import PostMortem, backtrace_of, excerpt, kind_of
from ferrite.protocol.replies import Reply
from ferrite.state import Call, ServerState
from ferrite.turn import settle
from wasm_vm import OutOfFuel, WasmError

LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Frame:
    """One call under way within a task."""

    plugin: Plugin
    version: Version
    invocation: Invocation
    host_calls_before: int
    """Host calls the plugin had made when it began."""
    inner_fuel: int = 0
    """Units that calls within it have used, which its own meter has paid as well."""


class Calls:
    """Runs plugins' entry points for clients, and knows which are under way."""

    def __init__(self, state: ServerState, scheduler: Scheduler) -> None:
        self._state = state
        self._scheduler = scheduler
        self._running: set[Task] = set()
        self.committing = False
        """Whether changes are being kept that hooks have been shown."""
        self.ledger = Ledger()
        self.quotas = Quotas(state.config.plugin_quotas, state.clock.now)

    def run(
        self,
        plugin: Plugin,
        version: Version,
        entry: Entry,
        invocation: Invocation,
        call: Call,
        timeout_ms: int | None = None,
    ) -> Reply | Pending:
        """Call an entry point: in a turn of its own, for which the keyspace must have no owner but
        `call`, or within the call of a guest that is under way.

        A fault of the guest is a CommandError as the reply; nothing is raised but what ends the
        task around it.
        """
        limits = bounds(self._state.config, plugin.overrides)
        limit_ms = limits.timeout_ms if timeout_ms is None else min(limits.timeout_ms, timeout_ms)
        if version.guest.busy and not self.inside:
            return self._run_later(plugin, version, entry, invocation, call, timeout_ms)
        if self.inside:
            return self._run_within(plugin, version, entry, invocation, call, limits, limit_ms)

        def job() -> Reply:
            fuel = limits.fuel
            reply = self._enter(plugin, version, entry, invocation, call, limits, fuel)
            if isinstance(reply, CommandError):
                raise reply
            return reply

        return self.transact(call, job, limit_ms)

    def _run_later(
        self,
        plugin: Plugin,
        version: Version,
        entry: Entry,
        invocation: Invocation,
        call: Call,
        timeout_ms: int | None,
    ) -> Reply | Pending:
        """The guest waits for the network: call it once it is free. A transaction cannot wait, for
        the guest could not go on before it ends."""
        if call.in_transaction:
            return CommandError(f"ERR plugin '{plugin.name}' is under way already")
        pending = Pending()
        run = partial(self.run, plugin, version, entry, invocation, call, timeout_ms)
        version.queue.append((pending, run))
        return pending

    def _serve_queue(self, version: Version) -> None:
        """Begin the call that waits longest for a guest that is free now."""
        turn = self._state.turn
        if version.guest.busy or not version.queue:
            return
        pending, run = version.queue.popleft()
        if turn.owner is None:
            settle(pending, run)
        else:
            try:
                turn.park(run).on_done(pending.resolve)
            except CommandError as error:
                pending.resolve(error)
        self._serve_queue(version)

    @property
    def inside(self) -> bool:
        """Whether this runs within a task."""
        return self._scheduler.current is not None

    def is_within(self, version: Version) -> bool:
        """Whether this runs within a call of a version's guest."""
        task = self._scheduler.current
        return task is not None and any(frame.version is version for frame in task.frames)

    def transact(self, call: Call, job: Callable[[], Reply], limit_ms: int) -> Reply | Pending:
        """Run a job in a task and a turn of its own; what it did is kept when it returns, and
        undone when it raises, which is a CommandError as the reply."""
        state = self._state
        turn, journal, pubsub = state.turn, state.databases.journal, state.pubsub
        turn.begin(call)
        journal.begin()
        pubsub.hold()
        running, client = state.notifications.running, state.tracking.current
        pending: Pending | None = None
        reply: Reply = None

        def done(task: Task) -> None:
            nonlocal reply
            self._running.discard(task)
            # Whoever hears of the changes now is told whose command they are from.
            outer, state.notifications.running = state.notifications.running, running
            outer_client, state.tracking.current = state.tracking.current, client
            self.committing = True
            try:
                reply = task.result()
                journal.commit()
            except Exception as error:
                reply = outcome(task, error)
                journal.rollback()
                pubsub.drop(0)
            finally:
                self.committing = False
            pubsub.release()
            state.notifications.running, state.tracking.current = outer, outer_client
            if pending is not None and not call.in_transaction:
                state.blocked.serve_ready()
            turn.end(call)
            if pending is not None:
                pending.resolve(reply)
            for version in task.entered:
                self._serve_queue(version)

        task = self._scheduler.start(job, limit_ms, done, call)
        if not task.finished:
            self._running.add(task)
            pending = Pending()
            return pending
        return reply

    def _run_within(
        self,
        plugin: Plugin,
        version: Version,
        entry: Entry,
        invocation: Invocation,
        call: Call,
        limits: Bounds,
        limit_ms: int,
    ) -> Reply:
        task = self._scheduler.current
        if task is None:
            raise RuntimeError("there is no task to run within")
        if version.guest.busy:
            return CommandError(f"ERR plugin '{plugin.name}' is under way already")
        if len(task.frames) >= LIMITS.call_depth_max:
            return CommandError(f"ERR plugin calls may be {LIMITS.call_depth_max} deep")
        journal, pubsub = call.state.databases.journal, call.state.pubsub
        outer: Frame | None = task.frames[-1] if task.frames else None
        fuel = limits.fuel
        if outer is not None:
            fuel = min(fuel, outer.version.guest.context.fuel_remaining)
        journal.begin()
        mark = pubsub.hold()
        used_before, deadline = version.guest.fuel_used, task.deadline
        task.deadline = min(deadline, time.monotonic() + limit_ms / 1000)
        kept = False
        try:
            reply = self._enter(plugin, version, entry, invocation, call, limits, fuel)
            kept = not isinstance(reply, CommandError)
        except Exception as error:
            stopped = task.stop_reason or time.monotonic() >= deadline
            if isinstance(error, GuestStopped) and stopped:
                raise  # it ends the whole task
            reply, task.culprit = failed(plugin, version.guest, error), None
        finally:
            task.deadline = deadline
            if kept:
                journal.commit()
            else:
                journal.rollback()
                pubsub.drop(mark)
            if outer is not None:
                used = min(version.guest.fuel_used - used_before, fuel)
                outer.inner_fuel += used
                outer.version.guest.context.charge(used)
        return reply

    def _enter(
        self,
        plugin: Plugin,
        version: Version,
        entry: Entry,
        invocation: Invocation,
        call: Call,
        limits: Bounds,
        fuel: int,
    ) -> Reply:
        """Call the guest in the present task, and book what it used."""
        session = call.session
        user = session.user if session.id else ""
        left = self.quotas.left(user, plugin.name)
        if left is not None:
            fuel = min(fuel, left)
        task = self._scheduler.current
        frame = Frame(plugin, version, invocation, plugin.study.made)
        if task is not None:
            task.frames.append(frame)
            task.entered.append(version)
        invocation.call, invocation.handles_max = call, limits.handles
        plugin.executions += 1
        version.calls += 1
        used_before = version.guest.fuel_used
        failed_ = True
        try:
            if task is not None and len(task.entered) > 1:
                # Many short calls, as of hooks that feed each other, are one long one.
                self._scheduler.checkpoint()
            status = version.guest.call(entry, invocation, fuel)
            reply = finished_reply(invocation, status)
            failed_ = isinstance(reply, CommandError)
            if isinstance(reply, CommandError):
                plugin.last_error = reply.text
                self._examine(frame, invocation, call, reply, used_before)
            return reply
        except Exception as error:
            if task is not None and task.culprit is None:
                task.culprit = (plugin, version.guest)
            self._examine(frame, invocation, call, error, used_before)
            raise
        finally:
            plugin.errors += failed_
            used = version.guest.fuel_used - used_before - frame.inner_fuel
            self.ledger.book(
                plugin.name, invocation.command, user, session.id, used, self._state.sessions
            )
            self.quotas.take(user, plugin.name, used)
            if task is not None:
                task.frames.pop()
            invocation.close()
            version.leave()

    def _examine(
        self, frame: Frame, invocation: Invocation, call: Call, error: Exception, used_before: int
    ) -> None:
        """Keep what can be said of a failure."""
        plugin, guest = frame.plugin, frame.version.guest
        study, session = plugin.study, call.session
        wreck, guest.wreck = guest.wreck, None
        kind = kind_of(error)
        study.kinds[kind] += 1
        study.failures.append(
            PostMortem(
                self._state.clock.now(),
                invocation.command or invocation.event,
                session.user if session.id else "",
                session.id,
                kind,
                error.text if isinstance(error, CommandError) else describe(error, guest),
                guest.fuel_used - used_before,
                backtrace_of(error),
                study.last_calls(frame.host_calls_before),
                *excerpt(wreck, guest.context.last_address),
            )
        )

    def stop(self, plugin: Plugin, reason: str) -> int:
        """End the calls that a plugin takes part in; how many there were."""
        return self._stop(lambda frame: frame.plugin is plugin, reason)

    def stop_version(self, version: Version, reason: str) -> int:
        """End the calls of one version."""
        return self._stop(lambda frame: frame.version is version, reason)

    def _stop(self, concerned: Callable[[Frame], bool], reason: str) -> int:
        tasks = [task for task in self._running if any(map(concerned, task.frames))]
        for task in tasks:
            self._scheduler.stop(task, reason)
        return len(tasks)


def finished_reply(invocation: Invocation, status: int) -> Reply:
    """The reply of a guest that came to its end; raises ReplyFault."""
    if invocation.fault:
        raise ReplyFault(invocation.fault)
    reply = invocation.reply.finish()
    if status and not invocation.reply.is_error:
        return CommandError(f"ERR plugin returned {status}")
    return reply


def outcome(task: Task, error: Exception) -> CommandError:
    """What a client is told of a task that has failed."""
    if isinstance(error, CommandError):
        return error
    if task.culprit is not None:
        plugin, guest = task.culprit
        return failed(plugin, guest, error)
    if isinstance(error, GuestStopped):
        return CommandError(f"ERR {error}")
    LOG.error("a bug of ours around a plugin call", exc_info=error)
    return CommandError.internal()


def failed(plugin: Plugin, guest: Guest, error: Exception) -> CommandError:
    """What a client is told of a call that ended early."""
    if not isinstance(error, CommandError):
        error = CommandError(f"ERR plugin '{plugin.name}': {describe(error, guest)}")
    plugin.last_error = error.text
    return error


def describe(error: Exception, guest: Guest) -> str:
    """Why a guest ended early, in words for its user. A bug of ours is logged and not shown."""
    if isinstance(error, OutOfFuel):
        return f"out of fuel: its limit is {guest.fuel_limit} units"
    if isinstance(error, wasi.ProcessExit):
        return f"exited with code {error.code}"
    if isinstance(error, WasmError):
        return f"{type(error).__name__.lower()}: {error}"
    if isinstance(error, GuestStopped | ReplyFault):
        return str(error)
    LOG.error("a bug of ours in a host function", exc_info=error)
    return "internal error"
