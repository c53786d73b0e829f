"""COMMAND and its subcommands: what the registry knows, for clients.

https://redis.io/commands/?group=server
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, NoReturn

from ferrite.commands.arguments import Argument, Grammar
from ferrite.commands.key_specs import KeySpec
from ferrite.commands.registry import Command, Group, Tag
from ferrite.commands.signature import CountedKeys, FoundKeys
from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher
from ferrite.protocol.replies import Reply, SetReply, SimpleString
from ferrite.state import Call

group = Group("server", category="connection")
command = group.command

_TAGS = Tag.LOADING | Tag.STALE | Tag.ALWAYS
_ORDER = ("nondeterministic_output_order",)
_PER_COMMAND = "O(N) where N is the number of commands"
_NAMES = Grammar(Argument("command-name", "string", optional=True, multiple=True))
_ARGUMENTS = Grammar(Argument("argument", "string", optional=True, multiple=True))
_FILTER = Grammar(
    Argument(
        "filterby",
        "oneof",
        "FILTERBY",
        optional=True,
        arguments=(
            Argument("module-name", "string", "MODULE"),
            Argument("category", "string", "ACLCAT"),
            Argument("pattern", "pattern", "PATTERN"),
        ),
    )
)


@command(_TAGS, name="COMMAND", since="2.8.13", complexity=_PER_COMMAND, tips=_ORDER, arity=-1)
def command_(call: Call) -> Reply:
    """Return the description of every command."""
    return [_information(each) for each in call.state.registry]


@command(_TAGS, name="COMMAND COUNT", since="2.8.13")
def command_count(call: Call) -> int:
    """Return the number of commands."""
    return len(call.state.registry)


@command(_TAGS, name="COMMAND INFO", since="2.8.13", complexity=_PER_COMMAND, tips=_ORDER)
def command_info(call: Call, *names: Annotated[bytes, _NAMES]) -> Reply:
    """Return the description of some commands, or of every command."""
    if not names:
        return command_(call)
    found = [call.state.registry.get(_text(name)) for name in names]
    return [None if each is None else _information(each) for each in found]


@command(_TAGS, name="COMMAND DOCS", since="7.0.0", complexity=_PER_COMMAND, tips=_ORDER)
def command_docs(call: Call, *names: Annotated[bytes, _NAMES]) -> Reply:
    """Return the documentation of some commands, or of every command."""
    registry = call.state.registry
    found = [registry.get(_text(name)) for name in names] if names else list(registry)
    return {each.name.encode(): _documentation(each) for each in found if each is not None}


@command(_TAGS, name="COMMAND LIST", since="7.0.0", complexity=_PER_COMMAND, tips=_ORDER)
def command_list(call: Call, *filterby: Annotated[bytes, _FILTER]) -> Reply:
    """Return the names of all commands, or of a module's, a category's, or a pattern's."""
    commands = [
        each for parent in call.state.registry for each in (parent, *parent.subcommands.values())
    ]
    if not filterby:
        return [each.name.encode() for each in commands]
    if len(filterby) != 3 or filterby[0].upper() != b"FILTERBY":
        raise CommandError.syntax()
    kind, wanted = filterby[1].upper(), filterby[2]
    if kind == b"ACLCAT":
        found = [each for each in commands if _text(wanted).lower() in each.categories]
    elif kind == b"PATTERN":
        matches = matcher(wanted.lower())
        found = [each for each in commands if matches(each.name.encode())]
    elif kind == b"MODULE":
        found = [each for each in commands if each.module and each.module == _text(wanted)]
    else:
        raise CommandError.syntax()
    return [each.name.encode() for each in found]


@command(
    _TAGS,
    name="COMMAND GETKEYS",
    since="2.8.13",
    complexity="O(N) where N is the number of arguments",
)
def command_getkeys(
    call: Call, command_name: bytes, argument: bytes, *more: Annotated[bytes, _ARGUMENTS]
) -> list[bytes]:
    """Return the keys that a command with its arguments names."""
    found, request = _whole_command(call, (command_name, argument, *more))
    return found.keys_of(request) or _no_keys()


