"""Clients that cost more than they should: idle ones, slow ones, ones that do not read, boasters.

Rule: the server's memory stays within what its limits say and other clients go on being served. A
tenth of the crowd by default; with FERRITE_SOAK=1 all of it, and then another client's p99 has to
stay under 50 ms. `pytest -s` prints the figures.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.crowd import SOAK, Latency, Target, room_for

MEBIBYTE = 1 << 20
CROWD = room_for(10_000 if SOAK else 1_000)
SECONDS = 5.0 if SOAK else 1.0
P99_MS_MAX = 50.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Target]:
    with Target(tmp_path, "--maxclients", "20000", "--save", "") as running:
        yield running
        running.stop()


@contextmanager
def crowd(server: Target, count: int, data: bytes = b"") -> Iterator[list[socket.socket]]:
    clients: list[socket.socket] = []
    try:
        clients += (server.connect(data) for _ in range(count))
        yield clients
    finally:
        for client in clients:
            client.close()


def report(name: str, latency: Latency, grown: int, clients: int) -> None:
    print(f"\n{name}: {clients} clients, {grown / MEBIBYTE:.0f} MiB more, {latency}")
    assert latency.seen
    if SOAK:
        assert latency.percentile(99) < P99_MS_MAX


def test_idle_clients(server: Target) -> None:
    before = server.resident
    with server.probed() as latency, crowd(server, CROWD):
        server.wait_for("connected_clients", CROWD)
        time.sleep(SECONDS)
        grown = server.resident - before
    report("idle", latency, grown, CROWD)
    assert grown < CROWD * 32 * 1024 + 16 * MEBIBYTE


def test_clients_that_send_a_byte_at_a_time(server: Target) -> None:
    before = server.resident
    with server.probed() as latency, crowd(server, CROWD) as clients:
        for byte in b"*1000000\r\n$3\r\nSET\r\n$100000\r\nxxxxx":
            for client in clients:
                client.send(bytes([byte]))
        grown = server.resident - before
        assert server.field("connected_clients") >= CROWD
    report("a byte at a time", latency, grown, CROWD)
    assert grown < CROWD * 40 * 1024 + 16 * MEBIBYTE


def test_clients_that_do_not_read(server: Target) -> None:
    """Each asks for a hundred megabytes."""
    count = CROWD // 50
    assert server.ask("SETRANGE big 1000000 x") == b":1000001\r\n"
    before = server.resident
    with server.probed() as latency, crowd(server, count) as clients:
        for client in clients:
            client.sendall(b"GET big\r\n" * 100)
        time.sleep(SECONDS)
        grown = server.resident - before
        assert server.field("connected_clients") >= count
    report("not reading", latency, grown, count)
    assert grown < count * 4 * MEBIBYTE + 16 * MEBIBYTE


def test_subscribers_that_do_not_read(server: Target) -> None:
    """They are closed beyond 32 MiB, the limit of client-output-buffer-limit."""
    count = 4
    before = server.resident
    most = before
    with server.probed() as latency, crowd(server, count, b"SUBSCRIBE a\r\n"):
        server.wait_for("pubsub_clients", count)
        message = b"*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$1000000\r\n" + b"x" * 1_000_000 + b"\r\n"
        with server.connect() as publisher:
            for _ in range(60):
                publisher.sendall(message)
                assert publisher.recv(100).startswith(b":")
                most = max(most, server.resident)
        server.wait_for("client_output_buffer_limit_disconnections", count)
    report("subscribers", latency, most - before, count)
    assert most - before < count * 40 * MEBIBYTE + 32 * MEBIBYTE


def test_large_arguments_declared_and_not_sent(server: Target) -> None:
    count = room_for(1_000) if SOAK else 100
    before = server.resident
    declared = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nabc"
    with server.probed() as latency, crowd(server, count, declared):
        server.wait_for("connected_clients", count)
        time.sleep(SECONDS)
        grown = server.resident - before
    report("512 MiB declared", latency, grown, count)
    assert grown < count * 64 * 1024 + 16 * MEBIBYTE


def test_many_arguments_declared_and_not_sent(server: Target) -> None:
    count = room_for(1_000) if SOAK else 100
    before = server.resident
    with server.probed() as latency, crowd(server, count, b"*2147483647\r\n$3\r\nSET\r\n"):
        server.wait_for("connected_clients", count)
        time.sleep(SECONDS)
        grown = server.resident - before
    report("2^31 arguments declared", latency, grown, count)
    assert grown < count * 64 * 1024 + 16 * MEBIBYTE
