"""What WASM.LOAD agrees with a function: rights, and which commands its `call` may run.

Rule: without PERMISSIONS a function may use the keys, the clock and random bytes, for it is an
administrator who loads it and the caller's ACL counts on top; the network, files and environment
have to be named. COMMANDS and DENY_COMMANDS hold for host functions that do a command's work as
well (`set` is SET), since a denial that another door leads around is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ferrite.permissions import Grant, Permission, grant_from_words

if TYPE_CHECKING:
    from ferrite.commands.registry import Command, Registry
    from ferrite.plugins.host_api import HostCall

CATEGORY, ALL = "@", "all"
STORAGE = ("storage.read", "storage.write", "storage.delete")
SURROUNDINGS = ("system.time", "system.random")
PERMISSIONS = (*STORAGE, *SURROUNDINGS)
"""The rights of a function that was loaded without PERMISSIONS."""
PERMISSIONS_READ_ONLY = (STORAGE[0], *SURROUNDINGS)

SAME_WORK = {
    "get": ("get",),
    "set": ("set",),
    "set_ex": ("set", "setex", "psetex"),
    "append": ("append",),
    "incr_by": ("incrby", "incr", "decrby", "decr"),
    "delete": ("del", "unlink"),
    "exists": ("exists",),
    "expire": ("expire", "pexpire"),
    "ttl": ("ttl", "pttl"),
    "type_of": ("type",),
    "hget": ("hget",),
    "hset": ("hset",),
    "hdel": ("hdel",),
    "publish": ("publish",),
}
"""Host functions and the commands that do the same."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a function may do, as its loader has said."""

    permissions: tuple[str, ...] = PERMISSIONS
    """Words of a grant: "storage.read=user:*"."""
    read_only: bool = False
    commands: tuple[str, ...] = ()
    """Commands and @categories that may be run; empty for all that a plugin may run."""
    deny_commands: tuple[str, ...] = ()

    @property
    def rights(self) -> tuple[Permission, ...]:
        """The permissions. Raises ValueError for a word that is no right."""
        grant: Grant = grant_from_words(self.permissions)
        return tuple(entry for right in grant.rights for entry in grant.entries(right))

    def as_data(self) -> dict[str, Any]:
        """What `from_data` makes these terms of again."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Terms:
        """Terms from a state file. Raises TypeError, ValueError for anything else."""
        lists = {
            name: tuple(map(str, value)) for name, value in data.items() if name != "read_only"
        }
        return cls(read_only=bool(data.get("read_only", False)), **lists)


class CommandFilter:
    """Which commands a function may run."""

    __slots__ = ("_allowed", "_denied", "_registry")

    def __init__(self, terms: Terms, registry: Registry) -> None:
        self._allowed = frozenset(terms.commands)
        self._denied = frozenset(terms.deny_commands)
        self._registry = registry

    def allows(self, command: Command) -> bool:
        """Whether the terms let a command run."""
        words = _words(command)
        return not words & self._denied and (not self._allowed or bool(words & self._allowed))

    def narrowed(self, call: HostCall) -> HostCall:
        """A host function as the function may use it: one that refuses where none of the commands
        that do the same is allowed, or one of them is denied."""
        names = SAME_WORK.get(call.name, ())
        commands = [found for name in names if (found := self._registry.get(name)) is not None]
        denied = any(_words(command) & self._denied for command in commands)
        if not commands or (not denied and any(map(self.allows, commands))):
            return call
        return call.doing(_refusal(commands[0].name.upper()))


def _words(command: Command) -> set[str]:
    """What COMMANDS may call a command."""
    categories = {CATEGORY + category for category in command.categories}
    return {command.name, command.name.partition("|")[0], CATEGORY + ALL, *categories}


@cache
def _refusal(command: str) -> Any:
    """A body that refuses; one for each command, as what is made of a body is kept."""
    from ferrite.plugins.host_api import ErrorCode, GuestError, HostContext

    def refuse(context: HostContext, *_arguments: object) -> int:
        text = f"NOPERM {context.title} may not run {command}: COMMANDS and DENY_COMMANDS"
        raise GuestError(ErrorCode.DENIED, text)

    return refuse


def check_command_words(words: Iterable[str], registry: Registry) -> None:
    """Raises ValueError for the first word that is no command and no @category."""
    for word in words:
        known = word in registry.names_met or word == CATEGORY + ALL
        if not known and registry.get(word) is None:
            what = "ACL category" if word.startswith(CATEGORY) else "command"
            raise ValueError(f"'{word}' is no {what}")
