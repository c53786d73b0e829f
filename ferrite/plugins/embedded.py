"""PluginManager for programs: plugins and their commands in this process, without a server.

Rule: it is a client of a server of its own that listens nowhere and keeps nothing on the disk
unless `store_dir` says where. Commands pass the gates that a client's pass; one after the other
they are one client's, so that MULTI and SELECT mean what they mean to a client, and those under way
at the same time are different clients'. What fails is an exception of this module.

    async with PluginManager(PluginConfig(plugin_dir="plugins")) as manager:
        await manager.load("hello", PluginSource.file("hello/hello.wasm"))
        await manager.execute_command("HELLO.WORLD", ["Alice"])
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.dispatch import dispatch
from ferrite.errors import CommandError, FerriteError
from ferrite.pending import Pending
from ferrite.permissions import Grant, grant_from_words
from ferrite.plugin_options import PluginOptions, SandboxOptions
from ferrite.plugins.extension import PluginExtension
from ferrite.plugins.loading import reply_of
from ferrite.plugins.manager import PluginManager as ServerPlugins
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import PluginSource
from ferrite.protocol.replies import SetReply, Special, Verbatim
from ferrite.state import Call, ServerState
from ferrite.turn import Turn

PROTOCOL = 3
"""Replies keep their types: maps, sets, doubles, booleans."""
ADDRESS = "127.0.0.1:0"
CLOSED = "the plugin manager is closed"
Argument: TypeAlias = str | bytes | int | float
Value: TypeAlias = Any
"""None, bool, int, float, bytes, str (a status such as OK), list, dict; a set is a list without an
order. An error within an array is a `PluginCommandError`."""


class PluginError(Exception):
    """Whatever fails here."""


class PluginLoadError(PluginError):
    """A plugin cannot be loaded or changed, or none can; the text says why."""


class PluginCommandError(PluginError):
    """A command answered an error."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code, _, self.message = text.partition(" ")
        """The error's first word, such as ERR or WRONGTYPE, and what follows."""


