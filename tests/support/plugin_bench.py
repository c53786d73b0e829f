"""A server without sockets that has plugins: requests go straight to dispatch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.dispatch import dispatch
from ferrite.pending import Pending
from ferrite.plugins.commands import FAMILY, management_commands
from ferrite.plugins.functions import commands as functions
from ferrite.plugins.functions.service import Functions
from ferrite.plugins.management.support import SINCE
from ferrite.plugins.manager import PluginManager
from ferrite.plugins.plugin import Plugin
from ferrite.plugins.sources import PluginSource
from ferrite.protocol.replies import Reply
from ferrite.state import Call, ServerState
from ferrite.turn import Turn
from tests.support.patience import patient


class PluginBench:
    """One client of a server of its own, whose plugins are loaded from bytes."""

    def __init__(self, config: Config | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.config = patient(config or Config())
        self.state = ServerState(self.config, standard_registry())
        self.state.turn = Turn(self.loop, lambda: self.config.plugins.busy_reply_ms)
        self.manager = self.loop.run_until_complete(self._manager())
        self.state.registry.add_group(management_commands(self.manager))
        self.state.registry.add_family(FAMILY, group="module", since=SINCE, summary="Plugins")
        group = functions.function_commands(Functions(self.state, self.manager))
        self.state.registry.add_group(group)
        self.state.registry.add_family(
            functions.FAMILY, group="scripting", since=SINCE, summary="Functions"
        )
        self.call = self.client()
        self.keyspace = self.call.keyspace

    async def _manager(self) -> PluginManager:
        return PluginManager(self.state)

    def client(self, address: str = "127.0.0.1:1") -> Call:
        return Call(self.state.connect(address), self.state)

    def load(self, binary: bytes, name: str = "t", manifest: str | None = None) -> Plugin:
        source = PluginSource(data=binary)
        return self.loop.run_until_complete(self.manager.load(name, source, manifest))

    def begin(self, *request: bytes | str, call: Call | None = None) -> Reply | Pending:
        """Send a request; a reply that comes later is a Pending."""
        items = [item if isinstance(item, bytes) else item.encode() for item in request]

        async def send() -> Reply | Pending:
            return dispatch(call or self.call, items)

        return self.loop.run_until_complete(send())

    def wait(self, reply: Reply | Pending) -> Reply:
        """The reply, once it is there."""
        if not isinstance(reply, Pending):
            return reply
        done = self.loop.create_future()
        reply.on_done(done.set_result)
        value: Reply = self.loop.run_until_complete(done)
        return value

    def reply(self, *request: bytes | str, call: Call | None = None) -> Reply:
        return self.wait(self.begin(*request, call=call))

    def close(self) -> None:
        self.loop.run_until_complete(self.manager.stop())
        self.loop.close()


@contextmanager
def plugin_bench(
    binary: bytes | None = None, config: Config | None = None
) -> Iterator[PluginBench]:
    """A bench, with a plugin `t` where one is given."""
    bench = PluginBench(config)
    try:
        if binary is not None:
            bench.load(binary)
        yield bench
    finally:
        bench.close()
