"""From requests to replies: the gates in their order, then the command.

Rule: a request passes every gate of GATES, in the order written there, or is answered by the first
that stops it. A gate judges by the command's tags and the session's state, never by a command's
name. For a plain session (`ServerState.judge`) no gate behind the arity has anything to say of a
short command, so `serve` takes such requests straight to it while the keyspace is free.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from itertools import islice
from operator import or_
from time import perf_counter_ns
from typing import Any

from ferrite.commands.registry import Command, RowClient, ServeRow, Tag
from ferrite.commands.rights import IN_TRANSACTION, TOP_LEVEL, refuse_denied
from ferrite.errors import CommandError, ForeignProtocol
from ferrite.execution import execute, failure, with_pushes
from ferrite.pause import Reach
from ferrite.pending import Pending
from ferrite.protocol.replies import NO_REPLY, Encoded, Push, Reply, Several
from ferrite.session import ReplyMode, Session
from ferrite.state import Call

LARGE_BYTES = 4_096
"""Only replies above this count towards the bytes that `serve` may collect."""
OTHER_PROTOCOLS = (b"POST", b"HOST:")
"""How a web page's request begins that was sent here to have its body run as commands."""
QUEUED = "QUEUED"

Gate = Callable[[Call, Command, list[bytes]], Reply | Pending]
"""None lets the request pass; a Pending answers it later, a reply now; CommandError refuses it."""


def require_arity(_: Call, command: Command, request: list[bytes]) -> None:
    """The request has as many items as the command takes."""
    if not command.count_min <= len(request) <= command.count_max:
        raise CommandError.wrong_arguments(command.name)


def require_allowed(call: Call, command: Command, _: list[bytes]) -> None:
    """A protected command (DEBUG) is enabled, for all or for clients of this machine."""
    if Tag.PROTECTED in command.tags:
        allowed = call.state.config.redis.enable_debug_command
        if allowed == "no" or (allowed == "local" and not call.session.local):
            raise CommandError.protected(command.name)


def require_login(call: Call, command: Command, _: list[bytes]) -> None:
    """The client has brought the password, if there is one, or the command is for before."""
    if not command.no_auth and call.state.must_log_in(call.session):
        raise CommandError.authentication_required()


def require_outside_transaction(call: Call, command: Command, _: list[bytes]) -> None:
    """Some commands cannot be part of a transaction."""
    if call.session.transaction is not None and Tag.NO_MULTI in command.tags:
        raise CommandError("ERR Command not allowed inside a transaction")


def require_permission(call: Call, command: Command, request: list[bytes]) -> None:
    """The client's user may run the command, on the keys and channels the request names."""
    session = call.session
    if not session.unrestricted:
        context = TOP_LEVEL if session.transaction is None else IN_TRANSACTION
        refuse_denied(call, command, request, context)


def require_context(call: Call, command: Command, _: list[bytes]) -> None:
    """A RESP2 client that is subscribed to something, and one that monitors, may do little else:
    their replies could not be told from what they are sent."""
    session = call.session
    if session.subscriptions and session.protocol == 2 and Tag.SUBSCRIBED not in command.tags:
        raise CommandError(
            f"ERR Can't execute '{command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / "
            "PING / QUIT / RESET are allowed in this context"
        )
    if session.monitor and command.touches_keyspace:
        raise CommandError("ERR Replica can't interact with the keyspace")


def require_memory(call: Call, command: Command, request: list[bytes]) -> Reply:
    """There is room for what the command may add, or room can be made. In a transaction queueing
    adds something already."""
    session, memory = call.session, call.state.memory
    if not memory.limited:
        return None
    has_room = memory.has_room(session, request)
    if session.id not in call.state.sessions:  # it was the client that took most
        session.close_after_reply = True
        return NO_REPLY
    queues = session.transaction is not None and Tag.UNQUEUED not in command.tags
    if not has_room and (queues or Tag.DENYOOM in _tags(call, command)):
        raise CommandError.out_of_memory()
    return None


