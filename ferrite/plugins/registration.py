"""A plugin's commands as commands of the server: the same gates, the same COMMAND output."""

from __future__ import annotations

from collections.abc import Callable

from ferrite.commands.key_specs import KeySpec
from ferrite.commands.registry import Command, Registry, Tag
from ferrite.commands.signature import COUNT_UNBOUNDED, KeyPositions
from ferrite.pending import Pending
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import Reply
from ferrite.state import Call

Run = Callable[[Call, list[bytes]], Reply | Pending]

RESERVED_FAMILIES = ("plugin.", "wasm.")
"""Names of the server's own that no plugin may widen."""

_TAGS = {
    "write": Tag.WRITE,
    "admin": Tag.ADMIN,
    "denyoom": Tag.DENYOOM,
    "loading": Tag.LOADING,
    "stale": Tag.STALE,
    "fast": Tag.FAST,
}


def make_command(table: CommandTable, run: Run, plugin: str = "") -> Command:
    """The command a manifest declares, for the plugin of this name."""
    tags = Tag.MODULE
    for flag in table.flags:
        tags |= _TAGS.get(flag, Tag(0))
    if Tag.WRITE not in tags and {"read", "readonly"} & set(table.flags):
        tags |= Tag.READONLY
    keys = []
    if table.first_key:
        positions = KeyPositions(
            table.first_key, table.last_key or table.first_key, table.step or 1
        )
        keys.append(KeySpec(positions, "RW access update" if Tag.WRITE in tags else "RO access"))
    count_max = table.count_max
    return Command(
        table.name,
        run,
        tags,
        count_min=table.count_min,
        count_max=COUNT_UNBOUNDED if count_max is None else count_max,
        arity=table.arity,
        keys=keys,
        module=plugin,
        categories=[category.removeprefix("@") for category in table.acl_categories],
        since=table.since,
        summary=table.description,
        complexity=table.complexity,
        tips=table.tips,
    )


def join(registry: Registry, commands: list[Command]) -> None:
    """Put commands into the registry, all or none. Raises LoadError when a name is taken."""
    added: list[Command] = []
    try:
        for command in commands:
            if command.name.startswith(RESERVED_FAMILIES):
                raise ValueError(f"command {command.name} would be one of the server's own")
            registry.add(command)
            added.append(command)
    except ValueError as error:
        leave(registry, added)
        raise LoadError(str(error)) from error


def exchange(registry: Registry, old: list[Command], new: list[Command]) -> None:
    """Put commands in the place of others, all or none. Raises LoadError when a name is taken."""
    leave(registry, old)
    try:
        join(registry, new)
    except LoadError:
        join(registry, old)
        raise


def leave(registry: Registry, commands: list[Command]) -> None:
    """Take commands out of the registry."""
    for command in commands:
        registry.remove(command.name)
