"""A server of ours as a process of its own, which can be killed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from ferrite.protocol.reply_parser import ReplyParser
from tests.support.program import python
from tests.support.real_redis import request_bytes
from tests.support.waiting import SECONDS_MAX

READY = r"Ready to accept connections on port (\d+)"


class Link:
    """One connection. Raises OSError when the server is gone."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self._parser = ReplyParser()
        self._replies: list[Any] = []

    def send(self, *requests: tuple[bytes, ...]) -> None:
        self._socket.sendall(b"".join(map(request_bytes, requests)))

    def reply(self) -> Any:
        while not self._replies:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the server closed the connection")
            self._replies += self._parser.feed(data)
        return self._replies.pop(0)

    def ask(self, *words: bytes | str | int) -> Any:
        self.send(tuple(word if isinstance(word, bytes) else str(word).encode() for word in words))
        return self.reply()

    def close(self) -> None:
        self._socket.close()


Start: TypeAlias = "Callable[..., ServerProcess]"
"""Starts a server with some options."""


class ServerProcess:
    """`python -m ferrite` with its data and its log in a folder, on a free port; use it as a
    context, at whose end it is gone."""

    def __init__(self, folder: Path, *options: str, module: str = "ferrite") -> None:
        self._log = folder / "log"
        with self._log.open("ab") as errors:
            self.program = python(
                module, "--port", "0", "--dir", str(folder), *options, errors=errors
            )
        self.process = self.program.process
        try:
            self.port = int(self.program.line(READY)[1])
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self._log.read_text()[-2000:]}") from None

    def link(self) -> Link:
        return Link(self.port)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.program.kill()

    def stop(self) -> None:
        """End it as SIGTERM does, which it takes well."""
        code = self.program.stop()
        assert code == 0, f"exit code {code}\n{self._log.read_text()[-2000:]}"

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
