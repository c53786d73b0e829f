"""A server in a process of its own, with a crowd of clients and one that measures its latency."""

from __future__ import annotations

import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.server_process import ServerProcess
from tests.support.waiting import SECONDS_MAX

SOAK = os.environ.get("FERRITE_SOAK") == "1"
SPARE_FILES = 200


def room_for(clients: int) -> int:
    """How many of so many clients this process may have sockets for, with its limit raised."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(clients, hard - SPARE_FILES)


@dataclass
class Latency:
    """What one client saw, in milliseconds, lowest first."""

    seen: list[float]

    def percentile(self, percent: float) -> float:
        """The latency that so many percent of the requests did not exceed."""
        return self.seen[min(int(len(self.seen) * percent / 100), len(self.seen) - 1)]

    def __str__(self) -> str:
        p50, p99, most = self.percentile(50), self.percentile(99), self.seen[-1]
        return f"{len(self.seen)} PINGs, p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {most:.1f} ms"


class Target(ServerProcess):
    """The server; use it as a context."""

    def __enter__(self) -> Target:
        return self

    @property
    def resident(self) -> int:
        """Bytes of memory the server's process has in RAM."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def connect(self, data: bytes = b"") -> socket.socket:
        """A client, which has sent something."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)
        if data:
            client.sendall(data)
        return client

    def ask(self, line: str) -> bytes:
        """What comes first in answer to a request on a connection of its own."""
        with self.connect(line.encode() + b"\r\n") as client:
            return client.recv(1 << 16)

    def field(self, name: str) -> int:
        """A figure of INFO."""
        with self.connect(b"INFO\r\nQUIT\r\n") as client:
            text = b""
            while data := client.recv(1 << 16):
                text += data
        return int(text.partition(f"\n{name}:".encode())[2].split()[0])

    def wait_for(self, name: str, value: int) -> None:
        """Until a figure of INFO is at least so high."""
        deadline = time.monotonic() + SECONDS_MAX
        while self.field(name) < value:
            assert time.monotonic() < deadline, (name, value, self.field(name))

    @contextmanager
    def probed(self) -> Iterator[Latency]:
        """Measure the latency of one client's PINGs, one after the other, while the body runs."""
        latency = Latency([])
        done = threading.Event()

        def run() -> None:
            with self.connect() as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while not done.is_set():
                    started = time.perf_counter()
                    client.sendall(b"PING\r\n")
                    assert client.recv(100) == b"+PONG\r\n"
                    latency.seen.append((time.perf_counter() - started) * 1000)
                    done.wait(0.001)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield latency
        finally:
            done.set()
            thread.join(SECONDS_MAX)
            latency.seen.sort()
        assert not thread.is_alive(), "a PING was not answered"
