"""Listener: the sockets a server accepts clients on: TCP, TLS and unix.

Rule: it starts on all addresses or on none, and says which one it could not have. Stopping closes
the door first and then the connections, each once the replies it has so far are written.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Sequence
from pathlib import Path

from ferrite.config import RedisOptions
from ferrite.errors import StartError
from ferrite.server.connection import Connection
from ferrite.server.hub import Hub

BACKLOG = 511
"""Clients the kernel keeps while we do not accept (tcp-backlog)."""
STOP_SECONDS_MAX = 2.0
"""How long a stop waits for clients to take their last replies."""


class Listener:
    """Accepts the clients of one server."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._servers: list[asyncio.Server] = []
        self._path = ""

    @property
    def port(self) -> int:
        """The TCP port in use, also when a free one was asked for. 0 before the start."""
        for server in self._servers:
            for each in server.sockets:
                if each.family != socket.AF_UNIX:
                    return int(each.getsockname()[1])
        return 0

    @property
    def open(self) -> bool:
        """Whether there is a socket that clients can connect to."""
        return bool(self._servers)

    async def serve(self) -> None:
        """Serve the clients that have connected, and those to come."""
        for server in self._servers:
            await server.start_serving()

    async def start(
        self, addresses: Sequence[str], port: int, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on `port` of every address; port 0 takes a free one, the same for all. Clients
        wait until `serve`.

        Raises StartError that names the address; then nothing listens.
        """
        loop = asyncio.get_running_loop()
        for address in addresses:
            wanted = port or self.port
            await self._add(
                loop.create_server(
                    lambda: Connection(self._hub),
                    address,
                    wanted,
                    backlog=BACKLOG,
                    ssl=tls,
                    start_serving=False,
                ),
                f"{address}:{port}",
            )

    async def start_unix(self, path: str, permissions: int) -> None:
        """Listen on a unix socket; `permissions` 0 leaves those of the umask.

        Raises StartError that names the path; then nothing listens.
        """
        try:
            bound = _bind(path, permissions)
        except OSError as error:
            await self.stop()
            raise StartError(f"cannot listen on {path}: {error.strerror}") from error
        self._path = path
        loop = asyncio.get_running_loop()
        await self._add(
            loop.create_unix_server(
                lambda: Connection(self._hub), sock=bound, backlog=BACKLOG, start_serving=False
            ),
            path,
        )

    async def _add(self, server: Awaitable[asyncio.Server], where: str) -> None:
        try:
            self._servers.append(await server)
            for each in self._servers[-1].sockets:
                with socket.socket(fileno=os.dup(each.fileno())) as twin:
                    twin.listen(BACKLOG)
        except OSError as error:
            await self.stop()
            reason = error.strerror or str(error)
            raise StartError(f"cannot listen on {where}: {reason}") from error

    async def stop(self) -> None:
        """Accept nobody any more and close all connections."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        if self._path:
            Path(self._path).unlink(missing_ok=True)
            self._path = ""
        connections = self._hub.connections
        if not connections:
            return
        self._hub.emptied.clear()
        for connection in tuple(connections):
            connection.close()
        try:
            await asyncio.wait_for(self._hub.emptied.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            for connection in tuple(connections):
                connection.abort()


def _bind(path: str, permissions: int) -> socket.socket:
    """A unix socket that nobody can connect to before its permissions are set: until somebody
    listens, a connection is refused (CVE-2023-45145)."""
    Path(path).unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(path)
        if permissions:
            os.chmod(path, permissions)
    except OSError:
        bound.close()
        raise
    return bound


def tls_context(options: RedisOptions) -> ssl.SSLContext:
    """What the tls-* directives ask for. Raises StartError that names the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for name in ("tls_cert_file", "tls_key_file"):
        if not getattr(options, name):
            raise StartError(f"tls-port needs {name.replace('_', '-')}")
    file = options.tls_cert_file
    try:
        context.load_cert_chain(file, options.tls_key_file)
        if options.tls_auth_clients != "no":
            if not options.tls_ca_cert_file:
                raise StartError("tls-port needs tls-ca-cert-file, or tls-auth-clients no")
            file = options.tls_ca_cert_file
            context.load_verify_locations(file)
            needed = options.tls_auth_clients == "yes"
            context.verify_mode = ssl.CERT_REQUIRED if needed else ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        raise StartError(f"cannot use {file} for TLS: {error}") from error
    return context
