"""Functions: load, change, find and call the functions of one server.

Rule: a function lives in the manager's table of plugins, so that KILL, LIMITS, LOG, AUDIT, ERRORS
and PROFILE of PLUGIN.* reach it by its name; what is a function's own is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter_ns

from ferrite.errors import CommandError
from ferrite.pending import Pending
from ferrite.plugins.bounds import Overrides
from ferrite.plugins.functions.shape import FunctionEntry, Shape
from ferrite.plugins.functions.terms import Terms, check_command_words
from ferrite.plugins.functions.words import Wanted
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.program import LoadError
from ferrite.plugins.sources import PluginSource
from ferrite.protocol.replies import Reply
from ferrite.state import Call, ServerState

MAGIC = b"\0asm"


class Functions:
    """The functions of one server."""

    def __init__(self, state: ServerState, manager: PluginManager) -> None:
        self._registry = state.registry
        self._manager = manager
        self._fuel_before: dict[str, int] = {}
        """What had been booked under a name when its function was loaded."""

    def __iter__(self) -> Iterator[Plugin]:
        return (plugin for plugin in self._manager if plugin.is_function)

    def get(self, name: str) -> Plugin:
        """A loaded function. Raises LoadError where there is none of that name."""
        if name in self._manager.failures:
            return self._manager.get(name)  # says why
        plugin = self._manager.find(name)
        if plugin is None or not plugin.is_function:
            raise LoadError("no such function is loaded")
        return plugin

    # --- changing -------------------------------------------------------------------------------

    async def load(self, name: str, wanted: Wanted, data: bytes | None = None) -> None:
        """Load a function, or another in its place where that is wanted. Raises LoadError."""
        overrides = wanted.overrides(Overrides())
        source = wanted.source(Terms(), data)
        self._check(source)
        present = self._manager.find(name)
        if present is not None and present.is_function:
            if not wanted.replace:
                raise LoadError("it is loaded already; REPLACE puts another in its place")
            await self._exchange(name, source, overrides)
            return
        self._fuel_before[name] = self._booked(name)
        plugin = await self._manager.load(name, source, kept=True, overrides=overrides)
        if plugin.overrides != overrides:  # kept of one that could not be loaded
            plugin.overrides = overrides
            self._manager.keeper.keep(plugin)

    async def define(self, name: str, wanted: Wanted) -> None:
        """Load a function from the text format. Raises LoadError."""
        await self.load(name, wanted, await asyncio.to_thread(_assemble, wanted.data))

    async def update(self, name: str, wanted: Wanted) -> None:
        """Put another module in a function's place; what is not said of its terms and limits
        stays. Raises LoadError."""
        plugin = self.get(name)
        source = wanted.source(plugin.version.source.function or Terms())
        self._check(source)
        await self._exchange(name, source, wanted.overrides(plugin.overrides))

    async def reload(self, name: str) -> None:
        """Read a function's file again. Raises LoadError."""
        if self.get(name).version.source.path is None:
            raise LoadError("it was not loaded from a file; UPDATE takes a new module")
        await self._manager.reload(name)

    async def unload(self, name: str) -> None:
        """Take a function out of the server. Raises LoadError."""
        if name not in self._manager.failures:
            self.get(name)
        await self._manager.unload(name)

    def _check(self, source: PluginSource) -> None:
        terms = source.function or Terms()
        if source.path is None and not source.data.startswith(MAGIC):
            raise LoadError("these bytes are no WebAssembly module (PATH names a file of one)")
        try:
            check_command_words((*terms.commands, *terms.deny_commands), self._registry)
        except ValueError as error:
            raise LoadError(str(error)) from error

    async def _exchange(self, name: str, source: PluginSource, overrides: Overrides) -> None:
        """Change to another version, which starts under its own limits."""
        plugin = self.get(name)
        before, plugin.overrides = plugin.overrides, overrides
        try:
            await self._manager.reload(name, source)
        except BaseException:
            plugin.overrides = before
            raise

    # --- calling --------------------------------------------------------------------------------

    def call(
        self, call: Call, name: str, keys: list[bytes], arguments: list[bytes], *, writes: bool
    ) -> Reply | Pending:
        """Call a function for a client. Raises CommandError, LoadError."""
        plugin = self.get(name)
        version = plugin.version
        if not plugin.enabled:
            raise LoadError(f"it is {plugin.state.value}")
        shape, terms = shape_of(plugin), version.files.function
        words = [*keys, *arguments]
        try:
            entry = FunctionEntry(shape.export, shape.parse(words))
        except ValueError as error:
            raise LoadError(str(error)) from error
        invocation = Invocation(
            "function",
            arguments=words,
            keyspace=call.keyspace,
            session=call.session,
            command="WASM.CALL" if writes else "WASM.CALL_RO",
            may_write=writes and not (terms is not None and terms.read_only),
            keys_read=self._manager.hooks.reads,
        )
        invocation.key_count = len(keys)
        begun = perf_counter_ns()

        def ended(_reply: Reply) -> None:
            plugin.nanoseconds += perf_counter_ns() - begun

        reply = self._manager.calls.run(plugin, version, entry, invocation, call)
        if isinstance(reply, Pending):
            reply.on_done(ended)
        else:
            ended(reply)
        return reply

    # --- telling --------------------------------------------------------------------------------

    def fuel_of(self, plugin: Plugin) -> int:
        """Units that a function's calls have used since it was loaded."""
        return self._booked(plugin.name) - self._fuel_before.get(plugin.name, 0)

    def _booked(self, name: str) -> int:
        return self._manager.calls.ledger.plugins[name]


def _assemble(text: bytes) -> bytes:
    """As `assembler.assemble`; the assembler is large, and loaded by those who use it."""
    from ferrite.plugins.functions.assembler import assemble

    return assemble(text)


def shape_of(plugin: Plugin) -> Shape:
    """A function's shape. Raises CommandError for a plugin, which has none."""
    shape = plugin.program.shape
    if shape is None:
        raise CommandError.internal()
    return shape
