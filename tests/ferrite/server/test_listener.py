from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from ferrite.commands import standard_registry
from ferrite.config import Config, RedisOptions
from ferrite.errors import StartError
from ferrite.server.hub import Hub
from ferrite.server.listener import Listener, _bind, tls_context
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
        await both.serve()
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
        await stopping.serve()
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
        await stopping.serve()
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


def test_a_unix_socket_has_its_permissions_before_anybody_can_come(tmp_path: Path) -> None:
    path = tmp_path / "socket"

    async def main() -> tuple[int, bytes]:
        listening = listener()
        await listening.start_unix(str(path), 0o700)
        await listening.serve()
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        mode = path.stat().st_mode & 0o777
        await listening.stop()
        return mode, answer

    assert asyncio.run(main()) == (0o700, b"+PONG\r\n")
    assert not path.exists()


def test_a_bound_socket_refuses_until_somebody_listens(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with (
        _bind(path, 0o777),
        socket.socket(socket.AF_UNIX) as client,
        pytest.raises(ConnectionRefusedError),
    ):
        client.connect(path)


def test_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    options = RedisOptions(
        tls_cert_file=str(certificate), tls_key_file=str(key), tls_auth_clients="no"
    )

    async def main() -> bytes:
        listening = listener()
        await listening.start(["127.0.0.1"], 0, tls_context(options))
        await listening.serve()
        trusting = ssl.create_default_context(cafile=str(certificate))
        trusting.check_hostname = False
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.port, ssl=trusting)
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        await listening.stop()
        return answer

    assert asyncio.run(main()) == b"+PONG\r\n"


def test_tls_without_its_files_does_not_start() -> None:
    with pytest.raises(StartError, match="tls-cert-file"):
        tls_context(RedisOptions())
    with pytest.raises(StartError, match="cannot use /none"):
        tls_context(RedisOptions(tls_cert_file="/none", tls_key_file="/none"))
