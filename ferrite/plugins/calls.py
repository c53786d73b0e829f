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
from functools import partial

import wasi
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.bounds import stricter
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


class Frame:
    """One call under way within a task."""

    __slots__ = ("inner_fuel", "invocation", "plugin", "version")

    def __init__(self, plugin: Plugin, version: Version, invocation: Invocation) -> None:
        self.plugin = plugin
        self.version = version
        self.invocation = invocation
        self.inner_fuel = 0
        """Units that calls within it have used, which its own meter has paid as well."""


class Calls:
    """Runs plugins' entry points for clients, and knows which are under way."""

    def __init__(self, state: ServerState, scheduler: Scheduler) -> None:
        self._state = state
        self.scheduler = scheduler
        self._running: set[Task] = set()
        self.committing = False
        """Whether changes are being kept that hooks have been shown."""
        self.ledger = Ledger(state.sessions)
        self.quotas = Quotas(state.config.plugin_quotas, state.clock.now)
        state.turn.run_parked_by(scheduler.afterwards)

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
        limits = plugin.bounds(self._state.config)
        limit_ms = stricter(limits.timeout_ms, timeout_ms)
        invocation.call, invocation.handles_max = call, limits.handles
        if self._state.memory.limited:
            invocation.memory = self._state.memory
        frame = Frame(plugin, version, invocation)
        if self.inside:
            return self._run_within(frame, entry, limits.fuel, limit_ms)
        if version.guest.busy:
            return self._run_later(plugin, version, entry, invocation, call, timeout_ms)
        return self.transact(call, partial(self._call, frame, entry, limits.fuel), limit_ms)

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
            return CommandError(f"ERR {plugin.title} is under way already")
        pending = Pending()
        run = partial(self.run, plugin, version, entry, invocation, call, timeout_ms)
        version.queue.append((pending, run))
        return pending

    def serve_queue(self, version: Version) -> None:
        """A guest is free: begin the call that waits longest for it, outside of all calls."""
        self.scheduler.afterwards(partial(self._serve_next, version))

    def _serve_next(self, version: Version) -> None:
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
        self._serve_next(version)

    @property
    def inside(self) -> bool:
        """Whether this runs within a call, so that what it does is kept or undone with that."""
        task = self.scheduler.current
        return task is not None and task.open

    def is_within(self, version: Version) -> bool:
        """Whether this runs within a call of a version's guest."""
        task = self.scheduler.current
        return task is not None and any(frame.version is version for frame in task.frames)

    def host(self, job: Callable[[], None], done: Callable[[], None]) -> bool:
        """Run a job in a task that serves for all calls it makes, one after the other. True when
        it has ended; else a guest of its has given way, and `done` is called once it has ended.

        Raises what the job has raised by then.
        """
        if self.scheduler.current is not None:
            job()
            return True

        task = self.scheduler.start_row(job, lambda task: self._ended(task, done))
        if task is None:
            return True
        self._running.add(task)
        return False

    def _ended(self, task: Task, done: Callable[[], None]) -> None:
        self._running.discard(task)
        done()

    def transact(self, call: Call, job: Callable[[], Reply], limit_ms: int) -> Reply | Pending:
        """Run a job in a turn of its own; what it did is kept when it returns, and undone when it
        raises, which is a CommandError as the reply. It has a task of its own unless `host` gave
        it one."""
        task = self.scheduler.current
        if task is not None:
            return self._conduct(task, call, job, limit_ms)
        pending: Pending | None = None
        reply: Reply = None

        def run() -> None:
            nonlocal reply
            current = self.scheduler.current
            if current is not None:
                reply = self._conduct(current, call, job, limit_ms)

        def done(task: Task) -> None:
            self._running.discard(task)
            if pending is not None:
                pending.resolve(reply)

        task = self.scheduler.start(run, limit_ms, done)
        if not task.finished:
            self._running.add(task)
            pending = Pending()
            return pending
        return reply

    def _conduct(self, task: Task, call: Call, job: Callable[[], Reply], limit_ms: int) -> Reply:
        """In a task that is not open: one transaction, from its turn's begin to its end."""
        state = self._state
        turn, journal, pubsub = state.turn, state.databases.journal, state.pubsub
        notifications, tracking = state.notifications, state.tracking
        running, client = notifications.running, tracking.current
        task.call, task.given_way, task.entered = call, False, 0
        task.deadline = time.monotonic() + limit_ms / 1000
        turn.begin(call)
        journal.begin()
        pubsub.hold()
        task.open = True
        reply: Reply
        try:
            reply = job()
            task.open = False
            outer = notifications.running, tracking.current
            # Whoever hears of the changes now is told whose command they are from.
            notifications.running, tracking.current = running, client
            self.commit()
        except Exception as error:
            task.open = False
            outer = notifications.running, tracking.current
            reply = self._undo(task, error)
        pubsub.release()
        notifications.running, tracking.current = outer
        if task.given_way and not call.in_transaction:
            self.scheduler.afterwards(state.blocked.serve_ready)
        turn.end(call)
        return reply

    def _run_within(self, frame: Frame, entry: Entry, fuel: int, limit_ms: int) -> Reply:
        task, version, plugin = self.scheduler.current, frame.version, frame.plugin
        if task is None:
            raise RuntimeError("there is no task to run within")
        if version.guest.busy:
            return CommandError(f"ERR {plugin.title} is under way already")
        if len(task.frames) >= LIMITS.call_depth_max:
            return CommandError(f"ERR plugin calls may be {LIMITS.call_depth_max} deep")
        journal, pubsub = self._state.databases.journal, self._state.pubsub
        outer: Frame | None = task.frames[-1] if task.frames else None
        if outer is not None:
            fuel = min(fuel, outer.version.guest.context.fuel_remaining)
        journal.begin()
        mark = pubsub.hold()
        used_before, deadline = version.guest.fuel_used, task.deadline
        task.deadline = min(deadline, time.monotonic() + limit_ms / 1000)
        kept = False
        try:
            reply = self._enter(frame, entry, fuel)
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

    def _call(self, frame: Frame, entry: Entry, fuel: int) -> Reply:
        """As `_enter`, where an error of the guest's own is raised, too."""
        reply = self._enter(frame, entry, fuel)
        if isinstance(reply, CommandError):
            raise reply
        return reply

    def _enter(self, frame: Frame, entry: Entry, fuel: int) -> Reply:
        """Call the guest in the present task, and book what it used."""
        plugin, version, invocation = frame.plugin, frame.version, frame.invocation
        guest, call = version.guest, invocation.call
        if call is None:
            raise RuntimeError("an invocation that runs has a call")
        session = call.session
        user = session.user if session.id else ""
        if self.quotas:
            left = self.quotas.left(user, plugin.name)
            fuel = fuel if left is None else min(fuel, left)
        task = self.scheduler.current
        if task is not None:
            task.frames.append(frame)
            task.entered += 1
        plugin.executions += 1
        version.calls += 1
        used_before = guest.fuel_used
        failed_ = True
        try:
            if task is not None and task.entered > 1:
                # Many short calls, as of hooks that feed each other, are one long one.
                self.scheduler.checkpoint()
            status = guest.call(entry, invocation, fuel)
            reply = finished_reply(invocation, status)
            failed_ = isinstance(reply, CommandError)
            if isinstance(reply, CommandError):
                plugin.last_error = reply.text
                self._examine(frame, reply, used_before)
            return reply
        except Exception as error:
            if task is not None and task.culprit is None:
                task.culprit = (plugin, guest)
            self._examine(frame, error, used_before)
            raise
        finally:
            plugin.errors += failed_
            used = guest.fuel_used - used_before - frame.inner_fuel
            self.ledger.book((plugin.name, invocation.command, user, session.id), used)
            if self.quotas:
                self.quotas.take(user, plugin.name, used)
            if task is not None:
                task.frames.pop()
            version.calls -= 1
            self.let_go(version, invocation)

    def _examine(self, frame: Frame, error: Exception, used_before: int) -> None:
        """Keep what can be said of a failure."""
        plugin, guest, invocation = frame.plugin, frame.version.guest, frame.invocation
        study, session = plugin.study, None if invocation.call is None else invocation.call.session
        wreck, guest.wreck = guest.wreck, None
        kind = kind_of(error)
        study.kinds[kind] += 1
        study.failures.append(
            PostMortem(
                self._state.clock.now(),
                invocation.command or invocation.event,
                session.user if session is not None and session.id else "",
                0 if session is None else session.id,
                kind,
                error.text if isinstance(error, CommandError) else describe(error, guest),
                guest.fuel_used - used_before,
                backtrace_of(error),
                () if invocation.origin is None else study.last_calls(invocation.origin),
                *excerpt(wreck, guest.context.last_address),
            )
        )

    def commit(self) -> None:
        """Keep what a call has done."""
        self.committing = True
        try:
            self._state.databases.journal.commit()
        finally:
            self.committing = False

    def let_go(self, version: Version, invocation: Invocation) -> None:
        """A call has ended that held something, or that somebody has waited for the end of."""
        if invocation.handles:
            invocation.close()
        if version.queue:
            self.serve_queue(version)
        if not version.calls and version.retired is not None:
            version.retired()

    def undo(self, task: Task, frame: Frame, error: Exception, used: int) -> CommandError:
        """Undo what a call in a row has done, which has ended in an error; its reply."""
        plugin, guest = frame.plugin, frame.version.guest
        plugin.errors += 1
        self._examine(frame, error, guest.fuel_used - used)
        if isinstance(error, CommandError):
            plugin.last_error = error.text
        elif task.culprit is None:
            task.culprit = (plugin, guest)
        return self._undo(task, error)

    def _undo(self, task: Task, error: Exception) -> CommandError:
        """Undo a transaction that has failed; its reply. The task may serve others after it."""
        reply = outcome(task, error)
        task.culprit, task.stop_reason = None, ""
        self._state.databases.journal.rollback()
        self._state.pubsub.drop(0)
        return reply

    def stop(self, plugin: Plugin, reason: str) -> int:
        """End the calls that a plugin takes part in; how many there were."""
        return self._stop(lambda frame: frame.plugin is plugin, reason)

    def stop_version(self, version: Version, reason: str) -> int:
        """End the calls of one version."""
        return self._stop(lambda frame: frame.version is version, reason)

    def has(self, plugin: Plugin) -> bool:
        """Whether a call that a plugin takes part in is under way."""
        return any(frame.plugin is plugin for task in self._running for frame in task.frames)

    def _stop(self, concerned: Callable[[Frame], bool], reason: str) -> int:
        tasks = [task for task in self._running if any(map(concerned, task.frames))]
        for task in tasks:
            self.scheduler.stop(task, reason)
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
        return error.with_traceback(None)  # whose frames have the task, its call and its arguments
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
        error = CommandError(f"ERR {plugin.title}: {describe(error, guest)}")
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
