"""LIST, INFO, LOG, INSPECT and WHY: what is known of plugins. Nothing of a guest runs."""

from __future__ import annotations

from typing import Annotated

from ferrite.commands.registry import Group
from ferrite.pending import Pending
from ferrite.plugins.bounds import bounds
from ferrite.plugins.inspection import inspect
from ferrite.plugins.management import words
from ferrite.plugins.management.support import (
    LOOKING,
    SINCE,
    answer,
    find,
    require_enabled,
    require_may_change,
    text,
    to_bytes,
)
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import Plugin, PluginState
from ferrite.plugins.why import decide
from ferrite.protocol.replies import Reply
from ferrite.state import Call

NO_VERSION = b"0.0.0"


def add(group: Group, manager: PluginManager) -> None:
    """Declare the commands that tell of plugins."""
    command = group.command

    @command(LOOKING, since=SINCE, name="PLUGIN.LIST", complexity="O(N) in the plugins")
    def list_(call: Call) -> Reply:
        """List the plugins with their versions and states."""
        require_enabled(call)
        others = [(name, PluginState.LOADING) for name in manager.loading]
        others += [(name, PluginState.FAILED) for name in manager.failures]
        return [_summary(plugin) for plugin in manager if not plugin.is_function] + [
            {b"name": to_bytes(name), b"version": NO_VERSION, b"state": state.value.encode()}
            for name, state in others
        ]

    @command(LOOKING, since=SINCE, name="PLUGIN.INFO")
    def info(call: Call, name: bytes) -> Reply:
        """Return what is known of a plugin."""
        require_enabled(call)
        return _information(call, manager, find(manager, name))

    @command(LOOKING, since=SINCE, name="PLUGIN.LOG", complexity="O(N) in the lines")
    def log(call: Call, name: bytes) -> Reply:
        """Return the last lines a plugin has written, oldest first."""
        require_enabled(call)
        return [to_bytes(line) for line in find(manager, name).log.lines()]

    @command(LOOKING, since=SINCE, name="PLUGIN.INSPECT", complexity="O(N) in the module's size")
    def inspect_(
        call: Call, name: bytes, *source: Annotated[bytes, words.INSPECT]
    ) -> Reply | Pending:
        """Return imports, exports and rights of a plugin, or of what might replace it."""
        require_enabled(call)
        wanted = words.read_wanted(text(name), source)
        if wanted.source is None:
            plugin = find(manager, name)
            return inspect(plugin.program, plugin.version.rights, None)
        require_may_change(call)
        return answer(
            text(name),
            manager.dry_run(text(name), wanted.source, wanted.manifest, wanted.grant, wanted.pin),
        )

    @command(LOOKING, since=SINCE, name="PLUGIN.WHY")
    def why(call: Call, name: bytes, user: bytes, command_name: bytes, key: bytes) -> Reply:
        """Explain what a plugin's command may do to a key for a user, step by step."""
        require_enabled(call)
        account = call.state.users.get(user)
        decisions = decide(call.state, find(manager, name), account, text(command_name), key)
        return [
            {
                b"right": decision.right.value.encode(),
                b"decision": b"allowed" if decision.allowed else b"denied",
                b"steps": [to_bytes(str(step)) for step in decision.steps],
            }
            for decision in decisions
        ]


def _summary(plugin: Plugin) -> dict[bytes, Reply]:
    return {
        b"name": to_bytes(plugin.name),
        b"version": to_bytes(plugin.program.manifest.package.version),
        b"state": plugin.state.value.encode(),
    }


def _information(call: Call, manager: PluginManager, plugin: Plugin) -> dict[bytes, Reply]:
    """The eight fields clients count on, then the rest."""
    program, previous = plugin.program, plugin.previous
    package = program.manifest.package
    limits = bounds(call.state.config, plugin.overrides)
    return {
        **_summary(plugin),
        b"commands": [to_bytes(table.name) for table in program.manifest.commands],
        b"hooks": [to_bytes(hook.event) for hook in program.manifest.hooks],
        b"loaded_at": plugin.loaded_at_text.encode(),
        b"executions": plugin.executions,
        b"errors": plugin.errors,
        b"package": to_bytes(package.name),
        b"description": to_bytes(package.description),
        b"source": to_bytes(program.source),
        b"sha256": program.sha256.encode(),
        b"pinned": int(bool(plugin.pin)),
        b"permissions": [to_bytes(line) for line in plugin.guest.context.grant.describe()],
        b"memory_bytes": plugin.guest.memory_bytes,
        b"memory_limit": limits.memory_bytes,
        b"fuel_used": plugin.guest.fuel_used,
        b"fuel_limit": limits.fuel,
        b"hooks_suspended": int(manager.hooks.tables.breakers[plugin.name].resting),
        b"reloads": plugin.reloads,
        b"previous_version": None
        if previous is None
        else to_bytes(previous.program.manifest.package.version),
        b"last_error": to_bytes(plugin.last_error),
    }
