"""Commands with hooks around them, and events that no command is waiting for.

Rule: a hooked command runs in a task, with what it changes as a savepoint. BeforeCommand comes
before it; once it has run, every key it changed is shown to the hooks, whose refusal undoes the
command alone; AfterCommand comes last. What changes keys without a hooked command (expiry, a
blocked client that is served, eviction) is told afterwards, in a turn of its own, and cannot be
refused. A plugin that is under way is left out, and what hooks write is shown to the others only so
deep.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

from ferrite.commands.registry import Command, Tag
from ferrite.commands.rights import refuse_denied
from ferrite.errors import CommandError, ProtocolError
from ferrite.execution import failure
from ferrite.hooks import CHANGE_EVENTS, COMMAND_EVENTS, KEY_EVENTS, Event
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.journal import Change
from ferrite.pending import Pending
from ferrite.plugins.calls import Calls
from ferrite.plugins.hooks import Hook, HookTables
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.host_api.context import HookView
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.loading import server_call
from ferrite.plugins.routes import Routes
from ferrite.plugins.scheduler import GuestStopped
from ferrite.protocol.replies import Reply
from ferrite.protocol.reply_parser import ReplyParser
from ferrite.session import Session
from ferrite.state import Call, ServerState

LOG = logging.getLogger(__name__)

RETRY_SECONDS = 0.05
QUEUED_EVENTS_MAX = 100_000
"""Events that wait for their turn; what comes beyond is dropped and logged."""
UNHOOKED = Tag.UNQUEUED
"""Commands around others are not hooked themselves."""
UNREACHABLE = Tag.NOSCRIPT | Tag.ADMIN | Tag.PROTECTED | Tag.NO_AUTH | Tag.UNQUEUED | Tag.BLOCKING
"""What a hook cannot put in a command's place."""

_EVENTS = {
    Change.WRITTEN: Event.ON_KEY_WRITE,
    Change.DELETED: Event.ON_KEY_DELETE,
    Change.EXPIRED: Event.ON_KEY_EXPIRY,
}


class Refused(Exception):
    """A hook has refused a command; `error` is what the client is told."""

    def __init__(self, error: CommandError) -> None:
        super().__init__(error.text)
        self.error = error


@dataclass(frozen=True, slots=True)
class _KeyChange:
    """A change to be shown to hooks."""

    event: Event
    keyspace: Keyspace
    key: bytes
    authors: frozenset[str]
    """Plugins that it comes from, one way or the other: they are not asked."""
    depth: int


