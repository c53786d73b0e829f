"""plugins/http-backend through a real socket, against a web server of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_server
from tests.support.web_store import WebStore

FAILED = "ERR storage backend http of plugin 'http-backend' has failed: "


@pytest.fixture(scope="module")
def web() -> Iterator[WebStore]:
    made = WebStore()
    yield made
    made.close()


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, web: WebStore
) -> Iterator[Client]:
    build, protocol = request.param
    folder = tmp_path_factory.mktemp("backend")
    with sample_server("http-backend", folder, build, settings={"url": web.url}) as server:
        yield server.client(protocol)


@pytest.fixture
def store(web: WebStore) -> WebStore:
    web.values.clear()
    web.heard.clear()
    web.status = 0
    return web


@pytest.fixture
def client(connection: Client, store: WebStore) -> Client:
    connection.ask("FLUSHALL")
    return connection


def test_values_live_on_the_web_server(client: Client, store: WebStore) -> None:
    assert client.ask("SET", "http:a", "1") == "OK"
    assert client.ask("SET", "own", "2") == "OK"
    assert store.values == {"http:a": b"1"}
    assert client.ask("DBSIZE") == 1
    store.values["http:b"] = b"from elsewhere\r\n\x00"
    assert client.ask("MGET", "http:a", "own", "http:b", "http:none") == [
        *(b"1", b"2", b"from elsewhere\r\n\x00", None)
    ]
    assert client.ask("EXISTS", "http:a", "own", "http:none") == 2
    assert client.ask("DEL", "http:a", "http:none") == 1
    assert store.values == {"http:b": b"from elsewhere\r\n\x00"}
    assert client.ask("SET", "http:t", "x", "PX", "1500") == "OK"
    assert store.ttls["http:t"] == 1500


def test_any_key_and_any_value(client: Client, store: WebStore) -> None:
    key = "http:ä b/?&#%\r\n*~-._Z9"
    for value in (b"", bytes(range(256)), b"x" * 200_000):
        assert client.ask("SET", key, value) == "OK"
        assert client.ask("GET", key) == value
    assert list(store.values) == [key]
    assert " " not in store.heard[0].removeprefix("PUT ")


def test_scan_meets_every_key(client: Client, store: WebStore) -> None:
    wanted = {f"http:{n} %".encode() for n in range(25)} | {b"own"}
    for key in wanted:
        client.ask("SET", key, "x")
    for options in ((), ("COUNT", "3"), ("MATCH", "*1*", "COUNT", "7")):
        met, cursor = [], b"0"
        while True:
            cursor, keys = client.ask("SCAN", cursor, *options)
            met += keys
            if cursor == b"0":
                break
        matching = {key for key in wanted if "MATCH" not in options or b"1" in key}
        assert sorted(met) == sorted(matching), options


def test_a_web_server_that_fails_is_an_error(client: Client, store: WebStore) -> None:
    client.ask("SET", "http:a", "1")
    store.status = 503
    for request in ("GET http:a", "SET http:a 2", "DEL http:a", "EXISTS http:a", "MGET x http:a"):
        message = refusal(client.ask(*request.split()))
        assert message == FAILED + "the web server has answered 503", request
    store.status = 0
    assert client.ask("GET", "http:a") == b"1"
    store.status = 200
    cursor, _ = client.ask("SCAN", "0")
    message = refusal(client.ask("SCAN", cursor))
    assert message == FAILED + "the web server's scan has no cursor"


def test_bounds(client: Client, store: WebStore) -> None:
    message = refusal(client.ask("GET", "http:" + "x" * 9000))
    assert message == FAILED + "the key is too long for a URL"
    message = refusal(client.ask("SET", "http:a", "x" * 262_145))
    assert message == FAILED + "the value has more than 262144 bytes"
    store.values["http:a"] = b"x" * 262_144
    message = refusal(client.ask("GET", "http:a"))
    assert message == FAILED + "the answer has more than 262144 bytes"


def test_without_a_server_or_a_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    for url, message in (
        ("", "the setting url is missing"),
        ("http://127.0.0.1:1", "refused"),
        ("http://example.com/", "no permission network.http_get for example.com:80"),
    ):
        folder = tmp_path_factory.mktemp("nowhere")
        with sample_server("http-backend", folder, settings={"url": url}) as server:
            found = refusal(server.client().ask("GET", "http:a"))
            assert found.startswith("ERR storage backend http"), url
            assert message in found.lower()
