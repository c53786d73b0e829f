"""PluginExtension: what ferrite.app joins to a server to give it plugins."""

from __future__ import annotations

from pathlib import Path

import wasi
from ferrite.errors import StartError
from ferrite.hooks import Event
from ferrite.plugins.chain import AuditFile, BrokenChain
from ferrite.plugins.commands import FAMILY, management_commands
from ferrite.plugins.functions import commands as functions
from ferrite.plugins.functions.service import Functions
from ferrite.plugins.information import Information
from ferrite.plugins.loading import reply_of
from ferrite.plugins.management.support import SINCE
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.startup import load_all
from ferrite.plugins.store import PluginStore
from ferrite.plugins.watching import Watcher
from ferrite.state import ServerState


class PluginExtension:
    """The plugin system of one server, from its start to its end."""

    def __init__(self, *, store_by_default: bool = True) -> None:
        """Without `store_by_default` an empty store_dir keeps nothing, also beside a plugin_dir,
        where a server keeps what is its own."""
        self._store_by_default = store_by_default
        self.manager: PluginManager | None = None
        self._watcher: Watcher | None = None
        self._audit: AuditFile | None = None

    async def start(self, state: ServerState) -> None:
        """Add PLUGIN.* and WASM.*, and load what is to be there at the start. Raises StartError."""
        config = state.config
        try:
            wasi.check_restrictions(config.sandbox.restricted_syscalls, wasi.CALLS)
        except wasi.UnknownRestriction as error:
            raise StartError(f"[plugins.sandbox] {error}") from error
        manager = PluginManager(state)
        if not (self._store_by_default or config.plugins.store_dir):
            manager.keeper.store = PluginStore(None)
        state.registry.add_group(management_commands(manager))
        state.registry.add_family(
            FAMILY, group="module", since=SINCE, summary="A container for plugin commands"
        )
        state.registry.add_group(functions.function_commands(Functions(state, manager)))
        state.registry.add_family(
            functions.FAMILY,
            group="scripting",
            since=SINCE,
            summary="A container for commands over WebAssembly functions",
        )
        self.manager = manager
        state.extensions = Information(manager)
        if config.plugins.audit_file:
            self._audit = _audit_file(Path(config.plugins.audit_file))
            manager.audit = self._audit.write
        if config.plugins.enabled:
            await load_all(manager, config)
            await reply_of(manager.hooks.announce(Event.ON_SERVER_STARTUP))
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
            await self.manager.stop(announce=True)
        if self._audit is not None:
            self._audit.close()


def _audit_file(path: Path) -> AuditFile:
    """Raises StartError where the file cannot be written or is not as it was left."""
    try:
        return AuditFile(path)
    except OSError as error:
        raise StartError(f"[plugins] audit_file: {path}: {error.strerror}") from error
    except BrokenChain as error:
        raise StartError(f"[plugins] audit_file: {error}; move it away to start") from error
