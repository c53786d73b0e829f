"""ACL and its subcommands. https://redis.io/commands/?group=server"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from ferrite.access.categories import CATEGORIES
from ferrite.access.checks import may_access_channel
from ferrite.access.file import read_acl_file, write_acl_file
from ferrite.access.log import AccessLogEntry
from ferrite.access.selector import Denial, Reason, RuleError, Selector
from ferrite.access.user import User
from ferrite.access.users import AclFileError
from ferrite.commands.arguments import Argument, Grammar, Positional, Several, integer
from ferrite.commands.connection import REDACTED
from ferrite.commands.registry import Command, Group, Tag
from ferrite.errors import QUOTED_BYTES_MAX, CommandError
from ferrite.protocol.replies import OK, Reply, SetReply
from ferrite.pubsub import Kind
from ferrite.state import Call, ServerState

LOG = logging.getLogger(__name__)

group = Group("server")
command = group.command

GENERATED_BITS = 256
GENERATED_BITS_MAX = 4_096
LOG_ENTRIES_SHOWN = 10
_PLAIN = Tag.NOSCRIPT | Tag.LOADING | Tag.STALE | Tag.ALWAYS
_ADMIN = _PLAIN | Tag.ADMIN
_PER_USER = "O(N). Where N is the number of configured users."
_PER_RULE = "O(N). Where N is the number of rules provided."
_CATEGORY = Grammar(Argument("categoryname", "string", optional=True))
_BITS = Grammar(Argument("bits", "integer", optional=True))
_ARGUMENTS = Grammar(Argument("arg", "string", optional=True, multiple=True))
_RULES = Grammar(Argument("rule", "string", optional=True, multiple=True))
_LOG = Grammar(
    Argument(
        "operation",
        "oneof",
        optional=True,
        arguments=(Argument("count", "integer"), Argument("reset", "pure-token", "RESET")),
    )
)
_NO_FILE = (
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
    "configuration file set) in order to store users in the Redis configuration."
)

group.container("ACL", since="6.0.0", summary="A container for Access List Control commands")


@command(_ADMIN, name="ACL SETUSER", since="6.0.0", complexity=_PER_RULE)
def acl_setuser(call: Call, username: bytes, *rules: Annotated[bytes, _RULES]) -> Reply:
    """Create or change a user by rules, all of them or none."""
    state = call.state
    call.shown = [b"ACL", b"SETUSER", *[REDACTED] * (len(rules) + 1)]
    try:
        user = state.users.changed(username, rules)
    except RuleError as error:
        raise CommandError(f"ERR {error}") from None
    state.users.put(user)
    state.follow_users()
    _close_revoked(call, username)
    return OK


def _close_revoked(call: Call, username: bytes) -> None:
    """End the sessions of a user that are subscribed to what it may no longer be subscribed to."""
    for session in list(call.state.sessions.values()):
        subscriptions = session.subscriptions
        if session.account.name != username or subscriptions is None:
            continue
        wanted = ((kind, name) for kind, names in subscriptions.names.items() for name in names)
        if all(
            may_access_channel(session, name, pattern=kind is Kind.PATTERN) for kind, name in wanted
        ):
            continue
        if session is call.session or session.link is None:
            session.close_after_reply = True
        else:
            session.link.disconnect()


@command(
    _ADMIN,
    name="ACL DELUSER",
    since="6.0.0",
    complexity="O(1) amortized time considering the typical user.",
)
def acl_deluser(call: Call, *usernames: Several) -> int:
    """Delete users and close their connections; return how many there were."""
    users = call.state.users
    if users.default.name in usernames:
        raise CommandError("ERR The 'default' user cannot be removed")
    gone = [user for user in map(users.delete, usernames) if user is not None]
    _close_sessions(call, gone)
    return len(gone)


@command(
    _ADMIN,
    name="ACL GETUSER",
    since="6.0.0",
    complexity="O(N). Where N is the number of password, command and pattern rules that the user "
    "has.",
)
def acl_getuser(call: Call, username: bytes) -> Reply:
    """Return the rules of a user."""
    user = call.state.users.get(username)
    if user is None:
        return None
    own, *others = user.selectors
    return {
        b"flags": SetReply(user.flags),
        b"passwords": list(user.passwords),
        **_selector(own),
        b"selectors": [_selector(selector) for selector in others],
    }


def _selector(selector: Selector) -> dict[bytes, Reply]:
    return {
        b"commands": selector.describe_commands(),
        b"keys": selector.describe_keys(),
        b"channels": selector.describe_channels(),
    }


@command(_ADMIN, name="ACL LIST", since="6.0.0", complexity=_PER_USER)
def acl_list(call: Call) -> list[bytes]:
    """Return the users as the lines of an ACL file."""
    return [user.describe() for user in call.state.users]


@command(_ADMIN, name="ACL USERS", since="6.0.0", complexity=_PER_USER)
def acl_users(call: Call) -> list[bytes]:
    """Return the names of the users."""
    return [user.name for user in call.state.users]


@command(_PLAIN, name="ACL WHOAMI", since="6.0.0")
def acl_whoami(call: Call) -> bytes:
    """Return the name of the user of this connection."""
    return call.session.account.name


@command(
    _PLAIN,
    name="ACL CAT",
    since="6.0.0",
    complexity="O(1) since the categories and commands are a fixed set.",
)
def acl_cat(call: Call, *arguments: Annotated[bytes, _CATEGORY]) -> list[bytes]:
    """Return the categories, or the commands of one."""
    categoryname = _at_most_one("CAT", arguments)
    commands = [
        each for parent in call.state.registry for each in (parent, *parent.subcommands.values())
    ]
    if categoryname is None:
        further = {category for each in commands for category in each.categories}
        names = [*CATEGORIES, *sorted(further.difference(CATEGORIES))]
        return [name.encode("utf-8", "surrogateescape") for name in names]
    wanted = _text(categoryname).lower()
    found = [each.name.encode() for each in commands if wanted in each.categories]
    if not found and wanted not in CATEGORIES:
        shown = _text(categoryname[:QUOTED_BYTES_MAX])
        raise CommandError(f"ERR Unknown category '{shown}'")
    return found


@command(_PLAIN, name="ACL GENPASS", since="6.0.0")
def acl_genpass(_call: Call, *arguments: Annotated[bytes, _BITS]) -> bytes:
    """Return a random password of hexadecimal digits, good for so many bits."""
    bits = _at_most_one("GENPASS", arguments)
    wanted = GENERATED_BITS if bits is None else integer(bits)
    if not 0 < wanted <= GENERATED_BITS_MAX:
        raise CommandError(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a "
            f"positive number up to {GENERATED_BITS_MAX}"
        )
    digits = (wanted + 3) // 4
    return secrets.token_hex((digits + 1) // 2)[:digits].encode()


@command(
    _ADMIN,
    name="ACL LOG",
    since="6.0.0",
    complexity="O(N) with N being the number of entries shown.",
)
def acl_log(call: Call, *arguments: Annotated[bytes, _LOG]) -> Reply:
    """Return the latest refusals, newest first, or forget them all."""
    operation = _at_most_one("LOG", arguments)
    entries = call.state.access_log
    if operation is not None and operation.lower() == b"reset":
        entries.clear()
        return OK
    count = LOG_ENTRIES_SHOWN if operation is None else max(integer(operation), 0)
    now = call.state.clock.now()
    return [_log_entry(entry, now) for entry in list(entries)[:count]]


def _log_entry(entry: AccessLogEntry, now: int) -> Reply:
    return {
        b"count": entry.count,
        b"reason": entry.reason.name.lower().encode(),
        b"context": entry.context.encode(),
        b"object": entry.object,
        b"username": entry.user,
        b"age-seconds": (now - entry.updated_at) / 1000,
        b"client-info": entry.client,
        b"entry-id": entry.id,
        b"timestamp-created": entry.created_at,
        b"timestamp-last-updated": entry.updated_at,
    }


@command(_ADMIN, name="ACL DRYRUN", since="7.0.0")
def acl_dryrun(
    call: Call,
    username: bytes,
    command: Annotated[bytes, Positional("string")],
    *arguments: Annotated[bytes, _ARGUMENTS],
) -> Reply:
    """Return whether a user may run a command, which is not run."""
    user = call.state.users.get(username)
    if user is None:
        raise CommandError(f"ERR User '{_text(username)}' not found")
    request = [command, *arguments]
    try:
        found = call.state.registry.find(request)
    except CommandError:
        raise CommandError(f"ERR Command '{_text(command)}' not found") from None
    if not found.accepts(len(request)):
        raise CommandError.wrong_arguments(found.name)
    denial = user.denial(found, request)
    return OK if denial is None else _explained(denial, found, request)


def _explained(denial: Denial, found: Command, request: list[bytes]) -> bytes:
    if denial.reason is Reason.COMMAND:
        text = f"This user has no permissions to run the '{found.name}' command"
        return text.encode("utf-8", "surrogateescape")
    what = denial.reason.name.lower().encode()
    denied = request[denial.index]
    return b"This user has no permissions to access the '%b' %b" % (denied, what)


@command(_ADMIN, name="ACL LOAD", since="6.0.0", complexity=_PER_USER)
def acl_load(call: Call) -> Reply:
    """Have the users of the ACL file, and close the connections of the others."""
    try:
        gone = load_acl_file(call.state)
    except AclFileError as error:
        raise CommandError(f"ERR {error}") from None
    _close_sessions(call, gone)
    call.state.follow_users()
    return OK


@command(_ADMIN, name="ACL SAVE", since="6.0.0", complexity=_PER_USER)
def acl_save(call: Call) -> Reply:
    """Write the users to the ACL file."""
    path = _acl_file(call.state)
    try:
        write_acl_file(path, call.state.users.to_text())
    except OSError as error:
        LOG.warning("writing the ACL file %s: %s", path, error.strerror)
        raise CommandError(
            "ERR There was an error trying to save the ACLs. Please check the server logs for "
            "more information"
        ) from None
    return OK


def load_acl_file(state: ServerState) -> list[User]:
    """Be the users of the ACL file; the users who are no more.

    Raises AclFileError, and CommandError when no file is configured.
    """
    path = _acl_file(state)
    return state.users.read_text(read_acl_file(path), state.config.redis.aclfile)


def _acl_file(state: ServerState) -> Path:
    if not state.config.redis.aclfile:
        raise CommandError(_NO_FILE)
    return Path(state.config.redis.dir, state.config.redis.aclfile)


def _close_sessions(call: Call, users: Iterable[User]) -> None:
    """End the sessions of users who are no more; the caller's own once it has its reply."""
    gone = set(users)
    default = call.state.users.default
    for session in list(call.state.sessions.values()):
        if session.account in gone:
            session.log_out(default)
            if session is call.session or session.link is None:
                session.close_after_reply = True
            else:
                session.link.disconnect()


def _at_most_one(subcommand: str, arguments: tuple[bytes, ...]) -> bytes | None:
    """The only argument there can be, which Redis does not count among the arity's matters."""
    if len(arguments) > 1:
        raise CommandError(
            f"ERR unknown subcommand or wrong number of arguments for '{subcommand}'. Try ACL HELP."
        )
    return arguments[0] if arguments else None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


group.help("ACL", since="6.0.0")
