"""From requests to replies: the gates in their order, then the command.

Rule: a request passes every gate of GATES, in the order written there, or is answered by the first
that stops it. A gate judges by the command's tags and the session's state, never by a command's
name. With a logged-in client and a free keyspace no gate behind the arity has anything to say, so
`serve` takes such a request straight to its command.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from ferrite.commands.registry import Command
from ferrite.commands.rights import refuse_denied
from ferrite.errors import CommandError, ForeignProtocol
from ferrite.pending import Pending
from ferrite.protocol.replies import Reply
from ferrite.state import Call

LOG = logging.getLogger(__name__)

LARGE_BYTES = 4_096
"""Only replies above this count towards the bytes that `serve` may collect."""
LOGGED_BYTES_MAX = 64
OTHER_PROTOCOLS = (b"POST", b"HOST:")
"""How a web page's request begins that was sent here to have its body run as commands."""

Gate = Callable[[Call, Command, list[bytes]], Pending | None]
"""None lets the request pass; a Pending answers it later; CommandError refuses it."""


def require_arity(_: Call, command: Command, request: list[bytes]) -> None:
    """The request has as many items as the command takes."""
    if not command.count_min <= len(request) <= command.count_max:
        raise CommandError.wrong_arguments(command.name)


def require_login(call: Call, command: Command, _: list[bytes]) -> None:
    """The client has brought the password, if there is one, or the command is for before."""
    if not command.no_auth and call.state.must_log_in(call.session):
        raise CommandError.authentication_required()


def require_permission(call: Call, command: Command, request: list[bytes]) -> None:
    """The client's user may run the command, on the keys and channels the request names."""
    if not call.session.unrestricted:
        refuse_denied(call, command, request)


def wait_for_turn(call: Call, command: Command, request: list[bytes]) -> Pending | None:
    """Nothing runs into another client's plugin call but what is always served."""
    turn = call.state.turn
    if turn.owner is None or turn.owner is call or command.always:
        return None
    return turn.park(partial(_answer, call, request))


GATES: tuple[Gate, ...] = (require_arity, require_login, require_permission, wait_for_turn)
"""Behind `Registry.find`, which refuses unknown commands, and before the command."""


def dispatch(call: Call, request: list[bytes]) -> Reply | Pending:
    """Answer one request of at least one item. A CommandError is answered, never raised.

    Raises ForeignProtocol for a request after which the client must not be answered at all.
    """
    reply = _answer(call, request)
    if isinstance(reply, CommandError):
        call.state.stats.count_error(reply.text)
    return reply


def serve(
    call: Call, requests: list[list[bytes]], replies: list[Reply], room: int
) -> Pending | None:
    """Answer requests in order, each by one item more in `replies`, until one makes the rest wait.

    That is: a reply that is Pending (which is returned and not appended), a client that is to be
    closed, a change of the protocol version (the last reply is in the new one), or more than `room`
    bytes of large replies. Raises ForeignProtocol.
    """
    session, state = call.session, call.state
    turn, find, ready = state.turn, state.registry.by_spelling.get, state.blocked.ready
    protocol = session.protocol
    name, run, count_min, count_max = b"", None, 0, 0
    for request in requests:
        # The parser gives requests of one name the same object for it. What the gates say of the
        # first of them they say of the next: only commands that need no login change the login, and
        # only subcommands change rights.
        if request[0] is not name:
            name, run = request[0], None
            command = find(name)
            if command is not None and session.unrestricted and not command.subcommands:
                session.last_command = command.name
                run, count_min, count_max = command.run, command.count_min, command.count_max
        if run is not None and count_min <= len(request) <= count_max and turn.owner is None:
            try:
                reply = run(call, request)
            except Exception as error:
                reply = _failure(name, error)
                state.stats.count_error(reply.text)
            if ready:
                state.blocked.serve_ready()
        else:
            reply = dispatch(call, request)
            if session.close_after_reply and type(reply) is not Pending:
                replies.append(reply)
                break
        kind = type(reply)
        if kind is Pending:
            return reply  # type: ignore[no-any-return]
        replies.append(reply)
        if kind is bytes:
            if len(reply) > LARGE_BYTES:
                room -= len(reply)
                if room < 0:
                    break
        elif kind is not int and (session.protocol != protocol or session.close_after_reply):
            break
    return None


def _answer(call: Call, request: list[bytes]) -> Reply | Pending:
    """The whole way: find the command, pass the gates, run it."""
    command = None
    try:
        command = call.state.registry.find(request)
        call.session.last_command = command.name
        for gate in GATES:
            answer = gate(call, command, request)
            if answer is not None:
                return answer
        reply = command.run(call, request)
        if call.state.blocked.ready:
            call.state.blocked.serve_ready()
        return reply  # type: ignore[no-any-return]
    except Exception as error:
        if command is None and request[0].upper() in OTHER_PROTOCOLS:
            raise ForeignProtocol("its request is one of another protocol") from None
        return _failure(request[0], error)


def _failure(name: bytes, error: Exception) -> CommandError:
    """The reply to a request that raised; what is no CommandError is a bug of ours."""
    if isinstance(error, CommandError):
        return error
    LOG.error("a bug of ours in the command %r", name[:LOGGED_BYTES_MAX], exc_info=error)
    return CommandError.internal()