@command(
    _TAGS,
    name="COMMAND GETKEYSANDFLAGS",
    since="7.0.0",
    complexity="O(N) where N is the number of arguments",
)
def command_getkeysandflags(
    call: Call, command_name: bytes, argument: bytes, *more: Annotated[bytes, _ARGUMENTS]
) -> Reply:
    """Return the keys that a command with its arguments names, each with what is done to it."""
    found, request = _whole_command(call, (command_name, argument, *more))
    keys: list[Reply] = [
        [request[index], _words(flags.split())] for index, flags in found.accesses(request)
    ]
    return keys or _no_keys()


def _no_keys() -> NoReturn:
    raise CommandError("ERR Invalid arguments specified for command")


def _whole_command(call: Call, request: tuple[bytes, ...]) -> tuple[Command, tuple[bytes, ...]]:
    """The command a request names and the request; raises CommandError with Redis's words."""
    try:
        found = call.state.registry.find(request)
    except CommandError:
        raise CommandError("ERR Invalid command specified") from None
    if not found.keys:
        raise CommandError("ERR The command has no key arguments")
    if not found.accepts(len(request)):
        raise CommandError("ERR Invalid number of arguments specified for command")
    return found, request


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _words(words: Iterable[str]) -> SetReply:
    return SetReply(SimpleString(word) for word in words)


def _information(each: Command) -> Reply:
    """The ten elements of COMMAND INFO."""
    keys = each.key_range
    return [
        each.name.encode(),
        each.arity,
        _words(each.flags),
        keys.first,
        keys.last,
        keys.step,
        _words(f"@{category}" for category in each.categories),
        SetReply(tip.encode() for tip in each.tips),
        SetReply(_key_specification(spec) for spec in each.keys),
        SetReply(_information(subcommand) for subcommand in each.subcommands.values()),
    ]


def _access(spec: KeySpec) -> SetReply:
    return _words(spec.access.split())


def _key_specification(spec: KeySpec) -> Reply:
    """https://redis.io/docs/latest/develop/reference/key-specs/"""
    positions = spec.positions
    if isinstance(positions, FoundKeys):
        unknown: Reply = {b"type": b"unknown", b"spec": {}}
        return {b"flags": _access(spec), b"begin_search": unknown, b"find_keys": unknown}
    if isinstance(positions, CountedKeys):
        start, kind = positions.count_at, b"keynum"
        found = {b"keynumidx": 0, b"firstkey": 1, b"keystep": 1}
    else:
        start, last, kind = positions.first, positions.last, b"range"
        span = last if last < 0 else last - start
        found = {b"lastkey": span, b"keystep": positions.step, b"limit": 0}
    return {
        b"flags": _access(spec),
        b"begin_search": {b"type": b"index", b"spec": {b"index": start}},
        b"find_keys": {b"type": kind, b"spec": found},
    }


def _documentation(each: Command) -> dict[bytes, Any]:
    """One command's entry of COMMAND DOCS."""
    entry: dict[bytes, Any] = {
        b"summary": each.summary.encode(),
        b"since": each.since.encode(),
        b"group": each.group.encode(),
        b"complexity": each.complexity.encode(),
    }
    if each.module:
        entry[b"module"] = each.module.encode()
    if each.arguments:
        entry[b"arguments"] = [_argument(argument) for argument in each.arguments]
    if each.subcommands:
        entry[b"subcommands"] = {
            subcommand.name.encode(): _documentation(subcommand)
            for subcommand in each.subcommands.values()
        }
    return entry


def _argument(argument: Argument) -> dict[bytes, Any]:
    entry: dict[bytes, Any] = {
        b"name": argument.name.encode(),
        b"type": argument.type.encode(),
    }
    if argument.key_spec is not None:
        entry[b"key_spec_index"] = argument.key_spec
    if argument.token is not None:
        entry[b"token"] = argument.token.encode()
    flags = [
        name
        for name, is_set in (
            ("optional", argument.optional),
            ("multiple", argument.multiple),
            ("multiple_token", argument.multiple_token),
        )
        if is_set
    ]
    if flags:
        entry[b"flags"] = _words(flags)
    if argument.arguments:
        entry[b"arguments"] = [_argument(inner) for inner in argument.arguments]
    return entry


group.help("COMMAND", since="5.0.0")
