"""From a source to a version that stands beside the one that serves, if any does.

Rule: reading, decoding and validating happen in a worker thread, starting in the scheduler. Nothing
here changes what the server serves: whoever asked for the version does that in one step.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ferrite.access.user import User
from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.permissions import Grant
from ferrite.plugins import signatures
from ferrite.plugins.bounds import Overrides, bounds, instance_limits
from ferrite.plugins.calls import Calls, describe
from ferrite.plugins.exports import MIGRATE, ON_LOAD, Entry
from ferrite.plugins.functions.module import make_function
from ferrite.plugins.functions.terms import CommandFilter
from ferrite.plugins.guest import Guest
from ferrite.plugins.host_api import HostContext, Invocation
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.outside import Outside
from ferrite.plugins.plugin import Plugin, Version, settings_of
from ferrite.plugins.program import LoadError, Program, make_program
from ferrite.plugins.registration import make_command
from ferrite.plugins.rights import Rights, make_rights
from ferrite.plugins.rows import make_row
from ferrite.plugins.scheduler import Scheduler, Task
from ferrite.plugins.sources import PluginSource, SourceFiles, read_source
from ferrite.plugins.study import watch
from ferrite.protocol.replies import Reply
from ferrite.session import Session
from ferrite.state import Call, ServerState
from wasm_vm import prepare

LOG = logging.getLogger(__name__)

SERVER_SESSION = 0
"""The id of the session that stands for the server itself: no client ever has it."""

RunCommand = Callable[[Plugin, CommandTable, Call, list[bytes]], Reply | Pending]


@dataclass(slots=True)
class Progress:
    """A load or reload under way, so that it can be ended."""

    task: Task | None = None
    """The guest's start, while it runs."""
    version: Version | None = None
    killed: bool = False

    def check(self) -> None:
        """Raises LoadError once it was killed."""
        if self.killed:
            raise LoadError("killed by PLUGIN.KILL while loading")


