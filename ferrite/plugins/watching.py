"""Hot reload: a plugin whose files change is reloaded.

Rule: what the operating system tells of folders (watchfiles) is only a reason to look; whether a
plugin has changed is judged by the time and size of its own files. Where watchfiles is not
installed the looking happens every second. A reload that fails leaves the old version and a line
in the plugin's log, and is tried again at the next change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from ferrite.plugin_options import PluginOptions
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import Look, look_at, watched_files

LOG = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often there is a look at which folders are to be watched."""
SETTLED_MILLISECONDS = 100
"""How long files must have been quiet: a build writes a module in more than one piece."""
LOG_INFO, LOG_ERROR = 1, 3


class Watcher:
    """Watches the files of one server's plugins."""

    def __init__(self, manager: PluginManager, options: PluginOptions) -> None:
        self._manager = manager
        self._folder = Path(options.plugin_dir)
        self._tried: dict[str, Look] = {}
        """Files of which no version could be made, by plugin."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch from now on."""
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> None:
        """Reload every plugin whose files differ from those it was made from."""
        for plugin in list(self._manager):
            files = self._files(plugin)
            now = look_at(files) if files else ()
            known = plugin.version.files.seen
            if known and now != known and now != self._tried.get(plugin.name):
                self._tried[plugin.name] = now
                await self._reload(plugin)

    async def _reload(self, plugin: Plugin) -> None:
        try:
            await self._manager.reload(plugin.name)
        except LoadError as error:
            LOG.warning("plugin '%s': hot reload: %s", plugin.name, error)
            plugin.log.write(LOG_ERROR, f"hot reload: {error}")
        else:
            plugin.log.write(LOG_INFO, "reloaded, for a file of it has changed")

    def _files(self, plugin: Plugin) -> list[Path]:
        version = plugin.version
        return watched_files(version.source, self._folder, version.manifest_path)

    def _folders(self) -> set[Path]:
        """Those of files that the plugins were read from; what the store has restored is not
        watched before it is reloaded."""
        plugins = [plugin for plugin in self._manager if plugin.version.files.seen]
        files = (path for plugin in plugins for path in self._files(plugin))
        return {path.parent for path in files if path.parent.is_dir()}

    async def _watch(self) -> None:
        async for _ in self._reasons():
            await self.look()

    async def _reasons(self) -> AsyncIterator[None]:
        """Something may have changed."""
        try:
            from watchfiles import awatch
        except ImportError:
            while True:
                await asyncio.sleep(POLL_SECONDS)
                yield
        while True:
            folders = self._folders()
            if not folders:
                await asyncio.sleep(POLL_SECONDS)
                continue
            yield  # what changed before they were watched
            async for changed in awatch(
                *folders,
                recursive=False,
                step=SETTLED_MILLISECONDS,
                rust_timeout=int(POLL_SECONDS * 1000),
                yield_on_timeout=True,
            ):
                if changed:
                    yield
                elif self._folders() != folders:
                    break
