"""The network for plugins through a real socket, against servers of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.c_plugins import ALL_STORAGE, SOURCES, manifest_text, write_plugin
from tests.support.echo_server import echo
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client, PluginServer, plugin_server
from tests.support.waiting import SECONDS_MAX, until

COMMANDS = ("N.HTTP", "N.LATE", "N.ECHO")


class Web:
    """A server that holds its answers back while `gate` is not set."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                web.heard.append((self.command, self.path, headers, self.rfile.read(size)))
                web.gate.wait(SECONDS_MAX)
                status = 302 if self.path == "/moved" else 200
                body = b"x=42" if self.path == "/value" else b"hello"
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://10.0.0.1/")
                self.send_header("X-Answer", "yes")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web()
    yield web
    web.close()


@pytest.fixture
def server() -> Iterator[PluginServer]:
    with plugin_server() as running:
        yield running


def load(client: Client, folder: Path, *permissions: str, **options: Any) -> None:
    source = (SOURCES / "network.c").read_text()
    source = source.replace("PORT", str(options.pop("port", 1)))
    rights = (*ALL_STORAGE, *permissions)
    text = manifest_text(COMMANDS, permissions=rights, **options)
    path = write_plugin(folder / "n.wasm", source, text)
    assert client.ask("PLUGIN.LOAD", "n", str(path)) == "OK"


@pytest.mark.parametrize("protocol", [2, 3])
def test_http(server: PluginServer, web: Web, tmp_path: Path, protocol: int) -> None:
    client = server.client(protocol)
    load(client, tmp_path, f"network.http_get 127.0.0.1:{web.port}",
         f"network.http_post 127.0.0.1:{web.port}")  # fmt: skip
    reply = pairs(client.ask("N.HTTP", "GET", f"{web.url}/a?b=c", "X-One: 1\r\nAccept: */*"))
    assert (reply[b"status"], reply[b"body"]) == (200, b"hello")
    assert pairs(reply[b"headers"])[b"X-Answer"] == b"yes"
    assert client.ask("GET", "fetched") == b"1", "what comes after it is written as ever"
    client.ask("N.HTTP", "POST", f"{web.url}/p", "", "data")
    (method, path, headers, _), (_, _, _, body) = web.heard
    assert (method, path, headers["x-one"]) == ("GET", "/a?b=c", "1")
    assert body == b"data"
    moved = pairs(client.ask("N.HTTP", "GET", f"{web.url}/moved"))
    assert moved[b"status"] == 302, "redirects are not followed"


REFUSED = [
    ("GET", "http://127.0.0.1:1/", "no permission network.http_get for 127.0.0.1:1"),
    ("GET", "http://example.com/", "no permission network.http_get for example.com:80"),
    ("POST", "URL/", "no permission network.http_post"),
    ("GET", "ftp://127.0.0.1/", "is no http or https URL"),
    ("GET", "http://127.0.0.1:1@evil/", "is no plain URL"),
    ("BREW", "URL/", "there is no method BREW"),
]


def test_what_was_not_granted_is_refused(server: PluginServer, web: Web, tmp_path: Path) -> None:
    client = server.client()
    load(client, tmp_path, f"network.http_get 127.0.0.1:{web.port}")
    for method, url, message in REFUSED:
        reply = client.ask("N.HTTP", method, url.replace("URL", web.url))
        assert message in refusal(reply), url
    assert "is no header" in refusal(client.ask("N.HTTP", "GET", web.url, "A: b\r\nbad line"))
    assert "is no header" in refusal(client.ask("N.HTTP", "GET", web.url, "Host: other"))
    assert "no permission network.tcp_connect" in refusal(
        client.ask("N.ECHO", "127.0.0.1", str(web.port), "x")
    )
    assert web.heard == [], "nothing was sent"


