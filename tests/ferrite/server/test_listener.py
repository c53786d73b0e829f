from __future__ import annotations

import asyncio
import socket

import pytest

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.errors import StartError
from ferrite.server.connection import Hub
from ferrite.server.listener import Listener
from ferrite.state import ServerState
from ferrite.turn import Turn


def listener() -> Listener:
    state = ServerState(Config(), standard_registry())
    state.turn = Turn(asyncio.get_running_loop(), lambda: 5000)
    return Listener(Hub(state))


async def ask(address: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(b"PING\r\n")
    reply = await reader.readline()
    writer.close()
    return reply


def test_one_free_port_for_all_addresses() -> None:
    async def main() -> list[bytes]:
        both = listener()
        await both.start(["127.0.0.1", "127.0.0.2"], 0)
        try:
            return [await ask(address, both.port) for address in ("127.0.0.1", "127.0.0.2")]
        finally:
            await both.stop()

    assert asyncio.run(main()) == [b"+PONG\r\n"] * 2


def test_all_addresses_or_none() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.2", 0)) as taken:
            port = taken.getsockname()[1]
            partly = listener()
            with pytest.raises(StartError, match=rf"cannot listen on 127\.0\.0\.2:{port}: \w+"):
                await partly.start(["127.0.0.1", "127.0.0.2"], port)
            assert partly.port == 0
            with pytest.raises(OSError, match="Connect"):
                await ask("127.0.0.1", port)

    asyncio.run(main())


def test_stopping_closes_the_door_and_the_connections() -> None:
    async def main() -> None:
        stopping = listener()
        await stopping.start(["127.0.0.1"], 0)
        port = stopping.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PING\r\n")
        assert await reader.readline() == b"+PONG\r\n"
        await stopping.stop()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(OSError, match="Connect"):
            await ask("127.0.0.1", port)

    asyncio.run(main())


def test_stopping_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ferrite.server.listener.STOP_SECONDS_MAX", 0.05)

    async def main() -> None:
        stopping = listener()
        await stopping.start(["127.0.0.1"], 0)
        client = socket.create_connection(("127.0.0.1", stopping.port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        value = b"x" * (32 << 20)
        state = stopping._hub.state
        state.databases[0].set(b"large", value)
        client.sendall(b"GET large\r\n")
        while not state.usages.calls:
            await asyncio.sleep(0)
        await stopping.stop()
        client.close()

    asyncio.run(main())
