"""MULTI, EXEC, DISCARD, WATCH and UNWATCH. https://redis.io/commands/?group=transactions

Rule: a transaction is one turn: nobody else's command comes between its own, also where one of them
is a plugin's that gives way to the loop. The replies come together, in the order of the commands.
"""

from __future__ import annotations

from ferrite.commands.arguments import Keys
from ferrite.commands.registry import Command, Group, Tag
from ferrite.commands.rights import refuse_denied_at_exec
from ferrite.errors import CommandError
from ferrite.execution import execute
from ferrite.pending import Pending
from ferrite.protocol.replies import NULL_ARRAY, OK, Reply
from ferrite.state import Call
from ferrite.transaction import Transaction

group = Group("transactions", category="transaction")
command = group.command

_TAGS = Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.ALLOW_BUSY | Tag.FAST | Tag.UNQUEUED


@command(_TAGS | Tag.ALWAYS, since="1.2.0")
def multi(call: Call) -> Reply:
    """Queue commands from now on until EXEC runs them."""
    if call.session.transaction is not None:
        raise CommandError("ERR MULTI calls can not be nested")
    call.session.transaction = Transaction()
    return OK


@command(
    _TAGS | Tag.ALWAYS, since="2.0.0", complexity="O(N), when N is the number of queued commands"
)
def discard(call: Call) -> Reply:
    """Forget the commands queued since MULTI."""
    if call.session.transaction is None:
        raise CommandError("ERR DISCARD without MULTI")
    call.session.transaction = None
    call.state.watches.unwatch(call.session.id)
    return OK


@command(_TAGS | Tag.PEEK, since="2.2.0", access="RO", complexity="O(1) for every key.")
def watch(call: Call, *keys: Keys) -> Reply:
    """Have the next EXEC do nothing if one of some keys changes until then."""
    if call.session.transaction is not None:
        raise CommandError("ERR WATCH inside MULTI is not allowed")
    call.state.watches.watch(call.session.id, call.keyspace, keys)
    return OK


@command(_TAGS & ~Tag.UNQUEUED, since="2.2.0")
def unwatch(call: Call) -> Reply:
    """Watch no key any more."""
    call.state.watches.unwatch(call.session.id)
    return OK


@command(
    Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.SKIP_SLOWLOG | Tag.UNQUEUED,
    since="1.2.0",
    name="EXEC",
    complexity="Depends on commands in the transaction",
)
def exec_(call: Call) -> Reply | Pending:
    """Run the commands queued since MULTI."""
    session, watches = call.session, call.state.watches
    transaction = session.transaction
    if transaction is None:
        raise CommandError("ERR EXEC without MULTI")
    changed = watches.changed(session.id)
    session.transaction = None
    watches.unwatch(session.id)
    if transaction.failed:
        raise CommandError("EXECABORT Transaction discarded because of previous errors.")
    if changed:
        return NULL_ARRAY
    return _Execution(call, transaction).start()


def _run(call: Call, command: Command, request: list[bytes]) -> Reply | Pending:
    """The reply to a queued command, whose client may have lost the right to run it since."""
    try:
        refuse_denied_at_exec(call, command, request)
    except CommandError as error:
        return error
    return execute(call, command, request)


class _Execution:
    """A transaction under way."""

    def __init__(self, call: Call, transaction: Transaction) -> None:
        self._call = call
        self._queued: list[tuple[Command, list[bytes]]] = transaction.queued
        self._replies: list[Reply] = []
        self._pending: Pending | None = None

    def start(self) -> Reply | Pending:
        """Run the commands up to one that answers later, or all of them."""
        self._call.state.turn.begin(self._call)
        self._call.state.propagation.begin()
        self._call.state.databases.clock.stop()
        if self._go_on():
            return self._replies
        self._pending = Pending()
        return self._pending

    def _go_on(self) -> bool:
        """Run the commands from the next one on; whether all have been answered."""
        call = self._call
        call.in_transaction = True
        while len(self._replies) < len(self._queued):
            command, request = self._queued[len(self._replies)]
            reply = _run(call, command, request)
            if isinstance(reply, Pending):
                if not reply.done:
                    reply.on_done(self._answered)
                    return False
                reply = reply.value
            self._add(reply)
        call.in_transaction = False
        call.state.propagation.end()
        call.state.databases.clock.resume()
        call.state.turn.end(call)
        return True

    def _add(self, reply: Reply) -> None:
        if isinstance(reply, CommandError):
            self._call.state.stats.count_error(reply.text)
        self._replies.append(reply)

    def _answered(self, reply: Reply) -> None:
        self._add(reply)
        if self._go_on() and self._pending is not None:
            self._call.state.blocked.serve_ready()
            self._pending.resolve(self._replies)
