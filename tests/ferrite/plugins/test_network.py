"""Exchanges against servers of this machine: what is refused before anything is sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ferrite.plugins import network
from ferrite.plugins.network import Exchange, HostRefused, NetworkError


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes one request a connection and answers it by bytes; what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(65536))
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.close()


def exchange(**changes: object) -> Exchange:
    options: dict[str, object] = {"allows": lambda *_: True, "bytes_max": 100, "seconds_max": 5.0}
    return Exchange(**(options | changes))  # type: ignore[arg-type]


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def test_an_exchange() -> None:
    with answering(answer(b"body", headers="X-A: b\r\n")) as (port, heard):
        reply = network.http(
            exchange(), "POST", f"http://127.0.0.1:{port}/p?q=1", {"X-B": "c"}, b"data"
        )
    assert (reply.status, reply.body) == (200, b"body")
    assert ("X-A", "b") in reply.headers
    assert heard[0].startswith(b"POST /p?q=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}".encode() in heard[0]
    assert b"X-B: c" in heard[0]


@pytest.mark.parametrize(
    "url",
    ["ftp://a", "file:///etc/passwd", "http://", "http://u:p@h/", "http://h:0/", "http://h/\r\n"],
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(NetworkError):
        network.http(exchange(), "GET", url, {}, b"")


def test_hosts_are_asked_for_before_they_are_looked_up() -> None:
    asked = []

    def allows(host: str, port: int) -> bool:
        asked.append((host, port))
        return False

    with pytest.raises(HostRefused, match=r"nowhere\.invalid:443 is not granted"):
        network.http(exchange(allows=allows), "GET", "https://NOWHERE.invalid/x", {}, b"")
    assert asked == [("nowhere.invalid", 443)]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_with_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(HostRefused, match="has a private address"):
        network.resolve(lambda *_: True, "example.com", 80)
    assert network.resolve(lambda *_: True, address, 80) == address, "named itself"


def test_the_address_that_was_judged_is_the_one_that_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(answer(b"x")) as (port, heard):
        answers = iter([[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]])
        real = socket.getaddrinfo

        def resolving(host: str, *rest: object, **options: object) -> object:
            return next(answers) if host == "localhost" else real(host, *rest, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", resolving)
        reply = network.http(exchange(), "GET", f"http://localhost:{port}/", {}, b"")
    assert reply.body == b"x"
    assert f"Host: localhost:{port}".encode() in heard[0]


def test_redirects_are_followed_only_where_wanted() -> None:
    moved = answer(b"", "302 Found", "Location: /there\r\n")
    with answering(moved, moved, answer(b"there")) as (port, heard):
        url = f"http://127.0.0.1:{port}/"
        assert network.http(exchange(), "GET", url, {}, b"").status == 302
        assert network.http(exchange(redirects=1), "GET", url, {}, b"").body == b"there"
        assert heard[2].startswith(b"GET /there ")


def test_bounds() -> None:
    with answering(answer(b"x" * 101)) as (port, _), pytest.raises(NetworkError, match="100 bytes"):
        network.http(exchange(), "GET", f"http://127.0.0.1:{port}/", {}, b"")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NetworkError, match=r"timed out|out of time"):
            network.http(exchange(seconds_max=0.05), "GET", f"http://127.0.0.1:{port}/", {}, b"")


def test_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with network.connect(lambda *_: True, "127.0.0.1", port, 5) as connected:
            assert connected.getpeername()[1] == port
    with pytest.raises(NetworkError, match="refused"):
        network.connect(lambda *_: True, "127.0.0.1", port, 5)