class Interception:
    """The hooks of one server at work."""

    def __init__(self, state: ServerState, calls: Calls) -> None:
        self._state = state
        self._calls = calls
        self.tables = HookTables(state.clock.now, self._follow)
        self.routes = Routes(calls, self._follow)
        self.reads: dict[tuple[Keyspace, bytes], None] | None = None
        """Keys that the hooked command under way has looked up; None while nobody asks."""
        self._listening = False
        self._committing = False
        self._queue: deque[tuple[Event, dict[str, Any], Session | None]] = deque()
        self._scheduled = False

    # --- who is asked at all --------------------------------------------------------------------

    def _follow(self) -> None:
        """Hooks have come or gone: be there exactly as long as somebody wants it."""
        has, state = self.tables.has, self._state
        listening = has(CHANGE_EVENTS)
        if listening != self._listening:
            self._listening = listening
            (state.databases.listen if listening else state.databases.unlisten)(self._heard)
        wanted = has(COMMAND_EVENTS | KEY_EVENTS - {Event.ON_KEY_EXPIRY})
        state.intercept(self if wanted or self.routes else None)
        clients = has((Event.ON_CLIENT_CONNECT, Event.ON_CLIENT_DISCONNECT))
        if clients != (self._client in state.client_listeners):
            if clients:
                state.client_listeners.append(self._client)
            else:
                state.client_listeners.remove(self._client)

    def _concerns(self, command: Command) -> bool:
        """Whether some hook could want to know of a command."""
        if not command.monitored or command.no_auth or command.tags & UNHOOKED:
            return False
        by_event = self.tables.by_event
        return bool(
            (by_event[Event.BEFORE_COMMAND] or by_event[Event.AFTER_COMMAND])
            or (Tag.READONLY not in command.tags and self._listening)
            or (by_event[Event.ON_KEY_READ] and command.touches_keyspace)
            or (by_event[Event.ON_KEY_READ] and command.module)
            or (bool(self.routes) and command.touches_keyspace)
        )

    # --- commands -------------------------------------------------------------------------------

    def run(self, call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
        """Run a command with its hooks (ferrite.hooks.Interceptor)."""
        if not self._concerns(command):
            return call.state.runner(command)(call, request)  # type: ignore[no-any-return]
        if self._calls.inside:
            return self._run_inside(call, command, request)
        if self._state.turn.owner not in (None, call):
            return call.state.runner(command)(call, request)  # type: ignore[no-any-return]
        later: list[Pending] = []

        def job() -> Reply:
            reply = self._run_hooked(call, command, request)
            if isinstance(reply, Pending):
                later.append(reply)
                return None
            return reply

        reply = self._calls.transact(call, job, self._state.config.plugins.timeout_ms)
        if not later:
            return reply
        if isinstance(reply, Pending):
            return _joined(reply, later)
        return later[0]

    def _run_inside(self, call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
        """A command that a guest runs by `call`: its keys are shown with those of the command
        around it."""
        command, request = self._before(call, command, request)
        try:
            reply = self.routes.run(call, command, request)
        except GuestStopped:
            raise
        except Exception as error:
            reply = failure(request[0], error)
        if not isinstance(reply, Pending):
            self._after(call, command, request, reply)
        return reply

    def _run_hooked(self, call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
        try:
            command, request = self._before(call, command, request)
        except Refused as refusal:
            return refusal.error
        journal, pubsub = call.state.databases.journal, call.state.pubsub
        reads: dict[tuple[Keyspace, bytes], None] | None = None
        if self.tables.by_event[Event.ON_KEY_READ]:
            reads = {}
        self.reads = reads
        journal.begin()
        mark, noted = pubsub.hold(), journal.noted
        call.intercepted = True
        try:
            reply = self.routes.run(call, command, request)
            if not isinstance(reply, Pending | CommandError):
                self._show_changes(call, command, request, noted)
        except Refused as refusal:
            reply = refusal.error
            journal.rollback()
            pubsub.drop(mark)
        except CommandError as error:
            reply = error
            journal.rollback()
            pubsub.drop(mark)
        except BaseException:
            journal.rollback()
            raise
        else:
            journal.commit()
        finally:
            call.intercepted = False
            self.reads = None
        if isinstance(reply, Pending):
            reply.on_done(lambda value: self._later(call, command, request, value))
            return reply
        if not isinstance(reply, CommandError):
            self._show_reads(call, command, request, reads)
        self._after(call, command, request, reply)
        return reply

    def _before(
        self, call: Call, command: Command, request: list[bytes]
    ) -> tuple[Command, list[bytes]]:
        """Ask whether a command may run, and as what. Raises Refused."""
        for hook in self.tables.of_command(Event.BEFORE_COMMAND, command):
            view = HookView(Event.BEFORE_COMMAND, request=request)
            self._ask(hook, view, call)
            if view.replacement is not None:
                command, request = self._replaced(hook, call, view.replacement)
        return command, request

    def _replaced(self, hook: Hook, call: Call, words: bytes) -> tuple[Command, list[bytes]]:
        """The command a hook has put in another's place, which the client must be allowed.

        Raises Refused.
        """
        name = hook.plugin.name
        try:
            parsed = ReplyParser().feed(words)
            request = parsed[0] if len(parsed) == 1 else None
            if not (isinstance(request, list) and request) or not all(
                type(word) is bytes for word in request
            ):
                raise CommandError(f"ERR hook of plugin '{name}': it gives no command")
            command = self._state.registry.find(request)
            if not command.accepts(len(request)):
                raise CommandError.wrong_arguments(command.name)
            if command.tags & UNREACHABLE:
                raise CommandError(f"ERR hook of plugin '{name}': it may not run {command.name}")
            if not call.session.unrestricted:
                refuse_denied(call, command, request)
        except (CommandError, ProtocolError, ValueError, RecursionError) as error:
            if not isinstance(error, CommandError):
                error = CommandError(f"ERR hook of plugin '{name}': it gives no command")
            raise Refused(error) from error
        return command, request

    def _after(self, call: Call, command: Command, request: list[bytes], reply: Reply) -> None:
        for hook in self.tables.of_command(Event.AFTER_COMMAND, command):
            view = HookView(Event.AFTER_COMMAND, request=request, reply=reply, has_reply=True)
            self._ask(hook, view, call)

    def _later(self, call: Call, command: Command, request: list[bytes], reply: Reply) -> None:
        """A command that had to wait has its reply."""
        if self.tables.of_command(Event.AFTER_COMMAND, command):
            facts = {"request": request, "reply": reply, "has_reply": True}
            self._enqueue(Event.AFTER_COMMAND, facts, call.session)

    # --- keys -----------------------------------------------------------------------------------

    def _show_changes(self, call: Call, command: Command, request: list[bytes], noted: int) -> None:
        """Show every key that a command has changed to the hooks. Raises Refused."""
        authors = frozenset((command.module,) if command.module else ())
        waiting = deque(self._changes(noted, authors, 0))
        while waiting:
            change = waiting.popleft()
            for hook in self.tables.of_key(change.event, change.key):
                if hook.plugin.name in change.authors:
                    continue
                before = self._state.databases.journal.noted
                replacement = self._show(hook, change, call, request)
                more = self._changes(before, change.authors | {hook.plugin.name}, change.depth + 1)
                if more and change.depth + 1 > LIMITS.hook_depth_max:
                    text = f"ERR hooks may follow each other {LIMITS.hook_depth_max} deep"
                    raise Refused(CommandError(text))
                waiting.extend(more)
                if replacement is not None:
                    change.keyspace.update(change.key, replacement)

    def _changes(self, noted: int, authors: frozenset[str], depth: int) -> list[_KeyChange]:
        """What has changed since, one entry for each key and event."""
        journal = self._state.databases.journal
        found: dict[tuple[Any, bytes, Event], None] = {}
        for keyspace, change, key in journal.changes_since(noted):
            if change is Change.EXPIRED:
                found[keyspace, key, Event.ON_KEY_EXPIRY] = None
            elif change is not Change.DEADLINE:
                there = key in keyspace  # type: ignore[operator]
                event = Event.ON_KEY_WRITE if there else Event.ON_KEY_DELETE
                if there or journal.value_before(keyspace, key) is not None:
                    found[keyspace, key, event] = None
        return [_KeyChange(event, space, key, authors, depth) for space, key, event in found]

    def _show(
        self, hook: Hook, change: _KeyChange, call: Call, request: list[bytes]
    ) -> bytes | None:
        """What a hook puts in the value's place. Raises Refused."""
        old = self._state.databases.journal.value_before(change.keyspace, change.key)
        view = HookView(
            change.event,
            key=change.key,
            value=change.keyspace.get(change.key),
            old_value=old,
            request=request,
        )
        self._ask(hook, view, call, change.keyspace)
        return view.replacement

    def _show_reads(
        self,
        call: Call,
        command: Command,
        request: list[bytes],
        reads: dict[tuple[Keyspace, bytes], None] | None,
    ) -> None:
        if reads is None:
            return
        for index, access in command.accesses(request):
            if not command.module and "access" in access.split():
                reads[call.keyspace, request[index]] = None
        for keyspace, key in reads:
            for hook in self.tables.of_key(Event.ON_KEY_READ, key):
                if hook.plugin.name != command.module:
                    value = keyspace.get(key)
                    view = HookView(
                        Event.ON_KEY_READ, key=key, value=value, old_value=value, request=request
                    )
                    self._ask(hook, view, call, keyspace)

    # --- one hook -------------------------------------------------------------------------------

    def _ask(
        self, hook: Hook, view: HookView, call: Call, keyspace: Keyspace | None = None
    ) -> None:
        """Call a hook. Raises Refused where it refuses, or fails and is closed."""
        breaker = hook.breaker
        name = f"hook {hook.event.value} of plugin '{hook.plugin.name}'"
        if hook.version.guest.busy:
            if hook.on_failure == "closed" and not self._calls.is_within(hook.version):
                raise Refused(CommandError(f"ERR {name} is under way already"))
            return
        if breaker.resting:
            if hook.on_failure == "closed":
                text = f"ERR {name} is suspended after {breaker.failures} failures in a row"
                raise Refused(CommandError(text))
            return
        session = call.session if call.session.id else None
        invocation = Invocation(
            hook.event.value,
            keyspace=call.keyspace if keyspace is None else keyspace,
            session=session,
            may_write=True,
            hook=view,
        )
        reply = self._calls.run(hook.plugin, hook.version, hook.entry, invocation, call)
        if not isinstance(reply, CommandError):
            breaker.succeeded()
        elif view.abort is None:
            breaker.failed(hook.failures_max)
            view.replacement = None
            LOG.warning("%s has failed: %s", name, reply.text)
            if hook.on_failure == "reload":
                hook.version.guest.renew()
            if hook.on_failure == "closed":
                raise Refused(CommandError(f"ERR {name} has failed: {_without_code(reply.text)}"))
            return
        if view.abort is not None:
            raise Refused(CommandError(_with_code(view.abort)))

    # --- events of their own --------------------------------------------------------------------

    def _heard(self, keyspace: Keyspace, change: Change, key: bytes) -> None:
        """A key has changed for good: what no hooked command has shown is told now."""
        event = _EVENTS.get(change)
        if self._calls.committing or event is None or not self.tables.of_key(event, key):
            return
        facts = {"key": key, "value": keyspace.get(key), "old_known": False, "_space": keyspace}
        self._enqueue(event, facts, None)

    def _client(self, session: Session, connected: bool) -> None:
        event = Event.ON_CLIENT_CONNECT if connected else Event.ON_CLIENT_DISCONNECT
        if self.tables.of_event(event):
            self._enqueue(event, {}, session)

    def _enqueue(self, event: Event, facts: dict[str, Any], session: Session | None) -> None:
        if len(self._queue) >= QUEUED_EVENTS_MAX:
            LOG.error("%s: an event is dropped, %d are waiting", event.value, len(self._queue))
            return
        self._queue.append((event, facts, session))
        self._schedule(0)

    def _schedule(self, delay: float) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(delay, self._drain)

    def _drain(self) -> None:
        """Tell of the next event, once nobody owns the keyspace."""
        self._scheduled = False
        if not self._queue:
            return
        if self._state.turn.owner is not None:
            self._schedule(RETRY_SECONDS)
            return
        event, facts, session = self._queue.popleft()
        reply = self._tell(event, facts, session)
        if isinstance(reply, Pending):
            reply.on_done(lambda _: self._schedule(0))
        else:
            self._schedule(0)

    def announce(self, event: Event) -> Reply | Pending:
        """Tell of an event of the server's own, in a turn of its own; the keyspace must be free."""
        return self._tell(event, {}, None) if self.tables.of_event(event) else None

    def _tell(
        self, event: Event, facts: dict[str, Any], session: Session | None
    ) -> Reply | Pending:
        call = server_call(self._state)
        keyspace: Keyspace | None = facts.pop("_space", None)
        key = facts.get("key")
        hooks = self.tables.of_event(event) if key is None else self.tables.of_key(event, key)

        def job() -> Reply:
            for hook in hooks:
                view = HookView(event, **facts)
                try:
                    self._ask(hook, view, _as_seen_by(call, session), keyspace)
                except Refused as refusal:
                    LOG.warning("%s: %s", event.value, refusal)
            return None

        return self._calls.transact(call, job, self._state.config.plugins.timeout_ms)


def _as_seen_by(call: Call, session: Session | None) -> Call:
    """The server's call, with the client whom an event is about."""
    if session is None:
        return call
    seen = Call(session, call.state)
    seen.in_transaction = True
    return seen


def _joined(first: Pending, later: list[Pending]) -> Pending:
    """The reply of a command that waits, once the task that began it has ended."""
    joined = Pending()

    def ended(value: Reply) -> None:
        if later:
            later[0].on_done(joined.resolve)
        else:
            joined.resolve(value)

    def abandon() -> None:
        for each in later:
            each.abandon()

    first.on_done(ended)
    joined.on_abandon(abandon)
    return joined


def _with_code(text: str) -> str:
    """An error's text, with a code where it has none."""
    word = text.split(" ", 1)[0]
    line = text.replace("\r", " ").replace("\n", " ")
    return line if word.isalpha() and word.isupper() and len(word) > 1 else f"ERR {line}"


def _without_code(text: str) -> str:
    return text.removeprefix("ERR ")
