"""Listener: the sockets a server accepts clients on.

Rule: it starts on all addresses or on none, and says which one it could not have. Stopping closes
the door first and then the connections, each once the replies it has so far are written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ferrite.errors import StartError
from ferrite.server.connection import Connection, Hub

BACKLOG = 511
"""Clients the kernel keeps while we do not accept (tcp-backlog)."""
STOP_SECONDS_MAX = 2.0
"""How long a stop waits for clients to take their last replies."""


class Listener:
    """Accepts the clients of one server."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._servers: list[asyncio.Server] = []

    @property
    def port(self) -> int:
        """The TCP port in use, also when a free one was asked for. 0 before the start."""
        for server in self._servers:
            for socket in server.sockets:
                return int(socket.getsockname()[1])
        return 0

    async def start(self, addresses: Sequence[str], port: int) -> None:
        """Listen on `port` of every address; port 0 takes a free one, the same for all.

        Raises StartError that names the address; then nothing listens.
        """
        loop = asyncio.get_running_loop()
        for address in addresses:
            try:
                server = await loop.create_server(
                    lambda: Connection(self._hub), address, port or self.port, backlog=BACKLOG
                )
            except OSError as error:
                await self.stop()
                reason = error.strerror or str(error)
                raise StartError(f"cannot listen on {address}:{port}: {reason}") from error
            self._servers.append(server)

    async def stop(self) -> None:
        """Accept nobody any more and close all connections."""
        for server in self._servers:
            server.close()
        self._servers.clear()
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
