"""Listener: the sockets a server accepts clients on: TCP, TLS and unix.

Rule: it starts on all addresses or on none, and says which one it could not have. Stopping closes
the door first and then the connections, each once the replies it has so far are written.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ferrite.config import RedisOptions
from ferrite.errors import StartError
from ferrite.server.connection import Connection
from ferrite.server.hub import Hub

BACKLOG = 511
"""Clients the kernel keeps while we do not accept (tcp-backlog)."""
_WILDCARDS = {"*": "0.0.0.0", "::*": "::"}
_MISSING = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, socket.EAI_ADDRFAMILY)
STOP_SECONDS_MAX = 2.0
"""How long a stop waits for clients to take their last replies."""


class _Door:
    """One TCP socket: clients can connect to it, and wait until `serve`."""

    def __init__(self, hub: Hub, bound: socket.socket, tls: ssl.SSLContext | None) -> None:
        self.port = int(bound.getsockname()[1])
        self._hub = hub
        self._socket = bound
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._closed = False

    async def serve(self) -> None:
        """Serve the clients that have connected, and those to come; none once it is closed."""
        if self._closed or self._server is not None:
            return
        loop = asyncio.get_running_loop()
        # Without start_serving nothing is awaited: there is a server, or nothing has begun.
        self._server = await loop.create_server(
            lambda: Connection(self._hub), sock=self._socket, ssl=self._tls, backlog=BACKLOG,
            start_serving=False,
        )  # fmt: skip
        await self._server.start_serving()

    def close(self) -> None:
        """Accept nobody any more; the port is free at once."""
        self._closed = True
        if self._server is not None:
            self._server.close()
        else:
            self._socket.close()


class Listener:
    """Accepts the clients of one server."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._doors: list[_Door] = []
        """Those without TLS, which `move` exchanges."""
        self._addresses: Sequence[str] = ()
        self._tls_doors: list[_Door] = []
        self._moving: asyncio.Task[None] | None = None
        """Who begins to serve after a move."""
        self._unix: asyncio.Server | None = None
        self._path = ""

    @property
    def port(self) -> int:
        """The TCP port in use, also when a free one was asked for. 0 when there is none."""
        return next((door.port for door in (*self._doors, *self._tls_doors)), 0)

    @property
    def open(self) -> bool:
        """Whether there is a socket that clients can connect to."""
        return bool(self._doors or self._tls_doors or self._unix)

    async def serve(self) -> None:
        """Serve the clients that have connected, and those to come."""
        for door in (*self._doors, *self._tls_doors):
            await door.serve()
        if self._unix is not None:
            await self._unix.start_serving()

    async def start(
        self, addresses: Sequence[str], port: int, tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on `port` of every address; port 0 takes a free one, the same for all. Clients
        wait until `serve`.

        Raises StartError that names the address; then nothing listens.
        """
        try:
            doors = [_Door(self._hub, each, tls) for each in _bound(addresses, port)]
        except OSError as error:
            await self.stop()
            raise StartError(f"cannot listen on {error.filename}: {error.strerror}") from error
        if tls is None:
            self._doors, self._addresses = doors, tuple(addresses)
        else:
            self._tls_doors = doors

    def move(self, addresses: Sequence[str], port: int) -> None:
        """Listen elsewhere for clients without TLS; those that are connected stay.

        Raises OSError when that cannot be; then everything is as before.
        """
        before = self._addresses, self._doors[0].port if self._doors else 0
        for door in self._doors:
            door.close()
        sockets: list[socket.socket] = []
        try:
            sockets = _bound(addresses, port)
            self._addresses = tuple(addresses)
        except OSError:
            sockets = _bound(*before)
            raise
        finally:
            self._doors = [_Door(self._hub, each, None) for each in sockets]
            self._moving = asyncio.get_running_loop().create_task(self.serve())

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
        self._unix = await loop.create_unix_server(
            lambda: Connection(self._hub), sock=bound, backlog=BACKLOG, start_serving=False
        )
        bound.listen(BACKLOG)

    async def stop(self) -> None:
        """Accept nobody any more and close all connections."""
        for door in (*self._doors, *self._tls_doors):
            door.close()
        self._doors, self._tls_doors = [], []
        if self._unix is not None:
            self._unix.close()
            self._unix = None
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


def _bound(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Sockets that listen on all addresses: "*" and "::*" are all of a kind, and one behind "-" may
    be missing. Raises OSError, with the address as file name, and leaves none open."""
    sockets: list[socket.socket] = []
    for address in addresses:
        name = address.removeprefix("-")
        try:
            for found in socket.getaddrinfo(
                _WILDCARDS.get(name, name), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            ):
                sockets.append(_listening(found[0], found[4]))
                port = port or sockets[0].getsockname()[1]
        except OSError as error:
            if address != name and error.errno in _MISSING:
                continue
            for each in sockets:
                each.close()
            raise OSError(error.errno, error.strerror or str(error), f"{name}:{port}") from error
    return sockets


def _listening(family: int, where: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(where)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


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