def test_a_name_with_a_private_address_is_refused(
    server: PluginServer, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", web.port))]
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        return found if host == "rebound.example" else real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    client = server.client()
    load(client, tmp_path, "network.http_get rebound.example")
    reply = client.ask("N.HTTP", "GET", f"http://rebound.example:{web.port}/")
    assert "has a private address, 127.0.0.1" in refusal(reply)
    assert web.heard == []


def test_tcp(server: PluginServer, tmp_path: Path) -> None:
    client = server.client()
    with echo() as port:
        load(client, tmp_path, f"network.tcp_connect 127.0.0.1:{port} localhost")
        assert client.ask("N.ECHO", "127.0.0.1", str(port), "hello world") == b"hello world"
        assert client.ask("N.ECHO", "localhost", str(port), "x") == b"x"
    assert "refused" in refusal(client.ask("N.ECHO", "localhost", "1", "x")).lower()


def test_while_a_guest_waits_the_others_are_served(
    server: PluginServer, web: Web, tmp_path: Path
) -> None:
    client, other, third = server.client(), server.client(), server.client()
    load(client, tmp_path, "network.http_get 127.0.0.1")
    web.gate.clear()
    client.send("N.HTTP", "GET", web.url)
    until(lambda: web.heard)
    assert other.ask("SET", "k", "v") == "OK", "keys are free meanwhile"
    assert other.ask("GET", "k") == b"v"
    third.send("N.HTTP", "GET", f"{web.url}/second")
    other.ask("MULTI")
    other.ask("N.HTTP", "GET", web.url)
    assert "is under way already" in refusal(other.ask("EXEC")[0])
    assert other.ask("EXISTS", "fetched") == 0
    web.gate.set()
    assert pairs(client.receive())[b"status"] == 200
    assert pairs(third.receive())[b"status"] == 200, "it waited for the guest"
    assert [path for _, path, _, _ in web.heard] == ["/", "/second"]


def test_a_wait_can_be_ended(server: PluginServer, web: Web, tmp_path: Path) -> None:
    client, other = server.client(), server.client()
    load(client, tmp_path, "network.http_get 127.0.0.1")
    web.gate.clear()
    client.send("N.HTTP", "GET", web.url)
    until(lambda: web.heard)
    assert other.ask("PLUGIN.KILL", "n") == "OK"
    assert "killed by PLUGIN.KILL" in refusal(client.receive())
    client.ask("PLUGIN.LIMITS", "n", "TIMEOUT", "100ms")
    assert "out of time" in refusal(client.ask("N.HTTP", "GET", web.url))
    web.gate.set()
    client.ask("PLUGIN.LIMITS", "n", "TIMEOUT", "5000")
    assert pairs(client.ask("N.HTTP", "GET", web.url))[b"status"] == 200


def test_not_after_a_write_nor_in_a_transaction(
    server: PluginServer, web: Web, tmp_path: Path
) -> None:
    client = server.client()
    load(client, tmp_path, "network.http_get 127.0.0.1")
    message = refusal(client.ask("N.LATE", "GET", web.url))
    assert "out of reach once the call has written something" in message
    client.ask("MULTI")
    client.ask("N.HTTP", "GET", web.url)
    assert "out of reach within a transaction" in refusal(client.ask("EXEC")[0])
    assert web.heard == []


def test_not_in_a_refusing_hook(server: PluginServer, tmp_path: Path) -> None:
    client = server.client()
    extra = '[[hooks]]\nevent = "BeforeCommand"\nfilter = "set"\n'
    load(client, tmp_path, "network.http_get 127.0.0.1", extra=extra)
    assert refusal(client.ask("SET", "a", "1")) == "ERR no network here"


def test_a_storage_backend_may_ask_the_network(
    server: PluginServer, web: Web, tmp_path: Path
) -> None:
    client = server.client()
    extra = '[[storage_backends]]\nname = "net"\nprefix = "net:"\n'
    load(client, tmp_path, "network.http_get 127.0.0.1", extra=extra, port=web.port)
    assert client.ask("GET", "net:k") == b"42"
    assert client.ask("MGET", "own", "net:k") == [None, b"42"]
    web.close()
    assert "storage backend net of plugin 'n' has failed" in refusal(client.ask("GET", "net:k"))


def test_a_stop_ends_what_waits(web: Web, tmp_path: Path) -> None:
    with plugin_server() as server:
        client = server.client()
        load(client, tmp_path, "network.http_get 127.0.0.1")
        web.gate.clear()
        client.send("N.HTTP", "GET", web.url)
        until(lambda: web.heard)
