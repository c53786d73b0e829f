"""A real redis-server as the oracle: started on a free port, asked over a plain socket."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ferrite.protocol.reply_parser import ReplyParser

START_SECONDS_MAX = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request_bytes(arguments: tuple[bytes, ...]) -> bytes:
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments)
    return b"*%d\r\n%b" % (len(arguments), bulks)


class RealRedis:
    """One connection to a redis-server; `ask` gives the bytes of a reply as they came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def ask(self, *arguments: bytes) -> bytes:
        self._socket.sendall(request_bytes(arguments))
        parser, reply = ReplyParser(), b""
        while True:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError("redis-server closed the connection")
            reply += data
            if parser.feed(data):
                return reply

    def close(self) -> None:
        self._socket.close()


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[int]:
    """The port of a redis-server that keeps nothing and ends with the block."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(
        [*command, "--dir", str(folder), *options], stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                client = RealRedis(port)
                loading = client.ask(b"PING").startswith(b"-LOADING")
                client.close()
                if loading:
                    raise ConnectionError("redis-server is loading its file")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()
