from __future__ import annotations

import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest

from ferrite.app import App
from ferrite.config import from_command_line
from ferrite.errors import StartError
from ferrite.plugins.extension import PluginExtension
from ferrite.state import ServerState
from tests.support.real_redis import free_port
from tests.support.waiting import in_loop


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

    in_loop(main())
    assert events == ["a starts", "b starts", "serves", "b stops", "a stops"]


def test_what_had_started_stops_when_a_part_cannot_start() -> None:
    events: list[str] = []

    async def main() -> None:
        parts = [Recorder("a", events), Recorder("b", events, "no plugin today")]
        app = App(from_command_line(["--port", "0"]), parts)
        with pytest.raises(StartError, match="no plugin today"):
            await app.start()
        assert app.listener.port == 0

    in_loop(main())
    assert events == ["a starts", "a stops"]


def test_taken_port() -> None:
    async def main(port: int) -> None:
        events: list[str] = []
        app = App(from_command_line(["--port", str(port)]), [Recorder("a", events)])
        with pytest.raises(StartError, match=f"cannot listen on 127.0.0.1:{port}"):
            await app.start()
        assert events == []

    with socket.create_server(("127.0.0.1", 0)) as taken:
        in_loop(main(taken.getsockname()[1]))


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

    in_loop(main())


def test_a_server_has_its_plugin_commands_even_when_plugins_are_off() -> None:
    async def main() -> None:
        config = from_command_line(["--port", "0"])
        config.plugins.enabled = False
        app = App(config, (PluginExtension(),))
        await app.start()
        assert app.state.registry.get("PLUGIN.LIST") is not None
        await app.stop()

    in_loop(main())


@pytest.mark.parametrize(
    ("arguments", "text", "message"),
    [
        (["--user", "bob on +nosuch"], "", "'\\+nosuch' for the user named 'bob': Unknown command"),
        (["--aclfile", "users.acl"], "user bob what", "users.acl:1: Syntax error"),
        (["--aclfile", "users.acl", "--user", "bob"], "", "not in both"),
        (["--aclfile", "none.acl"], "", "No such file"),
    ],
)
def test_users_that_cannot_be(
    tmp_path: Path, arguments: list[str], text: str, message: str
) -> None:
    (tmp_path / "users.acl").write_text(text)

    async def main() -> None:
        app = App(from_command_line(["--port", "0", "--dir", str(tmp_path), *arguments]))
        with pytest.raises(StartError, match=message):
            await app.start()

    in_loop(main())


def test_users_are_there_from_the_first_client_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "users.acl").write_text("user bob on nopass +@all\nuser eve\n")

    async def main() -> None:
        arguments = ["--port", "0", "--dir", str(tmp_path), "--aclfile", "users.acl"]
        app = App(from_command_line(arguments))
        await app.start()
        assert [user.name for user in app.state.users] == [b"bob", b"default", b"eve"]
        await app.stop()

    in_loop(main())
    assert "user 'eve' is off" in caplog.text


def test_metrics_are_served_where_a_port_is_given() -> None:
    pytest.importorskip("prometheus_client")
    port = free_port()

    async def main() -> None:
        app = App(from_command_line(["--port", "0", "--metrics-port", str(port)]))
        await app.start()
        url = f"http://127.0.0.1:{port}/metrics"
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=60).read())
        await app.stop()
        assert b"ferrite_connected_clients 0.0" in text
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(url, timeout=60)

    in_loop(main())
