"""PluginExtension: what ferrite.app joins to a server to give it plugins."""

from __future__ import annotations

import wasi
from ferrite.errors import StartError
from ferrite.plugins.commands import FAMILY, management_commands
from ferrite.plugins.management.support import SINCE
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.startup import load_all
from ferrite.plugins.watching import Watcher
from ferrite.state import ServerState


class PluginExtension:
    """The plugin system of one server, from its start to its end."""

    def __init__(self) -> None:
        self.manager: PluginManager | None = None
        self._watcher: Watcher | None = None

    async def start(self, state: ServerState) -> None:
        """Add PLUGIN.* and load what is to be there from the start. Raises StartError."""
        config = state.config
        try:
            wasi.check_restrictions(config.sandbox.restricted_syscalls, wasi.CALLS)
        except wasi.UnknownRestriction as error:
            raise StartError(f"[plugins.sandbox] {error}") from error
        manager = PluginManager(state)
        state.registry.add_group(management_commands(manager))
        state.registry.add_family(
            FAMILY, group="module", since=SINCE, summary="A container for plugin commands"
        )
        self.manager = manager
        if config.plugins.enabled:
            await load_all(manager, config)
            if config.plugins.hot_reload:
                self._watcher = Watcher(manager, config.plugins)
                self._watcher.start()
        elif config.plugin_files:
            raise StartError("--plugin: plugins are disabled ([plugins] enabled = false)")

    async def stop(self) -> None:
        """Unload everything."""
        if self._watcher is not None:
            await self._watcher.stop()
        if self.manager is not None:
            await self.manager.stop()
