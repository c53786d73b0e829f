"""CONFIG and its subcommands. https://redis.io/commands/?group=server"""

from __future__ import annotations

from typing import Any

from ferrite.commands.arguments import Settings, Several
from ferrite.commands.registry import Group, Tag
from ferrite.config import Directive
from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call

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
    for directive, parsed in changes:
        directive.set(parsed)
    call.state.follow_config()
    return OK


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


group.help("CONFIG", since="5.0.0")
