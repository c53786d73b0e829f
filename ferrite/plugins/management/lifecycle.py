"""LOAD, RELOAD, ROLLBACK, ENABLE, DISABLE, UNLOAD and KILL."""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.registry import Group
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.management import words
from ferrite.plugins.management.support import (
    CHANGING,
    LOOKING,
    SINCE,
    answer,
    refused,
    require_may_change,
    text,
)
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import OK, Reply
from ferrite.state import Call


def add(group: Group, manager: PluginManager) -> None:
    """Declare the commands that change plugins."""
    command = group.command

    @command(CHANGING, since=SINCE, name="PLUGIN.LOAD", complexity="O(N) in the module's size")
    def load(call: Call, name: bytes, *source: Annotated[bytes, words.LOAD]) -> Pending:
        """Load a plugin from a file, a URL or base64 text, or tell what that would bring."""
        require_may_change(call)
        plugin = text(name)
        wanted = words.read_wanted(plugin, source)
        if wanted.source is None:
            raise CommandError.wrong_arguments("plugin.load")
        if wanted.dry_run:
            return answer(plugin, _dry_run(manager, plugin, wanted))
        return answer(plugin, _load(manager, plugin, wanted))

    @command(CHANGING, since=SINCE, name="PLUGIN.RELOAD", complexity="O(N) in the module's size")
    def reload(call: Call, name: bytes, *source: Annotated[bytes, words.RELOAD]) -> Pending:
        """Change to a new version of a plugin; the old one serves until the new one stands."""
        require_may_change(call)
        wanted = words.read_wanted(text(name), source)
        if wanted.dry_run:
            raise CommandError.syntax()
        return answer(text(name), _reload(manager, text(name), wanted))

    @command(CHANGING, since=SINCE, name="PLUGIN.ROLLBACK")
    def rollback(call: Call, name: bytes) -> Pending:
        """Change back to the version of a plugin that served before."""
        require_may_change(call)
        return answer(text(name), _rollback(manager, text(name)))

    @command(CHANGING, since=SINCE, name="PLUGIN.ENABLE")
    def enable(call: Call, name: bytes) -> Reply:
        """Let a disabled plugin serve again."""
        return _switch(manager, call, text(name), True)

    @command(CHANGING, since=SINCE, name="PLUGIN.DISABLE")
    def disable(call: Call, name: bytes) -> Reply:
        """Have a plugin's commands answer an error and its hooks not run."""
        return _switch(manager, call, text(name), False)

    @command(CHANGING, since=SINCE, name="PLUGIN.UNLOAD")
    def unload(call: Call, name: bytes) -> Pending:
        """Unload a plugin."""
        require_may_change(call)
        return answer(text(name), _unload(manager, text(name)))

    @command(LOOKING, since=SINCE, name="PLUGIN.KILL")
    def kill(call: Call, name: bytes) -> Reply:
        """End the call or the loading of a plugin that is under way; what it wrote is undone."""
        require_may_change(call)
        try:
            ended = manager.kill(text(name))
        except LoadError as error:
            raise refused(text(name), error) from error
        if not ended:
            raise CommandError(f"NOTBUSY plugin '{text(name)}' has no call under way.")
        return OK


def _switch(manager: PluginManager, call: Call, name: str, enabled: bool) -> Reply:
    require_may_change(call)
    try:
        manager.enable(name, enabled)
    except LoadError as error:
        raise refused(name, error) from error
    return OK


async def _load(manager: PluginManager, name: str, wanted: words.Wanted) -> Reply:
    if wanted.source is not None:
        grant, pin = wanted.grant, wanted.pin
        await manager.load(name, wanted.source, wanted.manifest, grant=grant, pin=pin, kept=True)
    return OK


async def _dry_run(manager: PluginManager, name: str, wanted: words.Wanted) -> Reply:
    if wanted.source is None:
        return None
    return await manager.dry_run(name, wanted.source, wanted.manifest, wanted.grant, wanted.pin)


async def _reload(manager: PluginManager, name: str, wanted: words.Wanted) -> Reply:
    grant, pin = wanted.grant, wanted.pin
    await manager.reload(name, wanted.source, wanted.manifest, grant=grant, pin=pin)
    return OK


async def _rollback(manager: PluginManager, name: str) -> Reply:
    await manager.rollback(name)
    return OK


async def _unload(manager: PluginManager, name: str) -> Reply:
    await manager.unload(name)
    return OK