@dataclass(slots=True, kw_only=True)
class PluginConfig(PluginOptions):
    """The options of [plugins] in ferrite.toml, and of the tables below it.

    Raises ValueError that names the option.
    """

    sandbox: SandboxOptions = field(default_factory=SandboxOptions)
    """[plugins.sandbox]."""
    grants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """[plugins.grants.NAME], as words: {"hello": ["storage.read=user:*"]}."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """[plugins.config.NAME]."""

    def __post_init__(self) -> None:
        for holder in (self, self.sandbox):
            for each in fields(holder):
                option = each.metadata.get("option")
                if option is not None:
                    setattr(holder, each.name, _checked(each.name, option, holder))


def _checked(name: str, option: Any, holder: object) -> object:
    value = getattr(holder, name)
    try:
        return option.kind.from_toml(list(value) if isinstance(value, tuple) else value)
    except ValueError as error:
        raise ValueError(f"{name}: {str(error).removeprefix('argument ')}") from error


@dataclass(frozen=True, slots=True)
class PluginStats:
    """What the plugins of a manager have done so far."""

    total_plugins: int
    active_plugins: int
    executions: int
    errors: int
    fuel: int
    """Units."""
    memory_bytes: int


class _Running:
    """What exists from the start to the end."""

    def __init__(
        self, state: ServerState, extension: PluginExtension, plugins: ServerPlugins
    ) -> None:
        self.state = state
        self.plugins = plugins
        self._extension = extension
        self._idle: list[Call] = []
        """Clients that have no command under way, the one to be used next last."""
        self._waiting: dict[asyncio.Future[Any], Pending] = {}
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(0, self._expire)

    async def execute(self, request: list[bytes]) -> Any:
        """The reply to a request. Raises PluginError where the manager is closed meanwhile."""
        call = self._idle.pop() if self._idle else self._connect()
        reply = dispatch(call, request)
        if isinstance(reply, Pending):
            reply = await self._wait(call, reply)
        self._idle.append(call)
        return reply

    async def _wait(self, call: Call, pending: Pending) -> Any:
        future = reply_of(pending)
        self._waiting[future] = pending
        try:
            return await future
        except asyncio.CancelledError:
            pending.abandon()
            self.state.disconnect(call.session)
            raise
        finally:
            del self._waiting[future]

    async def stop(self) -> None:
        """End everything that is under way."""
        self._timer.cancel()
        await self._extension.stop()
        for future, pending in self._waiting.items():
            if not future.done():
                future.set_exception(PluginError(CLOSED))
                pending.abandon()
        _close(self.state)

    def _connect(self) -> Call:
        session = self.state.connect(ADDRESS, ADDRESS)
        session.protocol = PROTOCOL
        return Call(session, self.state)

    def _expire(self) -> None:
        """Keys that are due go by themselves, as in a server."""
        self.state.expire_due()
        self._timer = self._loop.call_later(1 / self.state.config.redis.hz, self._expire)


class PluginManager:
    """Plugins in this process. Belongs to the event loop in which it was used first."""

    def __init__(self, config: PluginConfig | None = None) -> None:
        self._config = config or PluginConfig()
        self._running: _Running | None = None
        self._closed = False
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> PluginManager:
        await self._start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def load(
        self,
        name: str,
        source: PluginSource,
        manifest: str | Path | None = None,
        *,
        grant: Iterable[str] | None = None,
        sha256: str = "",
    ) -> None:
        """Load a plugin under a name. Without `manifest` it is looked for beside and in the module.

        `grant` narrows its rights, in words as GRANT takes them; `sha256` is what its bytes must
        have. Raises PluginLoadError.
        """
        running = await self._start()
        async with _as_load_errors(name):
            given: Grant | None = None if grant is None else grant_from_words(grant)
            await running.plugins.load(name, source, manifest, grant=given, pin=sha256)

    async def reload(
        self, name: str, source: PluginSource | None = None, manifest: str | Path | None = None
    ) -> None:
        """Change to a new version, from `source` or where the present one came from. Raises
        PluginLoadError; then the old version serves on."""
        running = await self._start()
        async with _as_load_errors(name):
            path = None if manifest is None else str(manifest)
            await running.plugins.reload(name, source, path)

    async def unload(self, name: str) -> None:
        """Take a plugin out. Raises PluginLoadError."""
        running = await self._start()
        async with _as_load_errors(name):
            await running.plugins.unload(name)

    async def enable(self, name: str, enabled: bool = True) -> None:
        """Let a plugin serve, or not. Raises PluginLoadError where there is none of that name."""
        running = await self._start()
        async with _as_load_errors(name):
            running.plugins.enable(name, enabled)

    async def kill(self, name: str) -> int:
        """End the calls of a plugin that are under way; how many there were. What they did is
        undone. Raises PluginLoadError where there is none of that name."""
        running = await self._start()
        try:
            return running.plugins.kill(name)
        except LoadError as error:
            raise _load_error(name, error) from error

    async def execute_command(self, name: str, args: Iterable[Argument] = ()) -> Value:
        """Run a command, of a plugin or of the server, and return its reply.

        Raises PluginCommandError where it answers an error, TypeError for an argument of another
        type.
        """
        request = [_argument(name), *map(_argument, args)]
        running = await self._start()
        value = _value(await running.execute(request))
        if isinstance(value, PluginCommandError):
            raise value
        return value

    def stats(self) -> PluginStats:
        """What the plugins have done so far; functions of WASM.* are not counted."""
        running = self._running
        plugins = [] if running is None else [p for p in running.plugins if not p.is_function]
        booked = {} if running is None else running.plugins.calls.ledger.plugins
        return PluginStats(
            total_plugins=len(plugins),
            active_plugins=sum(plugin.enabled for plugin in plugins),
            executions=sum(plugin.executions for plugin in plugins),
            errors=sum(plugin.errors for plugin in plugins),
            fuel=sum(booked.get(plugin.name, 0) for plugin in plugins),
            memory_bytes=sum(plugin.guest.memory_bytes for plugin in plugins),
        )

    async def close(self) -> None:
        """End everything that is under way and unload all plugins; what comes later is refused."""
        async with self._starting:
            running, self._running, self._closed = self._running, None, True
        if running is not None:
            await running.stop()

    async def _start(self) -> _Running:
        """What runs; started at the first use, with the plugins of `plugin_dir` where `auto_load`
        says so. Raises PluginLoadError, PluginError once it is closed."""
        async with self._starting:
            if self._closed:
                raise PluginError(CLOSED)
            if self._running is None:
                if not self._config.enabled:
                    raise PluginLoadError("plugins are disabled (enabled = False)")
                self._running = await self._started()
            return self._running

    async def _started(self) -> _Running:
        state = ServerState(_server_config(self._config), standard_registry())
        state.turn = Turn(asyncio.get_running_loop(), lambda: self._config.busy_reply_ms)
        extension = PluginExtension(store_by_default=False)
        try:
            await extension.start(state)
            if extension.manager is None:
                raise PluginLoadError("the plugin system has not started")
        except BaseException as error:
            await extension.stop()
            _close(state)
            if isinstance(error, FerriteError):
                raise PluginLoadError(error.text) from error
            raise
        return _Running(state, extension, extension.manager)


@asynccontextmanager
async def _as_load_errors(name: str) -> AsyncIterator[None]:
    """Has a caller see PluginLoadError where the plugin system says LoadError."""
    try:
        yield
    except (LoadError, ValueError) as error:
        raise _load_error(name, error) from error


def _load_error(name: str, error: Exception) -> PluginLoadError:
    return PluginLoadError(f"plugin '{name}': {error}")


def _server_config(config: PluginConfig) -> Config:
    """Raises PluginLoadError for a bad grant."""
    found = Config()
    found.plugins, found.sandbox = config, config.sandbox
    found.plugin_config.update({name: dict(given) for name, given in config.settings.items()})
    for name, words in config.grants.items():
        try:
            found.plugin_grants[name] = grant_from_words(words)
        except ValueError as error:
            raise PluginLoadError(f"grants: {name}: {error}") from error
    return found


def _close(state: ServerState) -> None:
    state.append_only.close()
    state.snapshots.close()
    state.event_loop.close()


def _argument(value: Argument) -> bytes:
    """Raises TypeError for a value that has no one spelling."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"an argument is str, bytes, int or float, not {type(value).__name__}")
    return repr(value).encode()


def _value(reply: Any) -> Value:
    """A reply as a program gets it."""
    if isinstance(reply, CommandError):
        return PluginCommandError(reply.text)
    if isinstance(reply, Special):
        return None
    if isinstance(reply, Verbatim):
        return reply.value
    if isinstance(reply, dict):
        return {_value(key): _value(value) for key, value in reply.items()}
    if isinstance(reply, SetReply | list):
        return [_value(item) for item in reply]
    if isinstance(reply, tuple):
        return tuple(_value(item) for item in reply)
    return reply
