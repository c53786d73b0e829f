"""Every part of the SDKs for Go, TypeScript and Rust, through a real server: one script for all."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.replies import Verbatim
from tests.support.echo_server import echo
from tests.support.guest_projects import API_TOOLS, api_plugin
from tests.support.plugin_server import Client, PluginServer, plugin_server

CRASHES = {"rust": "unreachable"}
"""What a crash is called, where it is not the index out of range."""
ENDED = "ERR (unexpected EOF|failed to fill whole buffer|the connection has ended)"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


@pytest.fixture(scope="module", params=API_TOOLS)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PluginServer]:
    folder = tmp_path_factory.mktemp(language)
    module = folder / "api.wasm"
    module.write_bytes(api_plugin(language))
    config = folder / "ferrite.toml"
    config.write_text("[plugins.config.api]\nlimit = 5\n")
    with plugin_server("--config", str(config), "--plugin", str(module)) as running:
        yield running


@pytest.fixture
def client(server: PluginServer) -> Client:
    client = server.client(3)
    client.ask("FLUSHALL")
    return client


def failure(reply: Any) -> str:
    assert isinstance(reply, CommandError), reply
    return reply.text


def test_kinds(client: Client) -> None:
    *kinds, members = client.ask("API.KINDS")
    assert sorted(members) == [1, 2]
    assert failure(kinds.pop(9)) == WRONG_TYPE
    assert kinds.pop(9) == Verbatim("mkd", b"# x")
    assert kinds == [
        *(None, "OK", -(2**63), 1.5, float("-inf"), True, b"text", b"\0\xff\r\n", "one line"),
        *(-123456789012345678901234567890, [], {b"k": [1]}),
    ]


def test_kinds_for_a_client_of_resp2(server: PluginServer) -> None:
    kinds = server.client(2).ask("API.KINDS")
    assert kinds[:6] == [None, "OK", -(2**63), b"1.5", b"-inf", 1]
    assert kinds[-2] == [b"k", [1]]


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 4095, 4096, 4097, 1 << 20])
def test_arguments_of_any_size(client: Client, size: int) -> None:
    for unit in (b"x", b"\xff", "é".encode(), "日".encode(), "\U0001f600".encode()):
        data = unit * (size // len(unit))
        assert client.ask("API.ECHO", data, "") == [data, b""]
    assert client.ask("API.ECHO") == []


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_what_is_text(client: Client) -> None:
    """Every first byte with what may follow it, behind more or less ASCII, and at the very end."""
    seconds = (0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF)
    ends = (b"", b"\x80", b"\xbf\x80", b"\xbf\xbf" + b"z" * 20, "é日\U0010ffffa".encode() * 3)
    words = [
        b"a" * before + bytes([first, second]) + end
        for before, first in enumerate([0x41, 0x7F, *range(0x80, 0x100)])
        for second in seconds
        for end in ends
    ]
    words += [bytes([each]) for each in range(256)]
    whole = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000), 0x1FFFF, 0x10FFFF]))
    words += [whole.encode(), whole.encode()[:-1]]
    for start in range(0, len(words), 100):
        given = words[start : start + 100]
        wanted = [word if is_text(word) else None for word in given]
        assert client.ask("API.TEXT", *given) == wanted


@pytest.mark.parametrize("unit", ["x", "é", "日", "\U0001f600", "Это обычный русский текст. "])
def test_a_long_text(client: Client, unit: str) -> None:
    data = (unit * ((1 << 17) // len(unit.encode()))).encode()
    assert client.ask("API.TEXT", data) == [data]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("42", 42), ("-9223372036854775808", -(2**63)), ("9223372036854775807", 2**63 - 1)),
        *(("1.5", 1.5), ("-2e3", -2000.0), ("inf", float("inf")), ("9223372036854775808", 2.0**63)),
    ],
)
def test_numbers(client: Client, text: str, number: float) -> None:
    assert client.ask("API.NUMBER", text) == number


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1x", "nan", "é", b"\xff", "-", ".", "1e"])
def test_what_is_no_number(client: Client, text: bytes | str) -> None:
    assert failure(client.ask("API.NUMBER", text)) == "ERR value is not a valid float"


def test_storage(client: Client) -> None:
    answer = client.ask("API.STORAGE", "k")
    assert answer == [
        *(False, None, "OK", 42, 40, 3, b"40!", -1, "OK", 3600, 5000, b"string"),
        *(True, False, False, -2, True, False, b"v", None, True),
    ]
    client.ask("RPUSH", "list", "a")
    assert failure(client.ask("API.STORAGE", "list")) == WRONG_TYPE
    assert client.ask("LRANGE", "list", "0", "-1") == [b"a"], "all is undone"


def test_rights(client: Client) -> None:
    assert failure(client.ask("API.READONLY", "k")).startswith("NOPERM")
    assert client.ask("EXISTS", "k") == 0


def test_own_types(client: Client) -> None:
    assert client.ask("API.TYPED", "p", b"a\0c") == [False, "OK", b"a\0c", 307, b"\0c"]
    assert client.ask("TYPE", "p") == "PAIR"
    client.ask("SET", "s", "1")
    assert failure(client.ask("API.TYPED", "s", "x")).startswith("WRONGTYPE")


def test_calls_of_commands(client: Client) -> None:
    client.ask("RPUSH", "l", "a", "é", "x" * 5000)
    assert client.ask("API.CALL", "LRANGE", "l", "0", "-1") == [b"a", "é".encode(), b"x" * 5000]
    client.ask("HSET", "h", "f", "v")
    assert client.ask("API.CALL", "HGETALL", "h") in ({b"f": b"v"}, [b"f", b"v"])
    assert client.ask("API.CALL", "GET", "none") is None
    assert client.ask("API.CALL", "SET", "s", "") == "OK"
    assert failure(client.ask("API.CALL", "GET", "l")) == WRONG_TYPE
    assert failure(client.ask("API.CALL", "NONE")).startswith("ERR unknown command")


def test_context(client: Client, server: PluginServer) -> None:
    listener = server.client(3)
    listener.ask("SUBSCRIBE", "news")
    answer = client.ask("API.CONTEXT")
    assert answer[:3] == [b"api", b"default", b"0"]
    assert answer[4:] == [b"5", True, False, True, True, True, 1]
    assert listener.receive() == [b"message", b"news", b"hello"]
    assert any(b"loaded api" in bytes(line) for line in lines(client))


def lines(client: Client) -> list[bytes]:
    return [str(line).encode() for line in client.ask("PLUGIN.LOG", "api")]


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(203)
        self.send_header("X-Test", "yes")
        self.end_headers()
        self.wfile.write(b"body\0")

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_http(client: Client) -> None:
    web = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{web.server_port}/"
        assert client.ask("API.HTTP", address) == [203, b"yes", b"body\0"]
        assert failure(client.ask("API.HTTP", "http://example.com/")).startswith("NOPERM")
    finally:
        web.shutdown()
        thread.join()
        web.server_close()


def test_tcp(client: Client) -> None:
    with echo() as port:
        for data in (b"hello", b"", b"\0\xff\r\n" * 200):
            assert client.ask("API.TCP", "127.0.0.1", str(port), data, "1") == data
        assert client.ask("API.TCP", "127.0.0.1", str(port), "x", "50") == b"x", "they are closed"
        assert failure(client.ask("API.TCP", "localhost", str(port), "x", "1")).startswith("NOPERM")
    assert "refused" in failure(client.ask("API.TCP", "127.0.0.1", "1", "x", "1"))


def test_a_connection_that_ends_early(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        client.send("API.TCP", "127.0.0.1", port, "abc", "1")
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(3)[:2])
        assert re.fullmatch(ENDED, failure(client.receive()))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("wrong_type", WRONG_TYPE),
        ("out_of_range", "ERR (too large|value is out of range)"),
        ("syntax", "ERR syntax error"),
        ("no_auth", "NOAUTH Authentication required."),
        ("custom", "BUSY later"),
        ("other", "ERR Missing key argument"),
    ],
)
def test_errors(client: Client, kind: str, text: str) -> None:
    assert re.fullmatch(text, failure(client.ask("API.FAIL", kind)))
    assert client.ask("EXISTS", "undone") == 0


def test_a_denied_call_is_an_error_of_the_command(client: Client) -> None:
    assert re.match("NOPERM .*kept|NOPERM .*key", failure(client.ask("API.FAIL", "denied")))
    assert client.ask("EXISTS", "undone") == 0


def test_a_crash_is_an_error_and_the_next_call_works(language: str, client: Client) -> None:
    for _ in range(3):
        assert CRASHES.get(language, "ndex out of range") in failure(client.ask("API.PANIC", "a"))
        assert client.ask("EXISTS", "undone") == 0
        assert client.ask("API.ECHO", "a") == [b"a"]


def test_hooks(client: Client) -> None:
    assert client.ask("SET", "guard:a", "old") == "OK"
    refusal = failure(client.ask("SET", "guard:a", "refused"))
    assert refusal == "ERR Refused guard:a old OnKeyWrite"
    assert client.ask("SET", "guard:b", "replaced") == "OK"
    assert client.ask("MGET", "guard:a", "guard:b") == [b"old", b"SET"]
    assert client.ask("RPUSH", "guard:list", "refused") == 1, "a list is no string"


def test_transformers(client: Client) -> None:
    client.ask("SET", "up:a", "abc")
    assert client.ask("GET", "up:a") == b"ABC"
    client.ask("SET", "turn:a", b"abc\xff")
    assert client.ask("GET", "turn:a") == b"abc\xff"


def test_a_storage_backend(client: Client) -> None:
    assert client.ask("SET", "kept:a", b"\0\xff") == "OK"
    assert client.ask("GET", "kept:a") == b"\0\xff"
    assert client.ask("GET", "kept:none") is None
    assert client.ask("SET", "kept:b", "v", "EX", "5") == "OK"
    assert client.ask("GET", "lives") == b"5000"
    assert client.ask("EXISTS", "kept:a", "kept:b", "kept:none") == 2
    assert client.ask("HLEN", "kept") == 2
    assert client.ask("DEL", "kept:b", "kept:none") == 1
    wanted = {b"kept:a", *(b"kept:%d" % number for number in range(25))}
    for key in wanted:
        client.ask("SET", key, "v")
    found, cursor = set(), b"0"
    while True:
        cursor, keys = client.ask("SCAN", cursor, "MATCH", "kept:*")
        found.update(keys)
        if cursor == b"0":
            break
    assert found == wanted