def wait_for_pause(call: Call, command: Command, request: list[bytes]) -> Pending | None:
    """While the server is paused, writes or all commands wait for the end."""
    pause = call.state.pause
    if pause.reach is Reach.NONE or (pause.reach is Reach.WRITE and not _writes(call, command)):
        return None
    return pause.park(partial(_answer, call, request))


def require_disk(call: Call, command: Command, _: list[bytes]) -> None:
    """While writes cannot be kept on the disk, none are taken; and PING tells."""
    failure = call.state.disk_failure
    if failure and (Tag.HEALTH in command.tags or _writes(call, command, Tag.WRITE)):
        raise CommandError(failure)


def _writes(call: Call, command: Command, writing: Tag = Tag.WRITE | Tag.MAY_REPLICATE) -> bool:
    """Whether a command, or one that EXEC will run, changes something others see."""
    return bool(_tags(call, command) & writing)


def _tags(call: Call, command: Command) -> Tag:
    """What a command is; of EXEC, what those are together that it will run."""
    transaction = call.session.transaction
    if transaction is None or Tag.UNQUEUED not in command.tags or Tag.FAST in command.tags:
        return command.tags
    return reduce(or_, (queued.tags for queued, _ in transaction.queued), command.tags)


def wait_for_turn(call: Call, command: Command, request: list[bytes]) -> Pending | None:
    """Nothing runs into another client's plugin call but what is always served."""
    turn = call.state.turn
    if turn.owner is None or turn.owner is call or command.always:
        return None
    return turn.park(partial(_answer, call, request))


def queue(call: Call, command: Command, request: list[bytes]) -> str | None:
    """Between MULTI and EXEC commands are collected."""
    transaction = call.session.transaction
    if transaction is None or Tag.UNQUEUED in command.tags:
        return None
    transaction.add(command, request)
    return QUEUED


TO_HOST = Pending()
"""What `serve` answers where the rest of the requests has to be served in a task."""
NOTHING = Command("", lambda _call, _request: None)
"""Stands for the command of a name that is none."""

GATES: tuple[Gate, ...] = (
    require_arity,
    require_allowed,
    require_login,
    require_outside_transaction,
    require_permission,
    require_disk,
    require_context,
    require_memory,
    wait_for_pause,
    wait_for_turn,
    queue,
)
"""Behind `Registry.find`, which refuses unknown commands, and before the command."""


def dispatch(call: Call, request: list[bytes]) -> Reply | Pending:
    """Answer one request of at least one item. A CommandError is answered, never raised.

    Raises ForeignProtocol for a request after which the client must not be answered at all.
    """
    session = call.session
    reply = _answer(call, request)
    if isinstance(reply, CommandError):
        call.state.stats.count_error(reply.text)
    if session.reply_mode is not ReplyMode.ON:
        reply = _muted(session, reply)
    call.state.judge(session)
    return reply


