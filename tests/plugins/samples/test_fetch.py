"""plugins/fetch through a real socket, against a web server of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_server
from tests.support.web_store import WebStore


@pytest.fixture(scope="module")
def store() -> Iterator[WebStore]:
    web = WebStore()
    web.values |= {"a": b"hello", "empty": b"", "binary": b"\x00\xff\r\n$5\r\n%1\r\n"}
    web.values |= {"large": b"x" * 200_000, "huge": b"x" * 262_144}
    yield web
    web.close()


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    build, protocol = request.param
    with sample_server("fetch", tmp_path_factory.mktemp("fetch"), build) as server:
        yield server.client(protocol)


def test_a_body(client: Client, store: WebStore) -> None:
    for name in ("a", "empty", "binary", "large"):
        assert client.ask("FETCH.URL", f"{store.url}/{name}") == store.values[name]


def test_a_body_is_stored(client: Client, store: WebStore) -> None:
    client.ask("FLUSHALL")
    assert client.ask("FETCH.STORE", "k", f"{store.url}/a") == 5
    assert client.ask("GET", "k") == b"hello"
    assert client.ask("TTL", "k") == -1
    assert client.ask("FETCH.STORE", "k", f"{store.url}/binary", "90000") == 12
    assert client.ask("GET", "k") == store.values["binary"]
    assert 0 < client.ask("TTL", "k") <= 90
    for ttl in ("0", "x", "-1"):
        message = refusal(client.ask("FETCH.STORE", "k", f"{store.url}/a", ttl))
        assert message == "ERR invalid expire time in 'fetch.store' command"


def test_what_cannot_be_had_is_an_error(client: Client, store: WebStore) -> None:
    client.ask("SET", "k", "before")
    answered = refusal(client.ask("FETCH.STORE", "k", f"{store.url}/none"))
    assert answered == "ERR the server has answered 404"
    assert client.ask("GET", "k") == b"before"
    huge = "ERR the answer has more than 262144 bytes"
    assert refusal(client.ask("FETCH.URL", f"{store.url}/huge")) == huge
    assert "refused" in refusal(client.ask("FETCH.URL", "http://127.0.0.1:1/")).lower()
    assert "is no http or https URL" in refusal(client.ask("FETCH.URL", "nonsense"))
    assert refusal(client.ask("FETCH.URL", "h" * 4097)) == "ERR the URL is too long"


def test_other_hosts_are_out_of_reach(client: Client, store: WebStore) -> None:
    before = len(store.heard)
    message = refusal(client.ask("FETCH.URL", "http://example.com/"))
    assert message == "NOPERM plugin 'fetch' has no permission network.http_get for example.com:80"
    assert len(store.heard) == before


def test_the_operator_grants_hosts(
    store: WebStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    extra = f'[plugins.grants.fetch]\nnetwork.http_get = ["localhost:{store.port}"]\n'
    with sample_server("fetch", tmp_path_factory.mktemp("granted"), extra=extra) as server:
        client = server.client()
        assert client.ask("FETCH.URL", f"{store.url}/a".replace("127.0.0.1", "localhost"))
        assert "no permission network.http_get" in refusal(client.ask("FETCH.URL", store.url))
        assert "storage.write" in refusal(
            client.ask("FETCH.STORE", "k", f"{store.url}/a".replace("127.0.0.1", "localhost"))
        )
