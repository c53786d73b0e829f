"""A server of ours as a process of its own, which can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from ferrite.protocol.reply_parser import ReplyParser
from tests.support.real_redis import free_port, request_bytes
from tests.support.require import ROOT

SECONDS_MAX = 30


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


class ServerProcess:
    """`python -m ferrite` with its data in a folder, on a free port."""

    def __init__(self, folder: Path, *options: str, module: str = "ferrite") -> None:
        self.port = free_port()
        self._log = open(folder / "log", "ab")  # noqa: SIM115
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", module, "--port", str(self.port), "--dir", str(folder),
                *options,
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=self._log,
        )  # fmt: skip
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(2)]
        if not lines[1].startswith(b"Ready to accept connections"):
            self.process.wait()
            raise AssertionError(f"no start: {(folder / 'log').read_text()[-2000:]}")

    def link(self) -> Link:
        return Link(self.port)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> None:
        """End it as SIGTERM does."""
        self.process.terminate()
        self._end()

    def _end(self) -> None:
        self.process.wait(SECONDS_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()
