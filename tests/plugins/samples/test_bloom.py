"""plugins/bloom through a real socket, and against what RedisBloom's documentation shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from ferrite.errors import CommandError
from tests.support.plugin_replies import pairs, refusal
from tests.support.plugin_server import Client
from tests.support.require import ROOT
from tests.support.samples import BUILDS, sample_server

README = (ROOT / "plugins" / "bloom" / "README.md").read_text()


@pytest.fixture(scope="module", params=[(build, p) for build in BUILDS for p in (2, 3)])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    build, protocol = request.param
    with sample_server("bloom", tmp_path_factory.mktemp("bloom"), build) as server:
        yield server.client(protocol)


@pytest.fixture
def client(connection: Client) -> Client:
    connection.ask("FLUSHALL")
    return connection


class Case(NamedTuple):
    request: str
    documented: Any
    """The reply in RedisBloom's documentation; an error where it shows one."""
    ours: Any = None
    """Where it differs."""
    difference: str = ""
    """Why, as README.md has it."""


FULL = CommandError("ERR non scaling filter is full")
SIZE = "`Size` counts the bits' bytes alone"
INFO = {"Capacity": 100, "Number of filters": 1, "Number of items inserted": 1,
        "Expansion rate": 2}  # fmt: skip
DOCUMENTED = [
    Case("BF.RESERVE bf 0.01 1000", "OK"),
    Case("BF.RESERVE bf 0.01 1000", CommandError("ERR item exists")),
    Case("BF.RESERVE bf_exp 0.01 1000 EXPANSION 2", "OK"),
    Case("BF.RESERVE bf_non 0.01 1000 NONSCALING", "OK"),
    Case("BF.ADD bf item1", 1),
    Case("BF.ADD bf item1", 0),
    Case("BF.ADD bf item_new", 1),
    Case("BF.EXISTS bf item1", 1),
    Case("BF.EXISTS bf item2", 0),
    Case("BF.EXISTS none item1", 0),
    Case("BF.MADD bf2 item1 item2 item2", [1, 1, 0]),
    Case("BF.MEXISTS bf2 item1 item2 item3", [1, 1, 0]),
    Case("BF.MEXISTS none item1 item2", [0, 0]),
    Case("BF.ADD bf1 item_foo", 1),
    Case("BF.CARD bf1", 1),
    Case("BF.CARD bf_new", 0),
    Case("BF.INFO bf1", {**INFO, "Size": 240}, {**INFO, "Size": 120}, SIZE),
    Case("BF.INFO bf1 CAPACITY", [100]),
    Case("BF.INFO bf1 FILTERS", [1]),
    Case("BF.INFO bf1 ITEMS", [1]),
    Case("BF.INFO bf1 EXPANSION", [2]),
    Case("BF.INFO bf1 SIZE", [240], [120], SIZE),
    Case("BF.RESERVE one 0.01 1 NONSCALING", "OK"),
    Case("BF.MADD one a b a", [1, FULL, 0]),
    Case("BF.INFO bf_non EXPANSION", [None]),
    Case("BF.INSERT filter ITEMS foo bar baz", [1, 1, 1]),
    Case("BF.INFO filter CAPACITY", [100]),
    Case("BF.INSERT large CAPACITY 10000 ITEMS hello", [1]),
    Case("BF.INFO large CAPACITY", [10000]),
    Case("BF.INSERT filter NOCREATE ITEMS foo bar new", [0, 0, 1]),
    Case("BF.INSERT absent NOCREATE ITEMS foo bar", CommandError("ERR not found")),
    Case("BF.INSERT few ERROR 0.1 CAPACITY 1 NONSCALING ITEMS a b a", [1, FULL, 0]),
    Case("BF.INSERT filter CAPACITY 7 ITEMS foo", [0]),
    Case("BF.INFO filter CAPACITY", [100]),
]


def shown(reply: Any) -> Any:
    """A reply as the table has it; names are simple strings, and the map is flat in RESP2."""
    if isinstance(reply, dict) or (isinstance(reply, list) and len(reply) == 10):
        return {str(name): value for name, value in pairs(reply).items()}
    if isinstance(reply, list):
        return [shown(item) for item in reply]
    return ("error", reply.text) if isinstance(reply, CommandError) else reply


def test_what_redisbloom_documents(client: Client) -> None:
    for case in DOCUMENTED:
        wanted = case.documented if case.ours is None else case.ours
        assert shown(client.ask(*case.request.split())) == shown(wanted), case.request
        assert (case.difference in README) if case.ours is not None else not case.difference


@pytest.mark.parametrize("difference", [SIZE, "`BF.SCANDUMP`", "1048576 bytes", "`BF.DEBUG`"])
def test_the_differences_are_documented(difference: str) -> None:
    assert difference in README


