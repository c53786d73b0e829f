"""PluginManager: load, change, unload and look at plugins; nothing half loaded.

Rule: a plugin is in the table, and its commands are in the registry, only once everything about it
has been checked and its guest has started; RELOAD changes from one version to the next in one step
on the loop's thread, and until then the old one serves. What a client has loaded is kept in the
store after each change.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ferrite.errors import CommandError
from ferrite.hooks import Event
from ferrite.pending import Pending
from ferrite.permissions import Grant, grant_from_words
from ferrite.plugins.bounds import Overrides
from ferrite.plugins.calls import Calls
from ferrite.plugins.data_types import DataTypes, migrate
from ferrite.plugins.dependencies import dependents, require_dependencies
from ferrite.plugins.exports import ON_UNLOAD
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.inspection import inspect
from ferrite.plugins.interception import Interception
from ferrite.plugins.keeping import Keeper
from ferrite.plugins.loading import NO_OVERRIDES, Loader, Progress, reply_of
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.outside import Outside
from ferrite.plugins.plugin import Plugin, PluginLog, PluginState, Version
from ferrite.plugins.program import LoadError, Program
from ferrite.plugins.recording.recordings import Recordings
from ferrite.plugins.registration import exchange, join, leave
from ferrite.plugins.scheduler import Scheduler
from ferrite.plugins.schema import IDENTIFIER
from ferrite.plugins.sources import PluginSource, SourceFiles
from ferrite.plugins.store import Kept, store_of
from ferrite.plugins.study import HostCallRecord
from ferrite.protocol.replies import Reply
from ferrite.state import Call, ServerState
from wasm_vm import CodeCache, use_code_cache

LOG = logging.getLogger(__name__)


class PluginManager:
    """The plugins of one server. Belongs to the running event loop's thread."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._config = state.config
        use_code_cache(CodeCache() if state.config.plugins.code_cache else None)
        loop = asyncio.get_running_loop()
        self._scheduler = Scheduler(lambda: self._config.plugins.slice_ms, loop.call_soon)
        self.calls = Calls(state, self._scheduler)
        state.host = self.calls.host
        self._outside = Outside(state, self._scheduler)
        self._loader = Loader(state, self._scheduler, self.calls, self._run_command, self._outside)
        self.hooks = Interception(state, self.calls)
        self.types = DataTypes(self.calls)
        self.recordings = Recordings(
            self._config.plugins, lambda: self._config.redis.proto_max_bulk_len, state.clock.now
        )
        state.foreign_types = self.types
        self.audit: Callable[[str, HostCallRecord], None] | None = None
        """Gets every host call of the plugins that are loaded from now on."""
        self._loaded = 0
        self._plugins: dict[str, Plugin] = {}
        self._past: Counter[str] = Counter()
        self._gone: list[Plugin] = []
        """Unloaded plugins that may have a call which has yet to end."""
        self._under_way: dict[str, Progress] = {}
        """Loads and reloads, by name."""
        self._retiring: set[asyncio.Task[None]] = set()
        self.failures: dict[str, str] = {}
        """Why plugins that were to be loaded at the start were not, by name."""
        self.keeper = Keeper(store_of(self._config.plugins), self._plugins.values)

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins.values())

    def find(self, name: str) -> Plugin | None:
        """A loaded plugin or function; None where there is none of that name."""
        return self._plugins.get(name)

    def get(self, name: str) -> Plugin:
        """A loaded plugin. Raises LoadError when there is none of that name."""
        plugin = self._plugins.get(name)
        if plugin is None:
            reason = self.failures.get(name)
            raise LoadError("no such plugin is loaded" if reason is None else f"failed: {reason}")
        return plugin

    @property
    def loading(self) -> list[str]:
        """Names of the plugins that are being loaded."""
        return [name for name in self._under_way if name not in self._plugins]

    # --- loading --------------------------------------------------------------------------------

    async def load(
        self,
        name: str,
        source: PluginSource,
        manifest: str | Path | None = None,
        *,
        grant: Grant | None = None,
        pin: str = "",
        kept: bool = False,
        overrides: Overrides = NO_OVERRIDES,
    ) -> Plugin:
        """Load a plugin under a name. Raises LoadError; the server is then as it was before.

        Without `manifest` it is looked for beside the module and in it. `pin` is the SHA-256 its
        bytes must have. `kept` has it loaded again at the next start. `overrides` narrow its
        limits.
        """
        path = None if manifest is None else str(manifest)
        with self._reserved(name) as progress:
            program, files = await self._read(name, source, path, pin)
            plugin = Plugin(name, PluginLog(name), granted=grant, pin=pin, kept=kept)
            plugin.overrides = overrides
            return await self._bring_up(plugin, progress, program, files, source, path)

    async def load_file(self, path: str | Path) -> Plugin:
        """Load a plugin under its package's name, or its file's where no manifest gives one.

        Raises LoadError.
        """
        path = Path(path).absolute()
        source = PluginSource.file(path)
        program, files = await self._loader.read(path.stem, source, None)
        name = program.manifest.package.name
        with self._reserved(name) as progress:
            plugin, program = Plugin(name, PluginLog(name)), replace(program, name=name)
            return await self._bring_up(plugin, progress, program, files, source, None)

    async def restore(self, kept: Kept) -> Plugin:
        """Load a plugin as the store has it. Raises LoadError."""
        with self._reserved(kept.name) as progress:
            current, name = kept.version, kept.name
            binary = await asyncio.to_thread(self.keeper.store.binary, current.sha256)
            _check_pin(binary, kept.pin)
            files = current.files(binary)
            program = await self._loader.remake(name, files)
            try:
                grant = None if kept.grant is None else grant_from_words(kept.grant)
            except ValueError as error:
                raise LoadError(f"its kept grant: {error}") from error
            plugin = Plugin(name, PluginLog(name), granted=grant, pin=kept.pin, kept=True)
            if kept.previous is not None:
                plugin.previous = await self._restore_previous(plugin, kept)
            return await self._bring_up(
                plugin, progress, program, files, current.source, current.manifest_path
            )

    async def dry_run(
        self, name: str, source: PluginSource, manifest: str | None, grant: Grant | None, pin: str
    ) -> dict[bytes, Reply]:
        """What `load` or `reload` would bring; nothing of the guest runs. Raises LoadError."""
        _check_name(name)
        running = self._plugins.get(name)
        program, _ = await self._read(name, source, manifest, pin)
        if grant is None and running is not None:
            grant = running.granted
        rights = self._loader.rights(name, program, grant)
        return inspect(program, rights, None if running is None else running.program)

    @contextmanager
    def _reserved(self, name: str) -> Iterator[Progress]:
        """Keep a name for a plugin that is being loaded. Raises LoadError when it may not be."""
        _check_name(name)
        if name in self._plugins or name in self._under_way:
            raise LoadError("a plugin of this name is loaded already")
        most = self._config.plugins.max_plugins
        if len(self._plugins) + len(self.loading) >= most:
            raise LoadError(f"max_plugins = {most} are loaded already")
        with self._progress(name) as progress:
            yield progress

    @contextmanager
    def _progress(self, name: str) -> Iterator[Progress]:
        progress = self._under_way[name] = Progress()
        try:
            yield progress
        finally:
            del self._under_way[name]

    async def _read(
        self, name: str, source: PluginSource, manifest: str | None, pin: str
    ) -> tuple[Program, SourceFiles]:
        program, files = await self._loader.read(name, source, manifest)
        _check_pin(files.binary, pin)
        return program, files

    async def _bring_up(
        self,
        plugin: Plugin,
        progress: Progress,
        program: Program,
        files: SourceFiles,
        source: PluginSource,
        manifest: str | None,
    ) -> Plugin:
        require_dependencies(program.manifest, self)
        self.keeper.restore(plugin)
        plugin.study.sink = self.audit
        version = self._loader.version(plugin, program, files, source, manifest, plugin.granted)
        plugin.version = progress.version = version
        await self._loader.start(plugin, version, progress)
        require_dependencies(program.manifest, self)
        self._check(plugin, version)
        join(self._state.registry, plugin.commands)
        self._loaded += 1
        plugin.order = self._loaded
        self._join(plugin, version)
        disabled = self.keeper.was_disabled(plugin.name)
        plugin.state = PluginState.DISABLED if disabled else PluginState.ACTIVE
        self.failures.pop(plugin.name, None)
        self._plugins[plugin.name] = plugin
        self.keeper.keep(plugin)
        return plugin

    def _check(self, plugin: Plugin, version: Version) -> None:
        """Raises LoadError where a version cannot join beside the other plugins."""
        self.types.check(plugin, version)
        self.hooks.routes.check(plugin, version)

    def _join(self, plugin: Plugin, version: Version) -> None:
        self.types.join(plugin, version)
        self.hooks.tables.join(plugin, version)
        self.hooks.routes.join(plugin, version)

    def _leave(self, plugin: Plugin) -> None:
        self.types.leave(plugin)
        self.hooks.tables.leave(plugin)
        self.hooks.routes.leave(plugin)

    async def _restore_previous(self, plugin: Plugin, kept: Kept) -> Version | None:
        """What ROLLBACK goes back to; nothing where it cannot be made again."""
        previous = kept.previous
        if previous is None:
            return None
        try:
            binary = await asyncio.to_thread(self.keeper.store.binary, previous.sha256)
            files = previous.files(binary)
            program = await self._loader.remake(plugin.name, files)
            place = previous.source, previous.manifest_path
            return self._loader.version(plugin, program, files, *place, plugin.granted)
        except LoadError as error:
            LOG.warning("plugin '%s': nothing to roll back to: %s", plugin.name, error)
            return None

    # --- changing -------------------------------------------------------------------------------

    async def reload(
        self,
        name: str,
        source: PluginSource | None = None,
        manifest: str | None = None,
        *,
        grant: Grant | None = None,
        pin: str = "",
    ) -> None:
        """Change to a new version, read from `source` or where the present one came from. Calls
        under way finish on the old one. Raises LoadError; then the old version serves on."""
        plugin = self._changeable(name)
        if source is None:
            source = plugin.version.source
            manifest = plugin.version.manifest_path if manifest is None else manifest
            if source.path is None and not source.address:
                raise LoadError("it was loaded from BASE64: RELOAD needs a path")
        elif (source.function is not None) is not plugin.is_function:
            what = "function: WASM.UPDATE" if plugin.is_function else "plugin: PLUGIN.RELOAD"
            raise LoadError(f"it is a {what} changes it")
        with self._progress(name) as progress:
            program, files = await self._read(name, source, manifest, pin or plugin.pin)
            granted = plugin.granted if grant is None else grant
            version = self._loader.version(plugin, program, files, source, manifest, granted)
            await self._change_to(plugin, version, progress)
            plugin.granted, plugin.pin = granted, pin or plugin.pin
            self.keeper.keep(plugin)

    async def rollback(self, name: str) -> None:
        """Change back to the version before the last change. Raises LoadError."""
        plugin = self._changeable(name)
        old = plugin.previous
        if old is None:
            raise LoadError("there is no version to go back to")
        with self._progress(name) as progress:
            place = old.source, old.manifest_path
            version = self._loader.version(plugin, old.program, old.files, *place, plugin.granted)
            await self._change_to(plugin, version, progress)
            if plugin.pin:
                plugin.pin = version.program.sha256
            self.keeper.keep(plugin)

    def _changeable(self, name: str) -> Plugin:
        plugin = self.get(name)
        if plugin.state is PluginState.UNLOADING:
            raise LoadError("it is being unloaded already")
        if name in self._under_way:
            raise LoadError("it is being reloaded already")
        return plugin

    async def _change_to(self, plugin: Plugin, version: Version, progress: Progress) -> None:
        require_dependencies(version.program.manifest, (p for p in self if p is not plugin))
        old, progress.version = plugin.version, version
        before = old.program.manifest.package.version
        try:
            await self._loader.start(plugin, version, progress, before)
            if self._plugins.get(plugin.name) is not plugin:
                raise LoadError("it was unloaded meanwhile")
            self._check(plugin, version)
            exchange(self._state.registry, old.commands, version.commands)
        except LoadError:
            version.guest.drop()
            raise
        plugin.version, plugin.previous = version, old
        self.recordings.follow(plugin, old)
        self._leave(plugin)
        self._join(plugin, version)
        plugin.reloads += 1
        self._retire(plugin, old)

    def _retire(self, plugin: Plugin, version: Version) -> None:
        """End a version that serves no more, once its calls have ended."""

        def end() -> None:
            task = asyncio.get_running_loop().create_task(self._end(plugin, version))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

        if version.calls:
            version.retired = end
        else:
            end()

    async def _end(self, plugin: Plugin, version: Version) -> None:
        version.retired = None
        reply = await self._loader.notify(plugin, version, ON_UNLOAD, [])
        if isinstance(reply, CommandError):
            LOG.warning("plugin '%s': %s: %s", plugin.name, ON_UNLOAD, reply.text)
        version.guest.drop()

    def enable(self, name: str, enabled: bool) -> None:
        """Let a plugin answer and its hooks run, or not. Raises LoadError."""
        plugin = self._changeable(name)
        plugin.state = PluginState.ACTIVE if enabled else PluginState.DISABLED
        self.keeper.keep(plugin)

    def limit(self, name: str, changes: dict[str, int]) -> None:
        """Narrow what a plugin may use, from its next call on. Raises LoadError."""
        plugin = self.get(name)
        plugin.overrides = plugin.overrides.changed(changes)
        if "memory_bytes" in changes:
            plugin.guest.renew()
        self.keeper.keep(plugin)

    async def unload(self, name: str) -> None:
        """Take a plugin out of the server. Raises LoadError when there is none of that name, and
        when another one needs it."""
        if self.failures.pop(name, None) is not None:
            self.keeper.forget(name)
            self.keeper.save()
            return
        plugin = self._changeable(name)
        others = dependents(plugin, self)
        if others:
            raise LoadError(f"it is needed by {', '.join(others)}")
        await self._take_out(plugin)
        self.keeper.forget(name)
        self.keeper.save()

    async def _take_out(self, plugin: Plugin) -> None:
        plugin.state = PluginState.UNLOADING
        leave(self._state.registry, plugin.commands)
        self._leave(plugin)
        try:
            await self._end(plugin, plugin.version)
        finally:
            self.calls.stop(plugin, f"the {plugin.kind} was unloaded")
            self.recordings.forget(plugin)
            plugin.guest.drop()
            del self._plugins[plugin.name]
            _ = self.past  # lets go of those before it
            self._gone.append(plugin)

    @property
    def past(self) -> Counter[str]:
        """Totals of the plugins that were unloaded."""
        gone, self._gone = self._gone, []
        for plugin in gone:
            if self.calls.has(plugin):
                self._gone.append(plugin)
            else:
                self._past.update(plugin.totals)
        return sum((plugin.totals for plugin in self._gone), self._past.copy())

    def kill(self, name: str) -> int:
        """End what a plugin has under way, its loading included; how much that was.

        Raises LoadError.
        """
        progress = self._under_way.get(name)
        if progress is None:
            return self.calls.stop(self.get(name), "killed by PLUGIN.KILL")
        progress.killed = True
        if progress.task is not None:
            self._scheduler.stop(progress.task, "killed by PLUGIN.KILL")
        elif progress.version is not None:
            self.calls.stop_version(progress.version, "killed by PLUGIN.KILL")
        return 1

    async def stop(self, *, announce: bool = False) -> None:
        """End everything that is under way and unload all plugins; the store keeps them. With
        `announce` their hooks are told before."""
        self._scheduler.stop_all("the server is shutting down")
        if announce and self._state.turn.owner is None:
            await reply_of(self.hooks.announce(Event.ON_SERVER_SHUTDOWN))
        for plugin in reversed(list(self)):
            await self._take_out(plugin)
        if self._retiring:
            await asyncio.wait(self._retiring)
        self._outside.close()
        self.recordings.close()

    # --- calling --------------------------------------------------------------------------------

    def _run_command(
        self, plugin: Plugin, table: CommandTable, call: Call, request: list[bytes]
    ) -> Reply | Pending:
        version = plugin.version
        entry = version.program.entries.get(table.name)
        if entry is None or plugin.name not in self._plugins:
            raise CommandError.unknown_command(request)  # queued before it went
        if not plugin.enabled:
            raise CommandError(f"ERR plugin '{plugin.name}' is {plugin.state.value}")
        invocation = Invocation(
            "command",
            arguments=request[1:],
            keyspace=call.keyspace,
            session=call.session,
            command=table.name,
            may_write="write" in table.flags,
            keys_read=self.hooks.reads,
        )
        run = partial(self.calls.run, plugin, version, entry, invocation, call, table.timeout_ms)
        outdated = self.types.outdated(version, call, table.name, request)
        if not outdated:
            return run()

        def job() -> Reply:
            for key in outdated:
                migrate(self.calls, plugin, version, call, key)
            reply = run()
            if isinstance(reply, CommandError):
                raise reply
            return reply if not isinstance(reply, Pending) else None

        limit_ms = self._config.plugins.timeout_ms
        return job() if self.calls.inside else self.calls.transact(call, job, limit_ms)


def _check_name(name: str) -> None:
    try:
        IDENTIFIER.from_text(name)
    except ValueError as error:
        raise LoadError(f"a plugin's name {error}") from error


def _check_pin(binary: bytes, pin: str) -> None:
    """Raises LoadError unless the bytes have the SHA-256 that was demanded."""
    digest = hashlib.sha256(binary).hexdigest()
    if pin and digest != pin.lower():
        raise LoadError(f"SHA256: its bytes have {digest}, not {pin.lower()}")
