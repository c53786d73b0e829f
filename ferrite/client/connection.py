"""One connection of ferrite-cli to a server, with blocking calls."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ferrite.client.options import Options
from ferrite.errors import CommandError, ProtocolError, StartError
from ferrite.protocol.replies import Push
from ferrite.protocol.reply_parser import ReplyParser

READ_BYTES = 1 << 16


class Connection:
    """Sends requests and waits for replies."""

    def __init__(self, options: Options) -> None:
        """Connect, log in, choose the database and the protocol; of the latter what fails is told,
        and we go on. Raises StartError when there is no server."""
        self._parser = ReplyParser()
        self._replies: list[Any] = []
        try:
            if options.path:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(options.path)
            else:
                self.socket = socket.create_connection((options.host, options.port))
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"Could not connect to Redis at {options.address}: {reason}"
            raise StartError(message) from error
        self._prepare(options)

    def _prepare(self, options: Options) -> None:
        if options.password is not None:
            names = [] if options.user is None else [os.fsencode(options.user)]
            _complain("AUTH", self.ask(b"AUTH", *names, os.fsencode(options.password)))
        if options.database:
            reply = self.ask(b"SELECT", b"%d" % options.database)
            _complain(f"SELECT {options.database}", reply)
        if options.protocol == 3:
            _complain("HELLO 3", self.ask(b"HELLO", b"3"))

    def send(self, *arguments: bytes) -> None:
        """Send a request. Raises StartError when the connection breaks."""
        self.send_all([arguments])

    def send_all(self, requests: Iterable[Sequence[bytes]]) -> None:
        """Send requests in one piece. Raises StartError when the connection breaks."""
        data = b"".join(
            b"*%d\r\n" % len(request)
            + b"".join(b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in request)
            for request in requests
        )
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise _broken(error) from error

    def receive(self) -> Any:
        """The next reply or message; an error is a CommandError value.

        Raises StartError when the connection breaks or what comes is no RESP.
        """
        while not self._replies:
            self._replies += self.read()
        return self._replies.pop(0)

    def read(self) -> list[Any]:
        """What comes next, perhaps nothing that is complete. Raises StartError as `receive`."""
        try:
            data = self.socket.recv(READ_BYTES)
        except OSError as error:
            raise _broken(error) from error
        if not data:
            raise StartError("Error: Server closed the connection")
        try:
            return self._parser.feed(data)
        except ProtocolError as error:
            raise StartError(f"Error: {error.text}") from error

    def ask(self, *arguments: bytes) -> Any:
        """The reply to a request. What the server pushes meanwhile is passed over."""
        self.send(*arguments)
        while isinstance(reply := self.receive(), Push):
            pass
        return reply

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


def _broken(error: OSError) -> StartError:
    return StartError(f"Error: {error.strerror or error}")


def _complain(what: str, reply: Any) -> None:
    if isinstance(reply, CommandError):
        print(f"{what} failed: {reply.text}", file=sys.stderr)