class Loader:
    """Makes versions for the plugins of one server."""

    def __init__(
        self,
        state: ServerState,
        scheduler: Scheduler,
        calls: Calls,
        run: RunCommand,
        outside: Outside,
    ) -> None:
        self._state = state
        self._config = state.config
        self._scheduler = scheduler
        self._calls = calls
        self._run = run
        self._outside = outside
        self._warned = False
        """Whether the log says already that signatures are not asked for."""

    async def read(
        self, name: str, source: PluginSource, manifest: str | None
    ) -> tuple[Program, SourceFiles]:
        """A program, and what it was made from. Raises LoadError."""
        options = self._config.plugins
        return await asyncio.to_thread(
            lambda: self.make(name, read_source(source, options, manifest))
        )

    async def remake(self, name: str, files: SourceFiles) -> Program:
        """A program of what was read before. Raises LoadError."""
        return (await asyncio.to_thread(self.make, name, files))[0]

    def make(self, name: str, files: SourceFiles) -> tuple[Program, SourceFiles]:
        """As `read`, for what is read already; pure, for any thread."""
        sandbox = self._config.sandbox
        if sandbox.verify_signatures:
            beside = None if files.manifest is None else files.manifest.text
            keys = sandbox.trusted_keys
            signatures.check(files.binary, beside, files.signature, keys, files.name)
        elif not self._warned:
            self._warned = True
            LOG.warning("[plugins.sandbox] verify_signatures = false: unsigned plugins are loaded")
        limits = replace(instance_limits(self._config, NO_OVERRIDES), fuel=None)
        if files.function is not None:
            program = make_function(name, files.binary, files.name, files.function, limits)
        else:
            program = make_program(name, files.binary, files.name, files.manifest, limits)
        if len(files.binary) <= LIMITS.prepared_bytes_max:
            prepare(program.module)
        return program, files

    def rights(self, plugin: str, program: Program, granted: Grant | None) -> Rights:
        """What a program may do here. Raises LoadError."""
        configured = self._config.plugin_grants.get(plugin)
        most = self._config.plugins.default_grant
        return make_rights(program.manifest.permissions, granted, configured, most, plugin)

    def version(
        self,
        plugin: Plugin,
        program: Program,
        files: SourceFiles,
        source: PluginSource,
        manifest: str | None,
        granted: Grant | None,
    ) -> Version:
        """A version that has not started; `granted` is what GRANT said. Raises LoadError."""
        rights = self.rights(plugin.name, program, granted)
        context = HostContext(
            plugin=plugin.name,
            version=program.manifest.package.version,
            grant=rights.effective,
            log=plugin.log.write,
            settings=settings_of(files, self._config.plugin_config.get(plugin.name, {})),
            kind="plugin" if files.function is None else "function",
            commands=None
            if files.function is None
            else CommandFilter(files.function, self._state.registry),
            types={table.name: table for table in program.manifest.data_types},
            outside=self._outside,
            value_bytes_max=self._config.redis.proto_max_bulk_len,
        )
        guest = Guest(
            program,
            context,
            lambda: instance_limits(self._config, plugin.overrides),
            self._scheduler.checkpoint,
            self._config.sandbox.restricted_syscalls,
            lambda: bounds(self._config, plugin.overrides).handles,
        )
        watch(plugin.study, guest, self._state.clock.now)
        version = Version(program, files, source, manifest, guest, rights)
        version.commands = [
            make_command(table, partial(self._run, plugin, table), plugin.name)
            for table in program.manifest.commands
        ]
        for command, table in zip(version.commands, program.manifest.commands, strict=True):
            command.serve_row = make_row(self._state, self._calls, plugin, version, table, command)
        return version

    async def start(
        self, plugin: Plugin, version: Version, progress: Progress, before: str = ""
    ) -> None:
        """Run what a guest does before its first call: its start, `ferrite_on_load`, and after
        the version `before`, `ferrite_migrate`. Raises LoadError."""
        progress.check()
        done: asyncio.Future[Task] = asyncio.get_running_loop().create_future()
        progress.task = self._scheduler.start(
            version.guest.start, LIMITS.start_milliseconds_max, _resolver(done)
        )
        task = await done
        progress.task = None
        try:
            task.result()
        except Exception as error:
            raise LoadError(f"while starting: {describe(error, version.guest)}") from error
        progress.check()
        for export, arguments in ((ON_LOAD, []), (MIGRATE, [before.encode()])):
            if export == MIGRATE and not before:
                continue
            reply = await self.notify(plugin, version, export, arguments)
            progress.check()
            if isinstance(reply, CommandError):
                raise LoadError(f"{export}: {reply.text}")

    async def notify(
        self, plugin: Plugin, version: Version, export: str, arguments: list[bytes]
    ) -> Reply:
        """Call an optional entry point in a turn of its own; None where the guest has none, a
        CommandError where it fails."""
        if export not in version.program.exports:
            return None
        call = server_call(self._state)
        event = export.removeprefix("ferrite_").removeprefix("on_")
        invocation = Invocation(event, arguments, keyspace=call.keyspace, may_write=True)
        run = partial(self._calls.run, plugin, version, Entry(export), invocation, call)
        try:
            turn = self._state.turn
            return await reply_of(run() if turn.owner is None else turn.park(run))
        except CommandError as error:
            return error


NO_OVERRIDES = Overrides()


def server_call(state: ServerState) -> Call:
    """A call of the server's own, on whose behalf everything is allowed."""
    return Call(Session(SERVER_SESSION, User.almighty(state.registry)), state)


def _resolver(done: asyncio.Future[Task]) -> Callable[[Task], None]:
    """Hands a task that has ended to whoever awaits it, if anybody still does."""

    def resolve(task: Task) -> None:
        if not done.done():
            done.set_result(task)

    return resolve


def reply_of(reply: Reply | Pending) -> asyncio.Future[Reply]:
    """A reply to await, whether it is there or comes later."""
    done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    if isinstance(reply, Pending):
        reply.on_done(lambda value: None if done.done() else done.set_result(value))
    else:
        done.set_result(reply)
    return done
