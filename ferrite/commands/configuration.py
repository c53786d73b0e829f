"""CONFIG and its subcommands. https://redis.io/commands/?group=server"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ferrite.access.users import Users
from ferrite.commands.arguments import Settings, Several
from ferrite.commands.registry import Group, Tag
from ferrite.config import Config
from ferrite.config_rewrite import rewritten
from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher
from ferrite.options import Directive
from ferrite.persistence.files import Disk, replace
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call, ServerState

group = Group("server")
command = group.command

_TAGS = Tag.ADMIN | Tag.NOSCRIPT | Tag.LOADING | Tag.STALE
_PER_PARAMETER = "O(N) where N is the number of parameters"

group.container("CONFIG", since="2.0.0", summary="A container for server configuration commands")


@command(_TAGS | Tag.ALWAYS, name="CONFIG GET", since="2.0.0", complexity=_PER_PARAMETER)
def config_get(call: Call, *parameters: Several) -> Reply:
    """Return the parameters that match some glob patterns, with their values."""
    directives = call.state.config.directives
    found: dict[bytes, bytes] = {}
    for parameter in parameters:
        lower = parameter.lower()
        if not any(special in parameter for special in b"*?["):
            directive = directives.get(_text(lower))
            if directive is not None and not any(name.lower() == lower for name in found):
                found[parameter] = _bytes(directive.text())
            continue
        matches = matcher(lower)
        for name, directive in directives.items():
            if matches(name.encode()):
                found[name.encode()] = _bytes(directive.text())
    return found


@command(
    _TAGS,
    name="CONFIG SET",
    since="2.0.0",
    complexity=_PER_PARAMETER,
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)
def config_set(call: Call, *settings: Settings) -> Reply:
    """Set some parameters, all or none of them."""
    if len(settings) % 2:
        raise CommandError.syntax()
    directives = _changeable(call, settings[::2])
    changes: list[tuple[Directive, Any]] = []
    for directive, text in zip(directives, settings[1::2], strict=True):
        try:
            parsed = directive.parse(_text(text))
            if directive.option.kept and directive.option.kind.to_text(parsed) != directive.text():
                raise _failure(directive.name, "can't set immutable config")
            changes.append((directive, parsed))
        except ValueError as error:
            raise _failure(directive.name, str(error)) from None
    _apply(changes)
    return OK


def _apply(changes: list[tuple[Directive, Any]]) -> None:
    """Set all of them, then tell each follower once; as before when one refuses.

    Raises CommandError.
    """
    before = [(directive, directive.value) for directive, _ in changes]
    for directive, parsed in changes:
        directive.assign(parsed)
    told: list[Callable[[], None]] = []
    for directive, _ in changes:
        try:
            for listener in directive.listeners:
                if listener not in told:
                    listener()
                    told.append(listener)
        except ValueError as error:
            for changed, value in before:
                changed.assign(value)
            for listener in told:
                listener()
            raise _failure(directive.name, str(error)) from None


def _changeable(call: Call, names: tuple[bytes, ...]) -> list[Directive]:
    """The directives of these names; raises CommandError for the first that cannot be set."""
    found: list[Directive] = []
    for name in names:
        directive = call.state.config.directives.get(_text(name.lower()))
        if directive is None:
            raise CommandError(
                f"ERR Unknown option or number of arguments for CONFIG SET - '{_text(name)}'"
            )
        if directive.option.immutable:
            raise _failure(_text(name), "can't set immutable config")
        if any(directive is other for other in found):
            raise _failure(_text(name), "duplicate parameter")
        found.append(directive)
    return found


def _failure(name: str, reason: str) -> CommandError:
    return CommandError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}")


def _text(argument: bytes) -> str:
    return argument.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@command(_TAGS | Tag.ALWAYS, name="CONFIG RESETSTAT", since="2.0.0")
def config_resetstat(call: Call) -> Reply:
    """Set the counters of INFO to zero."""
    call.state.reset_stats()
    return OK


@command(_TAGS | Tag.ALWAYS, name="CONFIG REWRITE", since="2.8.0", complexity="O(N)")
def config_rewrite(call: Call) -> Reply:
    """Write the parameters as they are now into the configuration file."""
    rewrite_config(call.state)
    return OK


def rewrite_config(state: ServerState, *, every: bool = False) -> None:
    """CONFIG REWRITE; `every` option is written, also with its default.

    Raises CommandError.
    """
    config = state.config
    path = config.redis_conf or config.file
    if not path:
        raise CommandError("ERR The server is running without a config file")

    def users_of(config: Config) -> list[bytes]:
        users = Users(state.registry, lambda: config.redis.acl_pubsub_default == "allchannels")
        users.set_default_password(config.redis.requirepass.encode("utf-8", "surrogateescape"))
        users.read_lines(config.users)
        return users.to_text().splitlines()

    users = None if config.redis.aclfile else state.users.to_text().splitlines()
    try:
        text = rewritten(config, users, users_of, every)
        replace(Disk(), os.path.dirname(path), os.path.basename(path), [text])
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CommandError(f"ERR Rewriting config file: {reason}") from None


group.help("CONFIG", since="5.0.0")
