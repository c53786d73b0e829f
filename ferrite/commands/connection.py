"""Commands about the connection itself. https://redis.io/commands/?group=connection"""

from __future__ import annotations

from typing import Annotated

from ferrite.access.user import DEFAULT_USER
from ferrite.commands.arguments import Argument, Grammar, Int, Positional, integer
from ferrite.commands.registry import Group, Tag
from ferrite.commands.rights import log_in
from ferrite.errors import CommandError
from ferrite.protocol.replies import OK, Reply, SimpleString
from ferrite.state import REDIS_VERSION, Call

group = Group("connection", category="connection")
command = group.command

PONG = SimpleString("PONG")
PROTOCOLS = (2, 3)
REDACTED = b"(redacted)"
"""What monitors and the slow log are shown of a secret."""
_BEFORE_LOGIN = (
    Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.FAST | Tag.NO_AUTH | Tag.ALLOW_BUSY | Tag.ALWAYS
)
_ALL_SHARDS = ("request_policy:all_shards", "response_policy:all_succeeded")
_AUTH = Grammar(Argument("username", "string", optional=True), Argument("password", "string"))
_HELLO = Grammar(
    Argument(
        "arguments",
        "block",
        optional=True,
        arguments=(
            Argument("protover", "integer"),
            Argument(
                "auth",
                "block",
                "AUTH",
                optional=True,
                arguments=(Argument("username", "string"), Argument("password", "string")),
            ),
            Argument("clientname", "string", "SETNAME", optional=True),
        ),
    )
)
_NOT_LOGGED_IN = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "AUTH <user> <pass> option can be used to authenticate the client and select the "
    "RESP protocol version at the same time"
)
_NO_SMALL_INTEGER = "ERR value is out of range, value must between -2147483648 and 2147483647"
_NO_PASSWORD_CONFIGURED = (
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?"
)


@command(Tag.FAST | Tag.ALWAYS | Tag.SUBSCRIBED | Tag.HEALTH, since="1.0.0", tips=_ALL_SHARDS)
def ping(call: Call, message: bytes | None = None) -> Reply:
    """Answer PONG, or the message given."""
    if call.session.subscriptions is not None and call.session.protocol == 2:
        return [b"pong", message or b""]  # told from the messages by its form
    return PONG if message is None else message


@command(Tag.LOADING | Tag.STALE | Tag.FAST | Tag.ALWAYS, since="1.0.0")
def echo(_call: Call, message: bytes) -> bytes:
    """Answer the message given."""
    return message


@command(_BEFORE_LOGIN | Tag.UNQUEUED | Tag.SUBSCRIBED, since="1.0.0")
def quit_(call: Call, *_arguments: Annotated[bytes, Grammar()]) -> Reply:
    """Close the connection once all replies are sent."""
    call.session.close_after_reply = True
    return OK


@command(_BEFORE_LOGIN | Tag.UNQUEUED | Tag.SUBSCRIBED, since="6.2.0")
def reset(call: Call) -> Reply:
    """Make the connection as new: logged out, database 0, RESP2, no name."""
    users = call.state.users
    call.state.forget(call.session)
    call.session.reset(users.default, authenticated=not users.must_log_in)
    call.select(0)
    return SimpleString("RESET")


@command(Tag.LOADING | Tag.STALE | Tag.FAST | Tag.ALWAYS, since="1.0.0")
def select(call: Call, index: Int) -> Reply:
    """Use another database from now on."""
    if not -(2**31) <= index < 2**31:
        raise CommandError(_NO_SMALL_INTEGER)
    call.select(index)
    return OK


@command(
    _BEFORE_LOGIN, since="1.0.0", complexity="O(N) where N is the number of passwords of the user"
)
def auth(
    call: Call, *credentials: Annotated[bytes, Positional("string", repeat=1), _AUTH]
) -> Reply:
    """Log in, with a password or with user name and password."""
    if len(credentials) > 2:
        raise CommandError.syntax()
    call.shown = [b"AUTH", *[REDACTED] * len(credentials)]
    if len(credentials) == 1 and call.state.users.default.nopass:
        raise CommandError(_NO_PASSWORD_CONFIGURED)
    user = credentials[0] if len(credentials) == 2 else DEFAULT_USER
    log_in(call, b"AUTH", user, credentials[-1])
    return OK


@command(_BEFORE_LOGIN, since="6.0.0")
def hello(call: Call, *arguments: Annotated[bytes, _HELLO]) -> Reply:
    """Choose the protocol version; log in and name the connection on the way."""
    protocol = _protocol(arguments[0]) if arguments else None
    credentials: tuple[bytes, bytes] | None = None
    name: bytes | None = None
    rest = list(arguments[1:])
    while rest:
        option = rest.pop(0)
        if option.upper() == b"AUTH" and len(rest) >= 2:
            credentials = rest.pop(0), rest.pop(0)
            call.shown = [b"HELLO", *_redacted(arguments, credentials)]
        elif option.upper() == b"SETNAME" and rest:
            name = rest.pop(0)
            check_client_name(name)
        else:
            shown = option.decode("utf-8", "surrogateescape")
            raise CommandError(f"ERR Syntax error in HELLO option '{shown}'")
    if credentials is not None:
        log_in(call, b"HELLO", *credentials)
    if call.state.must_log_in(call.session):
        raise CommandError(_NOT_LOGGED_IN)
    if name is not None:
        call.session.name = name
    if protocol is not None:
        call.session.protocol = protocol
    return {
        b"server": b"redis",
        b"version": REDIS_VERSION.encode(),
        b"proto": call.session.protocol,
        b"id": call.session.id,
        b"mode": b"standalone",
        b"role": b"master",
        b"modules": [] if call.state.extensions is None else call.state.extensions.modules(),
    }


def _redacted(words: tuple[bytes, ...], secrets: tuple[bytes, ...]) -> list[bytes]:
    return [REDACTED if word in secrets else word for word in words]


def check_client_name(name: bytes) -> None:
    """Raise CommandError for a name that CLIENT LIST could not show in one line."""
    if not is_plain(name):
        raise CommandError(
            "ERR Client names cannot contain spaces, newlines or special characters."
        )


def is_plain(text: bytes) -> bool:
    """Whether all of `text` is printable ASCII without spaces."""
    return all(0x21 <= byte <= 0x7E for byte in text)


def _protocol(text: bytes) -> int:
    try:
        protocol = integer(text)
    except CommandError:
        raise CommandError("ERR Protocol version is not an integer or out of range") from None
    if protocol not in PROTOCOLS:
        raise CommandError("NOPROTO unsupported protocol version")
    return protocol