def layer(client: Client, key: str, number: int = 0) -> dict[str, int]:
    line = client.ask("BF.DEBUG", key)[1 + number].decode()
    return {name: int(value) for name, value in (part.split(":") for part in line.split())}


@pytest.mark.parametrize(
    ("error", "capacity"),
    [("0.01", 1000), ("0.001", 1000), ("0.0001", 500), ("0.5", 10), ("0.9", 3), ("1e-9", 100)],
)
def test_sizes(client: Client, error: str, capacity: int) -> None:
    client.ask("BF.RESERVE", "bf", error, str(capacity))
    bits_per_item = -math.log(float(error)) / math.log(2) ** 2
    bits = math.ceil(capacity * bits_per_item)
    found = layer(client, "bf")
    assert (found["bits"], found["bytes"]) == (bits, (bits + 7) // 8)
    assert found["hashes"] == math.ceil(bits_per_item * math.log(2))
    if (error, capacity) == ("0.01", 1000):
        assert (found["bits"], found["bytes"], found["hashes"]) == (9586, 1199, 7)
    assert client.ask("BF.INFO", "bf", "size") == [found["bytes"]]


def test_what_was_added_is_found_and_little_else(client: Client) -> None:
    client.ask("BF.RESERVE", "bf", "0.01", "1000")
    items = [f"item:{n}" for n in range(1000)]
    added = sum(client.ask("BF.MADD", "bf", *items))
    assert 980 <= added <= 1000
    assert client.ask("BF.CARD", "bf") == added
    assert client.ask("BF.MEXISTS", "bf", *items) == [1] * 1000
    others = client.ask("BF.MEXISTS", "bf", *(f"other:{n}" for n in range(5000)))
    assert sum(others) < 100, "1 % is the rate it was made for"
    assert client.ask("BF.INFO", "bf", "FILTERS") == [1]


def test_a_full_filter_grows(client: Client) -> None:
    client.ask("BF.RESERVE", "bf", "0.01", "10", "EXPANSION", "3")
    items = [f"{n}" for n in range(100)]
    for item in items:
        client.ask("BF.ADD", "bf", item)
    assert client.ask("BF.MEXISTS", "bf", *items) == [1] * 100
    found = [layer(client, "bf", n) for n in range(3)]
    assert [each["capacity"] for each in found] == [10, 30, 90]
    assert [each["size"] for each in found[:2]] == [10, 30]
    assert found[1]["hashes"] > found[0]["hashes"], "each layer is right more often"
    assert client.ask("BF.INFO", "bf", "CAPACITY") == [130]
    assert client.ask("BF.CARD", "bf") == sum(each["size"] for each in found)


def test_a_filter_is_a_value_like_others(client: Client) -> None:
    client.ask("BF.ADD", "bf", "a")
    assert client.ask("TYPE", "bf") == "BLOOM"
    assert client.ask("OBJECT", "ENCODING", "bf") == b"bloom"
    payload = client.ask("DUMP", "bf")
    assert client.ask("RESTORE", "copy", "0", payload) == "OK"
    client.ask("BF.ADD", "copy", "b")
    assert client.ask("BF.MEXISTS", "bf", "a", "b") == [1, 0]
    assert client.ask("BF.MEXISTS", "copy", "a", "b") == [1, 1]
    client.ask("EXPIRE", "bf", "100")
    client.ask("BF.ADD", "bf", "c")
    assert client.ask("TTL", "bf") == 100
    client.ask("SET", "string", "x")
    wrong = "WRONGTYPE Operation against a key holding the wrong kind of value"
    for request in ("ADD string x", "MADD string x", "EXISTS string x", "MEXISTS string x",
                    "CARD string", "INFO string", "DEBUG string", "INSERT string ITEMS x",
                    "SCANDUMP string 0", "LOADCHUNK string 1 x"):  # fmt: skip
        assert refusal(client.ask(*f"BF.{request}".split())) == wrong, request


def test_a_filter_in_chunks(client: Client) -> None:
    """As RedisBloom's documentation reads a filter and loads it back."""
    items = [f"{n}" for n in range(200)]
    client.ask("BF.INSERT", "bf", "CAPACITY", "50", "ITEMS", *items)
    chunks: list[tuple[int, bytes]] = []
    iterator = 0
    while not chunks or iterator:
        iterator, data = client.ask("BF.SCANDUMP", "bf", str(iterator))
        if iterator:
            chunks.append((iterator, data))
    assert client.ask("BF.SCANDUMP", "bf", str(chunks[-1][0])) == [0, b""]
    client.ask("BF.ADD", "copy", "what was there before")
    for iterator, data in chunks:
        assert client.ask("BF.LOADCHUNK", "copy", str(iterator), data) == "OK"
    assert client.ask("BF.DEBUG", "copy") == client.ask("BF.DEBUG", "bf")
    assert client.ask("BF.MEXISTS", "copy", *items) == [1] * 200
    whole = chunks[0][1]
    for wrong in (b"", whole[:-1], whole + b"x", b"\xff" * len(whole)):
        reply = client.ask("BF.LOADCHUNK", "copy", "1", wrong)
        assert refusal(reply) == "ERR received bad data"
        assert client.ask("BF.SCANDUMP", "copy", "0") == [1, whole], "what was there is kept"


REFUSED = [
    ("BF.RESERVE bf x 10", "ERR bad error rate"),
    ("BF.RESERVE bf 0 10", "ERR (0 < error rate range < 1)"),
    ("BF.RESERVE bf 1 10", "ERR (0 < error rate range < 1)"),
    ("BF.RESERVE bf inf 10", "ERR (0 < error rate range < 1)"),
    ("BF.RESERVE bf 0.1 x", "ERR bad capacity"),
    ("BF.RESERVE bf 0.1 0", "ERR (capacity should be larger than 0)"),
    ("BF.RESERVE bf 0.1 -1", "ERR (capacity should be larger than 0)"),
    ("BF.RESERVE bf 0.1 10 EXPANSION 0", "ERR bad expansion"),
    ("BF.RESERVE bf 0.1 10 EXPANSION", "ERR syntax error"),
    ("BF.RESERVE bf 0.1 10 WHAT", "ERR syntax error"),
    ("BF.RESERVE bf 0.1 10 NONSCALING EXPANSION 2", "ERR Nonscaling filters cannot expand"),
    ("BF.RESERVE bf 0.01 1000000000", "ERR the filter would be larger than 1048576 bytes"),
    ("BF.RESERVE bf 0.01 9223372036854775807", "ERR the filter would be larger than 1048576 bytes"),
    ("BF.RESERVE bf 1e-300 1", "ERR the filter would be larger than 1048576 bytes"),
    ("BF.INSERT bf CAPACITY 10 ITEMS", "ERR syntax error"),
    ("BF.INSERT bf CAPACITY 10 x", "ERR syntax error"),
    ("BF.INSERT bf NOCREATE CAPACITY 10 ITEMS x", "ERR syntax error"),
    ("BF.INSERT bf ERROR 0.1 NOCREATE ITEMS x", "ERR syntax error"),
    ("BF.INSERT bf CAPACITY 0 ITEMS x", "ERR (capacity should be larger than 0)"),
    ("BF.INSERT bf ERROR 2 ITEMS x", "ERR (0 < error rate range < 1)"),
    ("BF.INSERT bf EXPANSION x ITEMS x", "ERR bad expansion"),
    ("BF.INSERT bf EXPANSION 3 NONSCALING ITEMS x", "ERR Nonscaling filters cannot expand"),
    ("BF.INSERT bf", "ERR wrong number of arguments for 'bf.insert' command"),
    ("BF.SCANDUMP none 0", "ERR not found"),
    ("BF.SCANDUMP one x", "ERR Second argument must be numeric"),
    ("BF.LOADCHUNK bf x data", "ERR Second argument must be numeric"),
    ("BF.LOADCHUNK bf 2 data", "ERR received bad data"),
    ("BF.LOADCHUNK bf 1 data", "ERR received bad data"),
    ("BF.INFO none", "ERR not found"),
    ("BF.DEBUG none", "ERR not found"),
    ("BF.INFO one WHAT", "ERR Invalid information value"),
    ("BF.ADD bf", "ERR wrong number of arguments for 'bf.add' command"),
    ("BF.RESERVE bf 0.1", "ERR wrong number of arguments for 'bf.reserve' command"),
]


def test_refusals(client: Client) -> None:
    client.ask("BF.ADD", "one", "a")
    for request, message in REFUSED:
        assert refusal(client.ask(*request.split())) == message, request
    assert client.ask("EXISTS", "bf") == 0
    client.ask("BF.RESERVE", "full", "0.01", "1", "NONSCALING")
    client.ask("BF.ADD", "full", "a")
    assert refusal(client.ask("BF.ADD", "full", "b")) == "ERR non scaling filter is full"
    assert client.ask("BF.ADD", "full", "a") == 0


def test_what_the_server_says_of_the_commands(client: Client) -> None:
    (info,) = client.ask("COMMAND", "INFO", "BF.ADD")
    assert info[1] == 3
    assert set(map(str, info[2])) == {"write", "denyoom", "module"}
    assert info[3:6] == [1, 1, 1]
    assert "@bloom" in {str(name) for name in info[6]}
    assert b"bf.add" in client.ask("ACL", "CAT", "bloom")