def serve(
    call: Call,
    requests: list[list[bytes]],
    replies: list[Reply],
    room: int,
    client: RowClient | None = None,
) -> Pending | None:
    """Answer requests in order, each by one item more in `replies`, until one makes the rest wait.

    That is: a reply that is Pending (returned and not appended), a client that is to be closed, a
    change of the protocol version (the last reply is in the new one), more than `room` bytes of
    large replies, or a call that has given way. Raises ForeignProtocol. Without a `client` it stops
    with TO_HOST before a command that is better served in a task, as the rest then is.
    """
    session, state = call.session, call.state
    ready = state.blocked.ready
    protocol, name, run, row = session.protocol, b"", None, None
    command, counted, most = NOTHING, 0, 0
    reply: Any
    started, rest = perf_counter_ns(), iter(requests)
    for request in rest:
        # The parser gives requests of one name one object for it. What the gates say of the first
        # of them they say of the next: short commands change nothing but keys.
        if request[0] is not name:
            if run is not None:
                ended = perf_counter_ns()
                state.bursts.append((command, len(replies) - counted, ended - started))
                started = ended
            name, run, row = request[0], None, None
            command = state.registry.by_spelling.get(name, NOTHING)
            if not session.plain or state.turn.owner is not None:
                pass
            elif command.short_count_max:
                session.last_command = command.name
                run, most, counted = state.runner(command), command.short_count_max, len(replies)
            elif command.serve_row and client is None:
                return TO_HOST
            else:
                row = command.serve_row
        if run is not None and command.count_min <= len(request) <= most:
            try:
                reply = run(call, request)
            except Exception as error:
                reply = failure(name, error)
                state.stats.count_error(reply.text)
                state.usage(command).failed += 1
        elif row and client and session.plain and (served := _serve_row(row, client)):
            if client.slow:
                break
            if served > 1:
                next(islice(rest, served - 2, None), None)
            reply = replies.pop()
        else:
            reply = dispatch(call, request)
            if type(reply) is Pending:
                return reply
            counted += 1
            if session.protocol != protocol or session.close_after_reply or _is_slow(client):
                replies.append(reply)
                break
        replies.append(reply)
        if ready:
            state.blocked.serve_ready()
        if type(reply) is bytes and len(reply) > LARGE_BYTES:
            room -= len(reply)
            if room < 0:
                break
    if run is not None:
        state.bursts.append((command, len(replies) - counted, perf_counter_ns() - started))
    return None


def _serve_row(row: ServeRow, client: RowClient) -> int:
    """Have a row answer requests of one client; how many it has."""
    at = client.at = len(client.replies) + client.offset
    return row(client, _nobody).at - at


def _is_slow(client: RowClient | None) -> bool:
    return client is not None and client.slow


def _nobody(_: RowClient) -> None:
    """The client after one that is served alone."""


def _answer(call: Call, request: list[bytes]) -> Reply | Pending:
    """The whole way: find the command, pass the gates, run it."""
    command, session = None, call.session
    try:
        command = call.state.registry.find(request)
        session.last_command = command.name
        for gate in GATES:
            answer = gate(call, command, request)
            if answer is not None:
                return answer
    except Exception as error:
        if command is None and request[0].upper() in OTHER_PROTOCOLS:
            raise ForeignProtocol("its request is one of another protocol") from None
        return _refused(call, command, failure(request[0], error))
    caching = session.tracking is not None and session.tracking.caching
    session.pushed_early = []
    reply = execute(call, command, request)
    call.state.tracking.current = None
    if call.state.blocked.ready:
        call.state.blocked.serve_ready()
    tracking = session.tracking
    if tracking is not None and session.transaction is None:
        # CLIENT CACHING holds for one command or one whole transaction.
        tracking.caching &= not (caching or Tag.UNQUEUED in command.tags)
    return with_pushes(session, reply)


def _refused(call: Call, command: Command | None, error: CommandError) -> CommandError:
    """A request that did not come as far as its command; a transaction it was for is lost."""
    if command is not None:
        call.state.usage(command).rejected += 1
    if command is not None and command.name == "exec":
        call.session.transaction = None
        call.state.watches.unwatch(call.session.id)
        reason = error.text.removeprefix("ERR ")
        return CommandError(f"EXECABORT Transaction discarded because of: {reason}")
    if call.session.transaction is not None:
        call.session.transaction.failed = True
    return error


def _muted(session: Session, reply: Reply | Pending) -> Reply | Pending:
    """The reply to a client that has asked for none."""
    if session.reply_mode is ReplyMode.SKIP_NEXT:
        session.reply_mode = ReplyMode.SKIP
    elif session.reply_mode is ReplyMode.SKIP:
        session.reply_mode = ReplyMode.ON
    if isinstance(reply, Several):  # messages are no replies
        return Several(item for item in reply if isinstance(item, Push | Encoded))
    if not isinstance(reply, Pending):
        return NO_REPLY
    silent = Pending()
    silent.on_abandon(reply.abandon)
    reply.on_done(lambda _: silent.resolve(NO_REPLY))
    return silent
