"""Those subcommands of CLIENT that act on clients: KILL, PAUSE, REPLY, UNBLOCK and the like.

https://redis.io/commands/?group=connection
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from ferrite.commands.arguments import (
    Argument,
    Grammar,
    IntText,
    Options,
    Positional,
    integer,
    one_of,
    value,
    word,
)
from ferrite.commands.clients import PER_CLIENT, PLAIN_TAGS, group, read_type, type_of
from ferrite.commands.registry import Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import INTEGER_MAX, parse_integer
from ferrite.pause import Reach
from ferrite.protocol.replies import NO_REPLY, OK, Reply
from ferrite.session import ReplyMode, Session
from ferrite.state import Call

command = group.command

_ADMIN = PLAIN_TAGS | Tag.ADMIN
_ON_OFF = Argument("enabled", "oneof", arguments=(word("ON"), word("OFF")))
_SWITCH = Grammar(_ON_OFF)
_REPLY = Grammar(
    Argument("on-off-skip", "oneof", arguments=(word("ON"), word("OFF"), word("SKIP")))
)
_UNBLOCKING = Options(one_of("unblock-type", word("TIMEOUT"), word("ERROR")))
_PAUSING = Options(one_of("mode", word("WRITE"), word("ALL")))
_KILLING = Options(
    value("ID", "client-id", "integer"),
    value("TYPE", "client-type"),
    value("USER", "username"),
    value("ADDR", "ip:port"),
    value("LADDR", "ip:port"),
    value("SKIPME", "yes/no"),
)


@command(_ADMIN, name="CLIENT KILL", since="2.4.0", complexity=PER_CLIENT)
def client_kill(
    call: Call, *filters: Annotated[bytes, Positional("string", repeat=1), _KILLING]
) -> Reply:
    """Close the connections that some filters fit, or that of an address; return how many."""
    if len(filters) == 1:
        address = _text(filters[0])
        if not _kill(call, [lambda session: session.address == address], skip_own=False):
            raise CommandError("ERR No such client")
        return OK
    if len(filters) % 2:
        raise CommandError.syntax()
    fits: list[Callable[[Session], bool]] = []
    skip_own = True
    for option, argument in zip(filters[::2], filters[1::2], strict=True):
        if option.upper() == b"SKIPME":
            skip_own = _yes_no(argument)
        else:
            fits.append(_filter(call, option.upper(), argument))
    return _kill(call, fits, skip_own)


def _filter(call: Call, option: bytes, argument: bytes) -> Callable[[Session], bool]:
    text = _text(argument)
    if option == b"ID":
        number = parse_integer(argument)
        if number is None or number < 1:
            raise CommandError("ERR client-id should be greater than 0")
        return lambda session: session.id == number
    if option == b"TYPE":
        wanted = read_type(argument)
        return lambda session: type_of(session) == wanted
    if option == b"USER":
        if not call.state.has_user(text):
            raise CommandError(f"ERR No such user '{text}'")
        return lambda session: session.user == text
    if option == b"ADDR":
        return lambda session: session.address == text
    if option == b"LADDR":
        return lambda session: session.local_address == text
    raise CommandError.syntax()


def _yes_no(argument: bytes) -> bool:
    if argument.lower() not in (b"yes", b"no"):
        raise CommandError.syntax()
    return argument.lower() == b"yes"


def _kill(call: Call, fits: list[Callable[[Session], bool]], skip_own: bool) -> int:
    killed = 0
    for session in tuple(call.state.sessions.values()):
        if not all(fit(session) for fit in fits) or (skip_own and session is call.session):
            continue
        killed += 1
        if session is call.session:
            session.close_after_reply = True
        elif session.link is not None:
            session.link.disconnect()
    return killed


@command(_ADMIN, name="CLIENT PAUSE", since="2.9.50")
def client_pause(call: Call, timeout: IntText, *mode: Annotated[bytes, _PAUSING]) -> Reply:
    """Have all commands, or those that write, wait for some milliseconds."""
    if len(mode) > 1:
        raise CommandError.wrong_subcommand(call.shown)
    if mode and mode[0].upper() not in (b"WRITE", b"ALL"):
        raise CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL")
    milliseconds = parse_integer(timeout)
    if milliseconds is None:
        raise CommandError("ERR timeout is not an integer or out of range")
    if milliseconds < 0:
        raise CommandError("ERR timeout is negative")
    if milliseconds > INTEGER_MAX - call.state.clock.now():
        raise CommandError("ERR timeout is out of range")
    reach = Reach.WRITE if mode and mode[0].upper() == b"WRITE" else Reach.ALL
    call.state.pause.begin(reach, milliseconds / 1000)
    return OK


@command(_ADMIN, name="CLIENT UNPAUSE", since="6.2.0", complexity="O(N) in the paused clients")
def client_unpause(call: Call) -> Reply:
    """End the pause."""
    call.state.pause.end()
    return OK


@command(_ADMIN, name="CLIENT UNBLOCK", since="5.0.0", complexity="O(log N) in the clients")
def client_unblock(
    call: Call, client_id: IntText, *unblock_type: Annotated[bytes, _UNBLOCKING]
) -> int:
    """End another client's wait as if its time were over, or with an error; 1 if it waited."""
    if len(unblock_type) > 1:
        raise CommandError.wrong_subcommand(call.shown)
    error = bool(unblock_type) and unblock_type[0].upper() == b"ERROR"
    if unblock_type and not error and unblock_type[0].upper() != b"TIMEOUT":
        raise CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    return int(call.state.blocked.unblock(integer(client_id), error))


@command(PLAIN_TAGS, name="CLIENT REPLY", since="3.2.0")
def client_reply(call: Call, on_off_skip: Annotated[bytes, _REPLY]) -> Reply:
    """Answer this connection, or do not, or not the next command."""
    session, mode = call.session, on_off_skip.upper()
    if mode == b"ON":
        session.reply_mode = ReplyMode.ON
        return OK
    if mode == b"OFF":
        session.reply_mode = ReplyMode.OFF
    elif mode != b"SKIP":
        raise CommandError.syntax()
    elif session.reply_mode is not ReplyMode.OFF:
        session.reply_mode = ReplyMode.SKIP_NEXT
    return NO_REPLY


@command(_ADMIN, name="CLIENT NO-EVICT", since="7.0.0")
def client_no_evict(call: Call, enabled: Annotated[bytes, _SWITCH]) -> Reply:
    """Keep this connection when clients' memory is short, or do not."""
    call.session.no_evict = _on_off(enabled)
    call.state.memory.grown(call.session)
    return OK


@command(PLAIN_TAGS, name="CLIENT NO-TOUCH", since="7.2.0")
def client_no_touch(call: Call, enabled: Annotated[bytes, _SWITCH]) -> Reply:
    """Let commands of this connection not count as use of the keys, or do."""
    call.session.no_touch = _on_off(enabled)
    return OK


def _on_off(argument: bytes) -> bool:
    if argument.upper() not in (b"ON", b"OFF"):
        raise CommandError.syntax()
    return argument.upper() == b"ON"


def _text(argument: bytes) -> str:
    return argument.decode("utf-8", "surrogateescape")
