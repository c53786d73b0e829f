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
from tests.support.waiting import SECONDS_MAX, in_loop


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

    assert in_loop(main()) == [b"+PONG\r\n"] * 2


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

    in_loop(main())


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

    in_loop(main())


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

    in_loop(main())


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

    assert in_loop(main()) == (0o700, b"+PONG\r\n")
    assert not path.exists()


def test_a_bound_socket_refuses_until_somebody_listens(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with (
        _bind(path, 0o777),
        socket.socket(socket.AF_UNIX) as client,
        pytest.raises(ConnectionRefusedError),
    ):
        client.connect(path)


def certificate(folder: Path, name: str, *signer: str) -> tuple[str, str]:
    """The files of a new certificate and its key, signed by itself or by "-CA ... -CAkey ..."."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *signer],
        check=True, capture_output=True, timeout=SECONDS_MAX,
    )  # fmt: skip
    return str(certificate), str(key)


def answer_over_tls(options: RedisOptions, client: ssl.SSLContext) -> bytes:
    """The answer to a PING; raises OSError when client or server refuse each other."""
    client.check_hostname = False

    async def main() -> bytes:
        listening = listener()
        await listening.start(["127.0.0.1"], 0, tls_context(options))
        await listening.serve()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", listening.port, ssl=client)
            writer.write(b"PING\r\n")
            answer = await reader.readline()
            writer.close()
            return answer
        finally:
            await listening.stop()

    return in_loop(main())


def test_tls(tmp_path: Path) -> None:
    file, key = certificate(tmp_path, "server")
    options = RedisOptions(tls_cert_file=file, tls_key_file=key, tls_auth_clients="no")
    assert answer_over_tls(options, ssl.create_default_context(cafile=file)) == b"+PONG\r\n"


@pytest.mark.parametrize(
    ("wanted", "brought", "served"),
    [
        ("yes", "known", True),
        ("yes", "", False),
        ("yes", "foreign", False),
        ("optional", "known", True),
        ("optional", "", True),
        ("optional", "foreign", False),
        ("no", "foreign", True),
    ],
)
def test_certificates_of_clients(tmp_path: Path, wanted: str, brought: str, served: bool) -> None:
    file, key = certificate(tmp_path, "server")
    authority, authority_key = certificate(tmp_path, "authority")
    options = RedisOptions(
        tls_cert_file=file, tls_key_file=key, tls_ca_cert_file=authority, tls_auth_clients=wanted
    )
    client = ssl.create_default_context(cafile=file)
    if brought == "known":
        signer = ("-CA", authority, "-CAkey", authority_key)
        client.load_cert_chain(*certificate(tmp_path, "client", *signer))
    elif brought == "foreign":
        client.load_cert_chain(*certificate(tmp_path, "client"))
    try:
        answer = answer_over_tls(options, client)
    except OSError:  # what a refusal is to the client depends on how far it has come
        answer = b""
    assert answer == (b"+PONG\r\n" if served else b"")


def test_tls_without_its_files_does_not_start() -> None:
    with pytest.raises(StartError, match="tls-cert-file"):
        tls_context(RedisOptions())
    with pytest.raises(StartError, match="cannot use /none"):
        tls_context(RedisOptions(tls_cert_file="/none", tls_key_file="/none"))


def test_moving_keeps_who_is_connected_and_takes_new_clients_elsewhere() -> None:
    async def main() -> list[bytes]:
        moving = listener()
        await moving.start(["127.0.0.1"], 0)
        await moving.serve()
        before = moving.port
        reader, writer = await asyncio.open_connection("127.0.0.1", before)
        moving.move(["127.0.0.1", "127.0.0.2"], 0)
        try:
            assert moving.port != before
            replies = [await ask(address, moving.port) for address in ("127.0.0.1", "127.0.0.2")]
            with pytest.raises(OSError, match="Connect"):
                await ask("127.0.0.1", before)
            writer.write(b"PING\r\n")
            replies.append(await reader.readline())
            writer.close()
            return replies
        finally:
            await moving.stop()

    assert in_loop(main()) == [b"+PONG\r\n"] * 3


def test_a_move_that_fails_changes_nothing() -> None:
    async def main() -> bytes:
        with socket.create_server(("127.0.0.2", 0)) as taken:
            port = taken.getsockname()[1]
            staying = listener()
            await staying.start(["127.0.0.1"], 0)
            await staying.serve()
            before = staying.port
            with pytest.raises(OSError, match="in use"):
                staying.move(["127.0.0.1", "127.0.0.2"], port)
            with pytest.raises(OSError, match="999"):
                staying.move(["999.999.999.999"], before)
            try:
                assert staying.port == before
                return await ask("127.0.0.1", before)
            finally:
                await staying.stop()

    assert in_loop(main()) == b"+PONG\r\n"


def test_wildcards_and_addresses_that_may_be_missing() -> None:
    async def main() -> bytes:
        everywhere = listener()
        await everywhere.start(["*", "-::*", "-192.0.2.1"], 0)
        await everywhere.serve()
        try:
            return await ask("127.0.0.3", everywhere.port)
        finally:
            await everywhere.stop()

    assert in_loop(main()) == b"+PONG\r\n"
