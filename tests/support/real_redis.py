"""A real redis-server as the oracle: started on a free port, asked over a plain socket."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ferrite.protocol.reply_parser import ReplyParser
from tests.support.program import Program
from tests.support.waiting import SECONDS_MAX

PORTS = range(10_000, 30_000)
"""Below those that a system gives to whoever asks for any, so nobody takes one by chance."""


def free_port() -> int:
    """A port that is free now, for a program that cannot choose one itself and tell which."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def request_bytes(arguments: tuple[bytes, ...]) -> bytes:
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in arguments)
    return b"*%d\r\n%b" % (len(arguments), bulks)


class RealRedis:
    """One connection to a redis-server; `ask` gives the bytes of a reply as they came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)

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
    """The port of a redis-server that has loaded its files, saves nothing and ends with the
    block."""
    port, program = started(folder, *options)
    with program:
        yield port
        program.stop()


def started(folder: Path, *options: str) -> tuple[int, Program]:
    """A redis-server, on another port where somebody has been quicker."""
    while True:
        port = free_port()
        words = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
        program = Program("redis-server", *words, *options)
        try:
            program.line("Ready to accept connections")
            return port, program
        except AssertionError as error:
            program.kill()
            if "Address already in use" not in str(error):
                raise
