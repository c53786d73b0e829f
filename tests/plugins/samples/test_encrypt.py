"""plugins/encrypt through a real socket, with cryptography as oracle of its cipher."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.plugin_replies import refusal
from tests.support.plugin_server import Client
from tests.support.samples import BUILDS, sample_server

KEY = bytes(range(100, 132))
PREFIX = "ERR transformer encrypt of plugin 'encrypt' has failed: "


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    build, protocol = request.param
    folder, settings = tmp_path_factory.mktemp("encrypt"), {"key": KEY.hex()}
    with sample_server("encrypt", folder, build, settings=settings) as server:
        yield server.client(protocol)


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


def stored(client: Client, key: str) -> bytes:
    """What lies at a key: DUMP does not decrypt, and another key is not encrypted."""
    client.ask("RESTORE", "plain", "0", client.ask("DUMP", key), "REPLACE")
    found = client.ask("GET", "plain")
    assert isinstance(found, bytes)
    return found


def test_values_come_back_and_are_not_stored(client: Client) -> None:
    for value in (b"", b"a", b"hello", bytes(range(256)) * 9, b"\xff" * 64, b"\x00" * 65):
        assert client.ask("SET", "secret:a", value, "EX", "100") == "OK"
        assert client.ask("GET", "secret:a") == value
        assert len(value) < 3 or value not in stored(client, "secret:a")
    assert 0 < client.ask("TTL", "secret:a") <= 100
    client.ask("MSET", "secret:b", "1", "other", "2")
    assert client.ask("MGET", "secret:b", "other", "none") == [b"1", b"2", None]
    assert stored(client, "other") == b"2"


def test_another_implementation_reads_and_writes_them(client: Client) -> None:
    aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")
    cipher = aead.ChaCha20Poly1305(KEY)
    lengths = [*range(70), 127, 128, 129, 1000, 4096]
    for length in lengths:
        value = bytes((length * 7 + n * n) % 256 for n in range(length))
        name = f"secret:{'x' * (length % 40)}"
        client.ask("SET", name, value)
        raw = stored(client, name)
        assert raw[:1] == b"\x01"
        assert cipher.decrypt(raw[1:13], raw[13:], name.encode()) == value
        theirs = b"\x01" + b"n" * 12 + cipher.encrypt(b"n" * 12, value, name.encode())
        client.ask("SET", "plain", theirs)
        client.ask("RESTORE", name, "0", client.ask("DUMP", "plain"), "REPLACE")
        assert client.ask("GET", name) == value


def test_extreme_sums_of_poly1305(client: Client) -> None:
    """Blocks of ones and of zeros carry through every limb."""
    aead = pytest.importorskip("cryptography.hazmat.primitives.ciphers.aead")
    cipher = aead.ChaCha20Poly1305(KEY)
    for fill in (b"\xff", b"\x00", b"\xfb"):
        for nonce in range(40):
            raw_nonce = nonce.to_bytes(12, "little")
            # Chosen so that the encrypted bytes, which the tag is of, are all `fill`.
            stream = cipher.encrypt(raw_nonce, bytes(48), b"")[:48]
            value = bytes(a ^ fill[0] for a in stream)
            sealed = b"\x01" + raw_nonce + cipher.encrypt(raw_nonce, value, b"secret:")
            client.ask("SET", "plain", sealed)
            client.ask("RESTORE", "secret:", "0", client.ask("DUMP", "plain"), "REPLACE")
            assert client.ask("GET", "secret:") == value


def test_nonces_differ(client: Client) -> None:
    found = set()
    for _ in range(50):
        client.ask("SET", "secret:a", "same")
        found.add(stored(client, "secret:a")[1:13])
    assert len(found) == 50


def test_what_was_tampered_with_is_refused(client: Client) -> None:
    client.ask("SET", "secret:a", "value")
    raw = stored(client, "secret:a")
    wrong = PREFIX + "the value was encrypted with another key, or for another name"
    for position in (1, 12, 13, 17, 18, len(raw) - 1):
        bad = bytearray(raw)
        bad[position] ^= 1
        client.ask("SET", "plain", bytes(bad))
        client.ask("RESTORE", "secret:a", "0", client.ask("DUMP", "plain"), "REPLACE")
        assert refusal(client.ask("GET", "secret:a")) == wrong, position
    client.ask("SET", "plain", raw)
    payload = client.ask("DUMP", "plain")
    client.ask("RESTORE", "secret:b", "0", payload, "REPLACE")
    assert refusal(client.ask("GET", "secret:b")) == wrong, "it belongs to another key"
    client.ask("RESTORE", "secret:a", "0", payload, "REPLACE")
    assert client.ask("GET", "secret:a") == b"value"
    for text in (b"plain text", raw[:28], b"\x02" + raw[1:]):
        client.ask("SET", "plain", text)
        client.ask("RESTORE", "secret:a", "0", client.ask("DUMP", "plain"), "REPLACE")
        assert refusal(client.ask("GET", "secret:a")) == PREFIX + "the value is not encrypted"


def test_bounds(client: Client) -> None:
    too_long = PREFIX + "an encrypted value may have 65536 bytes"
    assert refusal(client.ask("SET", "secret:a", "x" * 65537)) == too_long
    name = "secret:" + "x" * 1024
    assert refusal(client.ask("SET", name, "x")) == PREFIX + "the key is too long"
    assert client.ask("DBSIZE") == 0


@pytest.mark.parametrize("key", ["", "00" * 31, "00" * 33, "zz" * 32])
def test_without_a_key_nothing_is_stored(
    tmp_path_factory: pytest.TempPathFactory, key: str
) -> None:
    folder = tmp_path_factory.mktemp("keyless")
    with sample_server("encrypt", folder, settings={"key": key}) as server:
        client = server.client()
        message = PREFIX + "the setting key of plugin encrypt must be 64 hexadecimal digits"
        assert refusal(client.ask("SET", "secret:a", "x")) == message
        assert client.ask("EXISTS", "secret:a") == 0
        assert client.ask("SET", "other", "x") == "OK"
