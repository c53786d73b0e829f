"""What all of PLUGIN.* share: who may use them, how names and errors are spelled, later answers.

Rule: all of them are @admin and @dangerous; those that load or change plugins obey
`enable_plugin_command`, as Redis's MODULE obeys enable-module-command. Those that only look, and
KILL, are served while a plugin call owns the keyspace.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ferrite.commands.registry import Command, Group, Tag
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import Reply, SimpleString
from ferrite.state import Call

SINCE = "0.1.0"
LOOKING = Tag.ADMIN | Tag.NOSCRIPT | Tag.ALWAYS
CHANGING = Tag.ADMIN | Tag.NOSCRIPT


def require_enabled(call: Call) -> None:
    """Raises CommandError where plugins are switched off."""
    if not call.state.config.plugins.enabled:
        raise CommandError("ERR plugins are disabled ([plugins] enabled = false)")


def require_may_change(call: Call) -> None:
    """Raises CommandError unless the client may load and change plugins."""
    require_enabled(call)
    allowed = call.state.config.plugins.enable_plugin_command
    if allowed == "no" or (allowed == "local" and not call.session.local):
        raise CommandError(
            "ERR PLUGIN command not allowed. If the enable_plugin_command option is set to "
            '"local", you can run it from a local connection, otherwise you need to set this '
            "option in the configuration file, and then restart the server."
        )


def find(manager: PluginManager, name: bytes) -> Plugin:
    """A loaded plugin. Raises CommandError where there is none of that name."""
    try:
        return manager.get(text(name))
    except LoadError as error:
        raise refused(text(name), error) from error


def refused(name: str, error: LoadError, kind: str = "plugin") -> CommandError:
    """What a client is told when something about a plugin or function cannot be."""
    return CommandError(f"ERR {kind} '{name}': {error}")


_UNDER_WAY: set[asyncio.Task[None]] = set()
"""Tasks that answer somebody; the event loop itself holds them only weakly."""


def answer(name: str, work: Coroutine[Any, Any, Reply], kind: str = "plugin") -> Pending:
    """A reply that comes once the work is done."""
    pending = Pending()

    async def finish() -> None:
        try:
            reply = await work
        except LoadError as error:
            reply = refused(name, error, kind)
        except CommandError as error:
            reply = error
        except BaseException:
            pending.resolve(CommandError.internal())
            raise
        pending.resolve(reply)

    task = asyncio.get_running_loop().create_task(finish())
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
    return pending


def family_help(group: Group, family: str, tags: Tag) -> Command:
    """HELP of a family: grammar and summary of the others in its group."""

    def run(_call: Call, _request: list[bytes]) -> Reply:
        lines = [f"{family.upper()}.<subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
        for command in group.commands.values():
            lines += [command.syntax.partition(".")[2], f"    {command.summary}."]
        return [SimpleString(line) for line in lines]

    return Command(
        f"{family}.help",
        run,
        tags | Tag.LOADING | Tag.STALE,
        count_max=1,
        group=group.name,
        since=SINCE,
        summary="Print this help",
        complexity="O(1)",
    )


def text(data: bytes) -> str:
    """A client's bytes as text."""
    return data.decode("utf-8", "surrogateescape")


def to_bytes(value: str) -> bytes:
    """Text as a client gets it."""
    return value.encode("utf-8", "surrogateescape")
