"""CLIENT and those of its subcommands that tell of clients. The others are in `client_control` and
`client_tracking`. https://redis.io/commands/?group=connection"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from ferrite.commands.arguments import Argument, Grammar
from ferrite.commands.client_line import client_line
from ferrite.commands.connection import check_client_name, is_plain
from ferrite.commands.registry import Group, Tag
from ferrite.errors import CommandError
from ferrite.keyspace.values import parse_integer
from ferrite.protocol.replies import OK, Reply, Verbatim
from ferrite.session import Session
from ferrite.state import Call

group = Group("connection", category="connection")
command = group.command

PLAIN_TAGS = Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.ALWAYS
PER_CLIENT = "O(N) where N is the number of client connections"
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
_CLIENT_TYPES = {
    b"normal": "normal", b"pubsub": "pubsub", b"master": "master", b"replica": "replica",
    b"slave": "replica",
}  # fmt: skip

group.container("CLIENT", since="2.4.0", summary="A container for client connection commands")


@command(PLAIN_TAGS, name="CLIENT ID", since="5.0.0")
def client_id(call: Call) -> int:
    """Return the number of this connection, which no other ever had."""
    return call.session.id


@command(PLAIN_TAGS, name="CLIENT SETNAME", since="2.6.9")
def client_setname(call: Call, connection_name: bytes) -> Reply:
    """Name this connection; an empty name takes the name away."""
    check_client_name(connection_name)
    call.session.name = connection_name
    return OK


@command(PLAIN_TAGS, name="CLIENT GETNAME", since="2.6.9")
def client_getname(call: Call) -> bytes | None:
    """Return the name of this connection."""
    return call.session.name or None


@command(PLAIN_TAGS, name="CLIENT SETINFO", since="7.2.0")
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


@command(PLAIN_TAGS, name="CLIENT INFO", since="6.2.0", tips=("nondeterministic_output",))
def client_info(call: Call) -> Verbatim:
    """Return what is known of this connection, as a line of CLIENT LIST."""
    return Verbatim("txt", _lines([call.session], call))


@command(
    PLAIN_TAGS | Tag.ADMIN,
    name="CLIENT LIST",
    since="2.4.0",
    complexity=PER_CLIENT,
    tips=("nondeterministic_output",),
)
def client_list(call: Call, *options: Annotated[bytes, _LISTING]) -> Verbatim:
    """Return a line on each connection, or on those of a type or of some ids."""
    return Verbatim("txt", _lines(_selected(call, options), call))


def type_of(session: Session) -> str:
    """What kind of client it is: normal, pubsub, or (to Redis, for monitors) replica."""
    if session.monitor:
        return "replica"
    return "pubsub" if session.subscriptions else "normal"


def read_type(name: bytes) -> str:
    """A kind of client by name. Raises CommandError."""
    found = _CLIENT_TYPES.get(name.lower())
    if found is None:
        shown = name.decode("utf-8", "surrogateescape")
        raise CommandError(f"ERR Unknown client type '{shown}'")
    return found


def _selected(call: Call, options: tuple[bytes, ...]) -> Iterable[Session]:
    sessions = call.state.sessions
    if not options:
        return sessions.values()
    option, *arguments = options
    if option.upper() == b"TYPE" and len(arguments) == 1:
        wanted = read_type(arguments[0])
        return [session for session in sessions.values() if type_of(session) == wanted]
    if option.upper() == b"ID" and arguments:
        ids = [parse_integer(argument) for argument in arguments]
        if None in ids:
            raise CommandError("ERR Invalid client ID")
        return [sessions[number] for number in ids if number is not None and number in sessions]
    raise CommandError.syntax()


def _lines(sessions: Iterable[Session], call: Call) -> bytes:
    state = call.state
    state.memory.clients.begin(call.session, call.shown)
    own = sum(len(item) + len(str(len(item))) + 5 for item in call.shown)
    own += len(str(len(call.shown))) + 3  # what Redis still has of the request under way
    return b"".join(
        client_line(session, state, own if session is call.session else 0) + b"\n"
        for session in sessions
    )
