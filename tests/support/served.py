"""A server of ours on a free port, in a thread of its own, with fake commands where a test asks."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from ferrite.app import App
from ferrite.commands.registry import Command, Tag
from ferrite.config import from_command_line
from ferrite.pending import Pending
from ferrite.protocol.reply_parser import ReplyParser
from ferrite.state import Call
from tests.support.waiting import SECONDS_MAX, until


class Peer:
    """One connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self._parser = ReplyParser()
        self._replies: list[Any] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> Any:
        """The next reply; a CommandError is a value. Raises ConnectionError at the end."""
        while not self._replies:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the server closed the connection")
            self._replies += self._parser.feed(data)
        return self._replies.pop(0)

    def ask(self, line: str) -> Any:
        """The reply to an inline request."""
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def rest(self) -> bytes:
        """All bytes until the server closes the connection."""
        received = bytearray()
        while True:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                return bytes(received)
            received += data

    def reset(self) -> None:
        """Close the hard way: also what has been sent may not arrive."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.socket.close()


class Served:
    """A server under way. FAKE.WAIT answers when `resolve` says so, in a turn of its own."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self.app = app
        self.port = app.listener.port
        self.waiting: list[tuple[Call, Pending]] = []
        self._loop = loop
        self._peers: list[Peer] = []
        app.state.registry.add(Command("fake.wait", self._wait, Tag.WRITE | Tag.MODULE))
        app.state.registry.add(Command("fake.later", self._later, Tag.ALWAYS))
        app.state.registry.add(Command("fake.bug", self._bug))
        app.state.registry.add(Command("fake.noreply", lambda call, request: object()))

    def peer(self) -> Peer:
        self._peers.append(Peer(self.port))
        return self._peers[-1]

    def run(self, function: Callable[[], Any]) -> Any:
        """The result of a function called in the server's thread."""
        result: Future[Any] = Future()

        def call() -> None:
            try:
                result.set_result(function())
            except BaseException as error:
                result.set_exception(error)

        self._loop.call_soon_threadsafe(call)
        return result.result(SECONDS_MAX)

    def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until a condition holds in the server's thread, and return its value."""
        return until(lambda: self.run(condition))

    def resolve(self, reply: Any) -> None:
        """Answer the FAKE.WAIT that came first and end its turn."""

        def answer() -> None:
            call, pending = self.waiting.pop(0)
            if self.app.state.turn.owner is call:  # within a transaction, one level of it
                self.app.state.turn.end(call)
            pending.resolve(reply)

        self.run(answer)

    def close(self) -> None:
        for peer in self._peers:
            peer.close()

    def _wait(self, call: Call, request: list[bytes]) -> Pending:
        self.app.state.turn.begin(call)
        return self._later(call, request)

    def _later(self, call: Call, request: list[bytes]) -> Pending:
        self.waiting.append((call, Pending()))
        return self.waiting[-1][1]

    def _bug(self, call: Call, request: list[bytes]) -> None:
        raise ZeroDivisionError


@contextmanager
def served(
    *arguments: str, loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> Iterator[Served]:
    """A server with these arguments; asyncio's own loop unless another is given."""
    config = from_command_line(["--port", "0", *arguments])
    started: Future[Served] = Future()
    stop_in: list[Callable[[], None]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        stop_in.append(lambda: loop.call_soon_threadsafe(stop.set))
        try:
            app = App(config)
            await app.start()
            started.set_result(Served(app, loop))
        except BaseException as error:
            started.set_exception(error)
            raise
        await stop.wait()
        await app.stop()

    def run() -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(main())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    server = started.result(SECONDS_MAX)
    try:
        yield server
    finally:
        server.close()
        stop_in[0]()
        thread.join(SECONDS_MAX)
        assert not thread.is_alive(), "the server does not stop"
