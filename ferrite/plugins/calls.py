"""One call of a plugin: it owns the keyspace until its writes are kept or undone.

Rule: all or nothing. The journal is open from the first instruction to the last; it is committed
when the guest has answered and rolled back when it trapped, ran out of fuel or time, was stopped,
broke a rule of replies or answered an error. Whatever a guest does ends here as a reply.
"""

from __future__ import annotations

import logging

import wasi
from ferrite.config import Config
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.bounds import bounds
from ferrite.plugins.exports import Entry
from ferrite.plugins.guest import Guest
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.plugin import Plugin, Version
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.plugins.scheduler import GuestStopped, Scheduler, Task
from ferrite.protocol.replies import Reply
from ferrite.state import Call
from wasm_vm import OutOfFuel, WasmError

LOG = logging.getLogger(__name__)


class Calls:
    """Runs plugins' entry points for clients, and knows which are under way."""

    def __init__(self, config: Config, scheduler: Scheduler) -> None:
        self._config = config
        self._scheduler = scheduler
        self._running: dict[Task, tuple[Plugin, Version]] = {}

    def run(
        self,
        plugin: Plugin,
        version: Version,
        entry: Entry,
        invocation: Invocation,
        call: Call,
        timeout_ms: int | None = None,
    ) -> Reply | Pending:
        """Call an entry point in a turn of its own. The keyspace must have no owner but `call`.

        A fault of the guest is a CommandError as the reply; nothing is raised.
        """
        turn, journal = call.state.turn, call.state.databases.journal
        turn.begin(call)
        journal.begin()
        plugin.executions += 1
        version.calls += 1
        limits = bounds(self._config, plugin.overrides)
        pending: Pending | None = None
        reply: Reply = None

        def job() -> Reply:
            status = version.guest.call(entry, invocation, limits.fuel)
            return finished_reply(invocation, status)

        def done(task: Task) -> None:
            nonlocal reply
            self._running.pop(task, None)
            reply = outcome(plugin.name, version.guest, task)
            if isinstance(reply, CommandError):
                plugin.errors += 1
                plugin.last_error = reply.text
                journal.rollback()
            else:
                journal.commit()
                call.state.blocked.serve_ready()
            version.leave()
            turn.end(call)
            if pending is not None:
                pending.resolve(reply)

        limit_ms = limits.timeout_ms if timeout_ms is None else min(limits.timeout_ms, timeout_ms)
        task = self._scheduler.start(job, limit_ms, done)
        if not task.finished:
            self._running[task] = (plugin, version)
            pending = Pending()
            return pending
        return reply

    def stop(self, plugin: Plugin, reason: str) -> int:
        """End the calls of a plugin that are under way; how many there were."""
        return self._stop([task for task, (p, _) in self._running.items() if p is plugin], reason)

    def stop_version(self, version: Version, reason: str) -> int:
        """End the calls of one version."""
        return self._stop([task for task, (_, v) in self._running.items() if v is version], reason)

    def _stop(self, tasks: list[Task], reason: str) -> int:
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


def outcome(name: str, guest: Guest, task: Task) -> Reply:
    """What a client is told of a task that has ended."""
    try:
        reply: Reply = task.result()
        return reply
    except CommandError as error:
        return error
    except Exception as error:
        return CommandError(f"ERR plugin '{name}': {describe(error, guest)}")


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
