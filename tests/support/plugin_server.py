"""A real server with plugins on a free port, in a thread of its own, and a client in a line."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from ferrite.app import App
from ferrite.config import from_command_line
from ferrite.plugins.extension import PluginExtension
from ferrite.protocol.reply_parser import ReplyParser
from tests.support.patience import patient
from tests.support.real_redis import request_bytes
from tests.support.waiting import SECONDS_MAX


class Client:
    """One connection; replies are values, an error reply is a CommandError value."""

    def __init__(self, port: int, protocol: int = 2) -> None:
        self.port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self._parser = ReplyParser()
        self._replies: list[Any] = []
        if protocol != 2:
            self.ask("HELLO", str(protocol))

    def send(self, *request: bytes | str) -> None:
        items = tuple(item if isinstance(item, bytes) else item.encode() for item in request)
        self._socket.sendall(request_bytes(items))

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_no_more(self) -> None:
        """Close the way to the server; what it sends still comes."""
        self._socket.shutdown(socket.SHUT_WR)

    def receive(self) -> Any:
        while not self._replies:
            received = self._socket.recv(1 << 16)
            if not received:
                raise ConnectionError("the server closed the connection")
            self._replies += self._parser.feed(received)
        return self._replies.pop(0)

    def ask(self, *request: bytes | str) -> Any:
        self.send(*request)
        return self.receive()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


class PluginServer:
    """A server under way."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._clients: list[Client] = []

    def client(self, protocol: int = 2) -> Client:
        self._clients.append(Client(self.port, protocol))
        return self._clients[-1]

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def plugin_server(*arguments: str) -> Iterator[PluginServer]:
    """A server started with these arguments beside a free port."""
    config = patient(from_command_line(["--port", "0", *arguments]))
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        app = App(config, [PluginExtension()])
        stop = asyncio.Event()
        try:
            await app.start()
        except BaseException as error:
            started.set_exception(error)
            return
        started.set_result((app.listener.port, asyncio.get_running_loop(), stop))
        await stop.wait()
        await app.stop()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    port, loop, stop = started.result(SECONDS_MAX)
    server = PluginServer(port)
    try:
        yield server
    finally:
        server.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(SECONDS_MAX)
        assert not thread.is_alive(), "the server does not stop"
