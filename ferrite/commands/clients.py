"""CLIENT and its subcommands. https://redis.io/commands/?group=connection"""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar, Int, Options, one_of, word
from ferrite.commands.client_line import client_line
from ferrite.commands.connection import check_client_name, is_plain
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import OK, Reply, Verbatim
from ferrite.session import Session
from ferrite.state import Call, ServerState

group = Group("connection", category="connection")
command = group.command

_PLAIN_TAGS = Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.ALWAYS
_LISTING = Grammar(
    Argument("client-type", "string", "TYPE", optional=True),
    Argument(
        "id",
        "block",
        "ID",
        optional=True,
        arguments=(Argument("client-id", "integer", multiple=True),),
    ),
)
_UNBLOCKING = Options(one_of("unblock-type", word("TIMEOUT"), word("ERROR")))
_CLIENT_TYPES = (b"normal", b"master", b"replica", b"slave", b"pubsub")

group.container("CLIENT", since="2.4.0", summary="A container for client connection commands")


@command(_PLAIN_TAGS, name="CLIENT ID", since="5.0.0")
def client_id(call: Call) -> int:
    """Return the number of this connection, which no other ever had."""
    return call.session.id


@command(_PLAIN_TAGS, name="CLIENT SETNAME", since="2.6.9")
def client_setname(call: Call, connection_name: bytes) -> Reply:
    """Name this connection; an empty name takes the name away."""
    check_client_name(connection_name)
    call.session.name = connection_name
    return OK


@command(_PLAIN_TAGS, name="CLIENT GETNAME", since="2.6.9")
def client_getname(call: Call) -> bytes | None:
    """Return the name of this connection."""
    return call.session.name or None


@command(_PLAIN_TAGS, name="CLIENT SETINFO", since="7.2.0")
def client_setinfo(call: Call, attribute: bytes, value: bytes) -> Reply:
    """Note the client library's name (LIB-NAME) or version (LIB-VER)."""
    shown = attribute.decode("utf-8", "surrogateescape")
    if attribute.lower() not in (b"lib-name", b"lib-ver"):
        raise CommandError(f"ERR Unrecognized option '{shown}'")
    if not is_plain(value):
        raise CommandError(f"ERR {shown} cannot contain spaces, newlines or special characters.")
    if attribute.lower() == b"lib-name":
        call.session.library_name = value
    else:
        call.session.library_version = value
    return OK


@command(_PLAIN_TAGS, name="CLIENT INFO", since="6.2.0", tips=("nondeterministic_output",))
def client_info(call: Call) -> Verbatim:
    """Return what is known of this connection, as a line of CLIENT LIST."""
    return Verbatim("txt", _line(call.session, call.state))


@command(
    _PLAIN_TAGS | Tag.ADMIN,
    name="CLIENT LIST",
    since="2.4.0",
    complexity="O(N) where N is the number of client connections",
    tips=("nondeterministic_output",),
)
def client_list(call: Call, *options: Annotated[bytes, _LISTING]) -> Verbatim:
    """Return a line on each connection, or on those of a type or of some ids."""
    sessions = _selected(call, options)
    return Verbatim("txt", b"".join(_line(session, call.state) for session in sessions))


def _selected(call: Call, options: tuple[bytes, ...]) -> list[Session]:
    sessions = call.state.sessions
    if not options:
        return list(sessions.values())
    option, *arguments = options
    if option.upper() == b"TYPE" and len(arguments) == 1:
        if arguments[0].lower() not in _CLIENT_TYPES:
            shown = arguments[0].decode("utf-8", "surrogateescape")
            raise CommandError(f"ERR Unknown client type '{shown}'")
        return list(sessions.values()) if arguments[0].lower() == b"normal" else []
    if option.upper() == b"ID" and arguments:
        ids = [parse_integer(argument) for argument in arguments]
        if None in ids:
            raise CommandError("ERR Invalid client ID")
        return [sessions[number] for number in ids if number is not None and number in sessions]
    raise CommandError.syntax()


def _line(session: Session, state: ServerState) -> bytes:
    return client_line(session, state) + b"\n"


@command(
    _PLAIN_TAGS | Tag.ADMIN,
    name="CLIENT UNBLOCK",
    since="5.0.0",
    complexity="O(log N) where N is the number of client connections",
)
def client_unblock(call: Call, client_id: Int, *unblock_type: Annotated[bytes, _UNBLOCKING]) -> int:
    """End another client's wait as if its time were over, or with an error; 1 if it waited."""
    if len(unblock_type) > 1:
        raise CommandError(
            "ERR unknown subcommand or wrong number of arguments for 'unblock'. Try CLIENT HELP."
        )
    error = bool(unblock_type) and unblock_type[0].upper() == b"ERROR"
    if unblock_type and not error and unblock_type[0].upper() != b"TIMEOUT":
        raise CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    return int(call.state.blocked.unblock(client_id, error))


group.help("CLIENT", since="5.0.0")
