from __future__ import annotations

import asyncio
import socket

import pytest

from ferrite.app import App
from ferrite.config import from_command_line
from ferrite.errors import StartError
from ferrite.plugins.extension import PluginExtension
from ferrite.state import ServerState


class Recorder:
    """An extension that notes what happens to it."""

    def __init__(self, name: str, events: list[str], problem: str = "") -> None:
        self.name, self.events, self.problem = name, events, problem

    async def start(self, state: ServerState) -> None:
        if self.problem:
            raise StartError(self.problem)
        self.events.append(f"{self.name} starts")

    async def stop(self) -> None:
        self.events.append(f"{self.name} stops")


def test_extensions_start_in_order_and_stop_in_reverse() -> None:
    events: list[str] = []

    async def main() -> None:
        app = App(from_command_line(["--port", "0"]), [Recorder(name, events) for name in "ab"])
        await app.start()
        events.append("serves" if app.listener.port else "is deaf")
        await app.stop()

    asyncio.run(main())
    assert events == ["a starts", "b starts", "serves", "b stops", "a stops"]


def test_what_had_started_stops_when_a_part_cannot_start() -> None:
    events: list[str] = []

    async def main() -> None:
        parts = [Recorder("a", events), Recorder("b", events, "no plugin today")]
        app = App(from_command_line(["--port", "0"]), parts)
        with pytest.raises(StartError, match="no plugin today"):
            await app.start()
        assert app.listener.port == 0

    asyncio.run(main())
    assert events == ["a starts", "a stops"]


def test_taken_port() -> None:
    async def main(port: int) -> None:
        events: list[str] = []
        app = App(from_command_line(["--port", str(port)]), [Recorder("a", events)])
        with pytest.raises(StartError, match=f"cannot listen on 127.0.0.1:{port}"):
            await app.start()
        assert events == ["a starts", "a stops"]

    with socket.create_server(("127.0.0.1", 0)) as taken:
        asyncio.run(main(taken.getsockname()[1]))


def test_dead_keys_go_without_being_met() -> None:
    async def main() -> None:
        app = App(from_command_line(["--port", "0"]))
        keyspace = app.state.databases[0]
        for number in range(2500):
            keyspace.set(b"%d" % number, b"")
            keyspace.expire_at(b"%d" % number, keyspace.now() + 1)
        await app.start()
        while len(keyspace):
            await asyncio.sleep(0.01)
        await app.stop()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_server_has_its_plugin_commands_even_when_plugins_are_off() -> None:
    async def main() -> None:
        config = from_command_line(["--port", "0"])
        config.plugins.enabled = False
        app = App(config, (PluginExtension(),))
        await app.start()
        assert app.state.registry.get("PLUGIN.LIST") is not None
        await app.stop()

    asyncio.run(asyncio.wait_for(main(), 20))
