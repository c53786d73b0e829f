"""PluginExtension: what ferrite.app joins to a server to give it plugins."""

from __future__ import annotations

import wasi
from ferrite.errors import StartError
from ferrite.plugins.commands import FAMILY, SINCE, management_commands
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.program import LoadError
from ferrite.state import ServerState


class PluginExtension:
    """The plugin system of one server, from its start to its end."""

    def __init__(self) -> None:
        self.manager: PluginManager | None = None

    async def start(self, state: ServerState) -> None:
        """Add PLUGIN.* and load what the configuration names. Raises StartError."""
        try:
            wasi.check_restrictions(state.config.sandbox.restricted_syscalls, wasi.CALLS)
        except wasi.UnknownRestriction as error:
            raise StartError(f"[plugins.sandbox] {error}") from error
        manager = PluginManager(state)
        state.registry.add_group(management_commands(manager))
        state.registry.add_family(
            FAMILY, group="module", since=SINCE, summary="A container for plugin commands"
        )
        self.manager = manager
        if state.config.plugin_files and not state.config.plugins.enabled:
            raise StartError("--plugin: plugins are disabled ([plugins] enabled = false)")
        for file in state.config.plugin_files:
            try:
                await manager.load_file(file)
            except LoadError as error:
                raise StartError(f"--plugin {file}: {error}") from error

    async def stop(self) -> None:
        """Unload everything."""
        if self.manager is not None:
            await self.manager.stop()
