"""PluginManager: load, unload and look at plugins; nothing half loaded.

Rule: a plugin is in the table, and its commands are in the registry, only once everything about it
has been checked and its guest has started. Reading, decoding and validating happen in a worker
thread, starting in the scheduler, joining the server in one step on the loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ferrite.access.user import User
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.permissions import Grant
from ferrite.plugins.calls import Calls, describe
from ferrite.plugins.exports import ON_LOAD, ON_UNLOAD, Entry
from ferrite.plugins.guest import Guest
from ferrite.plugins.host_api import HostContext, Invocation
from ferrite.plugins.limits import LIMITS, MEBIBYTE
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.plugin import Plugin, PluginLog, PluginState
from ferrite.plugins.program import LoadError, Program, make_program
from ferrite.plugins.registration import join, leave, make_command
from ferrite.plugins.scheduler import Scheduler, Task
from ferrite.plugins.schema import IDENTIFIER
from ferrite.plugins.sources import PluginSource, read_source
from ferrite.protocol.replies import Reply
from ferrite.session import Session
from ferrite.state import Call, ServerState
from wasm_vm import PAGE_SIZE, CodeCache, Limits, prepare, use_code_cache

LOG = logging.getLogger(__name__)

SERVER_SESSION = 0
"""The id of the session that stands for the server itself: no client ever has it."""


class PluginManager:
    """The plugins of one server. Belongs to the running event loop's thread."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._config = state.config
        use_code_cache(CodeCache() if state.config.plugins.code_cache else None)
        loop = asyncio.get_running_loop()
        self._scheduler = Scheduler(lambda: self._config.plugins.slice_ms, loop.call_soon)
        self._calls = Calls(state.config, self._scheduler)
        self._plugins: dict[str, Plugin] = {}
        self._loading: set[str] = set()

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins.values())

    def get(self, name: str) -> Plugin:
        """A loaded plugin. Raises LoadError when there is none of that name."""
        plugin = self._plugins.get(name)
        if plugin is None:
            raise LoadError("no such plugin is loaded")
        return plugin

    async def load(
        self, name: str, source: PluginSource, manifest: str | Path | None = None
    ) -> Plugin:
        """Load a plugin under a name. Raises LoadError; the server is then as it was before.

        Without `manifest` it is looked for beside the module and in it.
        """
        with self._reserved(name):
            program, settings = await self._read(name, source, manifest)
            return await self._bring_up(program, settings)

    async def load_file(self, path: str | Path) -> Plugin:
        """Load a plugin under its package's name, or its file's where no manifest gives one.

        Raises LoadError.
        """
        path = Path(path).absolute()
        program, settings = await self._read(path.stem, PluginSource.file(path), None)
        program = replace(program, name=program.manifest.package.name)
        with self._reserved(program.name):
            return await self._bring_up(program, settings)

    async def unload(self, name: str) -> None:
        """Take a plugin out of the server. Raises LoadError when there is none of that name."""
        plugin = self.get(name)
        if plugin.state is PluginState.UNLOADING:
            raise LoadError("it is being unloaded already")
        plugin.state = PluginState.UNLOADING
        leave(self._state.registry, plugin.commands)
        try:
            reply = await self._notify(plugin, ON_UNLOAD, "unload")
            if isinstance(reply, CommandError):
                LOG.warning("plugin '%s': %s: %s", name, ON_UNLOAD, reply.text)
        finally:
            self._calls.stop(plugin, "the plugin was unloaded")
            plugin.guest.drop()
            del self._plugins[name]

    def kill(self, name: str) -> int:
        """End the calls of a plugin that are under way; how many there were. Raises LoadError."""
        return self._calls.stop(self.get(name), "killed by PLUGIN.KILL")

    async def stop(self) -> None:
        """End everything that is under way and unload all plugins."""
        self._scheduler.stop_all("the server is shutting down")
        for name in list(self._plugins):
            await self.unload(name)

    # --- loading --------------------------------------------------------------------------------

    @contextmanager
    def _reserved(self, name: str) -> Iterator[None]:
        """Keep a name for a plugin that is being loaded. Raises LoadError when it may not be."""
        try:
            IDENTIFIER.from_text(name)
        except ValueError as error:
            raise LoadError(f"a plugin's name {error}") from error
        if name in self._plugins or name in self._loading:
            raise LoadError("a plugin of this name is loaded already")
        most = self._config.plugins.max_plugins
        if len(self._plugins) + len(self._loading) >= most:
            raise LoadError(f"max_plugins = {most} are loaded already")
        self._loading.add(name)
        try:
            yield
        finally:
            self._loading.discard(name)

    async def _read(
        self, name: str, source: PluginSource, manifest: str | Path | None
    ) -> tuple[Program, dict[str, Any]]:
        """A program and the settings that came with it, in a worker thread."""
        folder = Path(self._config.plugins.plugin_dir)
        path = None if manifest is None else Path(manifest)
        limits = self._limits()

        def read() -> tuple[Program, dict[str, Any]]:
            files = read_source(source, folder, path)
            program = make_program(name, files.binary, files.name, files.manifest, limits)
            if len(files.binary) <= LIMITS.prepared_bytes_max:
                prepare(program.module)
            return program, files.settings

        return await asyncio.to_thread(read)

    async def _bring_up(self, program: Program, settings: dict[str, Any]) -> Plugin:
        plugin = self._make_plugin(program, settings)
        await self._start(plugin)
        join(self._state.registry, plugin.commands)
        plugin.state = PluginState.ACTIVE
        self._plugins[plugin.name] = plugin
        return plugin

    def _limits(self) -> Limits:
        """The bounds of an instance; its fuel is that for starting."""
        sandbox = self._config.sandbox
        return Limits(
            fuel=sandbox.load_fuel,
            slice=LIMITS.slice_units,
            total_bytes=sandbox.max_memory_mb * MEBIBYTE,
            memory_pages=sandbox.max_memory_mb * MEBIBYTE // PAGE_SIZE,
            module_bytes=LIMITS.module_bytes_max,
            fields=LIMITS.struct_fields_max,
            catch_clauses=LIMITS.catch_clauses_max,
        )

    def _make_plugin(self, program: Program, settings: dict[str, Any]) -> Plugin:
        asked = Grant(program.manifest.permissions)
        try:
            grant = asked.narrowed(self._config.plugins.default_grant)
        except ValueError as error:
            raise LoadError(str(error)) from error
        log = PluginLog(program.name)
        context = HostContext(
            plugin=program.name,
            version=program.manifest.package.version,
            grant=grant,
            log=log.write,
            settings={**settings, **self._config.plugin_config.get(program.name, {})},
            value_bytes_max=self._config.redis.proto_max_bulk_len,
        )
        guest = Guest(
            program,
            context,
            self._limits,
            self._scheduler.checkpoint,
            self._config.sandbox.restricted_syscalls,
        )
        plugin = Plugin(program, guest, log)
        plugin.commands = [
            make_command(table, partial(self._run_command, plugin, table))
            for table in program.manifest.commands
        ]
        return plugin

    async def _start(self, plugin: Plugin) -> None:
        """Run what the guest does before its first call."""
        done: asyncio.Future[Task] = asyncio.get_running_loop().create_future()
        self._scheduler.start(plugin.guest.start, LIMITS.start_milliseconds_max, _resolver(done))
        task = await done
        try:
            task.result()
        except Exception as error:
            raise LoadError(f"while starting: {describe(error, plugin.guest)}") from error
        reply = await self._notify(plugin, ON_LOAD, "load")
        if isinstance(reply, CommandError):
            raise LoadError(f"{ON_LOAD}: {reply.text}")

    async def _notify(self, plugin: Plugin, export: str, event: str) -> Reply:
        """Call an optional entry point in a turn of its own; None where the guest has none."""
        if export not in plugin.program.exports:
            return None
        call = Call(Session(SERVER_SESSION, User.almighty(self._state.registry)), self._state)
        invocation = Invocation(event, keyspace=call.keyspace, may_write=True)
        run = partial(self._calls.run, plugin, Entry(export), invocation, call)
        try:
            turn = self._state.turn
            return await _reply_of(run() if turn.owner is None else turn.park(run))
        except CommandError as error:
            return error

    # --- calling --------------------------------------------------------------------------------

    def _run_command(
        self, plugin: Plugin, table: CommandTable, call: Call, request: list[bytes]
    ) -> Reply | Pending:
        invocation = Invocation(
            "command",
            arguments=request[1:],
            keyspace=call.keyspace,
            session=call.session,
            command=table.name,
            may_write="write" in table.flags,
        )
        entry = plugin.program.entries[table.name]
        return self._calls.run(plugin, entry, invocation, call, table.timeout_ms)


def _resolver(done: asyncio.Future[Task]) -> Callable[[Task], None]:
    """Hands a task that has ended to whoever awaits it, if anybody still does."""

    def resolve(task: Task) -> None:
        if not done.done():
            done.set_result(task)

    return resolve


def _reply_of(reply: Reply | Pending) -> Awaitable[Reply]:
    """A reply to await, whether it is there or comes later."""
    done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    if isinstance(reply, Pending):
        reply.on_done(lambda value: None if done.done() else done.set_result(value))
    else:
        done.set_result(reply)
    return done
