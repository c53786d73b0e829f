from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from tests.support.in_process import InProcess


class Client(InProcess):
    """A client whose server's time is `moment` (Unix ms)."""

    def __init__(self) -> None:
        self.moment = 1_000_000
        super().__init__(now=lambda: self.moment)

    def error(self, *request: bytes | str | int) -> str:
        reply = self.reply(*request)
        assert isinstance(reply, CommandError)
        return reply.text


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.mark.parametrize(
    ("option", "argument", "deadline"),
    [
        ("EX", 10, 1_010_000),
        ("PX", 10, 1_000_010),
        ("EXAT", 2_000, 2_000_000),
        ("PXAT", 2_000_000, 2_000_000),
    ],
)
def test_deadlines_of_set_and_getex(
    client: Client, option: str, argument: int, deadline: int
) -> None:
    client.reply("SET", "a", "1", option, argument)
    assert client.reply("PEXPIRETIME", "a") == deadline
    client.reply("SET", "b", "1")
    assert client.reply("GETEX", "b", option, argument) == b"1"
    assert client.reply("PEXPIRETIME", "b") == deadline
    client.moment = deadline
    assert client.reply("GET", "a") == b"1"
    client.moment += 1
    assert client.reply("MGET", "a", "b") == [None, None]


def test_keepttl_on_a_dead_key_gives_no_deadline(client: Client) -> None:
    client.reply("SET", "a", "1", "PX", 5)
    client.moment += 6
    client.reply("SET", "a", "2", "KEEPTTL")
    assert client.reply("TTL", "a") == -1


def test_conditions_do_not_see_dead_keys(client: Client) -> None:
    client.reply("SET", "a", "1", "PX", 5)
    client.moment += 6
    assert client.reply("SET", "a", "2", "XX") is None
    assert client.reply("SETNX", "a", "3") == 1
    assert client.reply("TTL", "a") == -1


def test_a_failed_set_changes_nothing(client: Client) -> None:
    client.reply("SET", "a", "1")
    client.error("SET", "a", "2", "EX", "0")
    client.error("SET", "a", "2", "NX", "XX")
    assert client.reply("SET", "a", "2", "NX", "GET") == b"1"
    assert client.reply("GET", "a") == b"1"


def test_other_types_are_refused(client: Client) -> None:
    client.call.keyspace.set(b"list", [])
    for request in (
        ("GET", "list"),
        ("APPEND", "list", "x"),
        ("INCR", "list"),
        ("INCRBYFLOAT", "list", "1"),
        ("STRLEN", "list"),
        ("GETRANGE", "list", "0", "1"),
        ("SETRANGE", "list", "0", "x"),
        ("GETSET", "list", "x"),
        ("GETDEL", "list"),
        ("GETEX", "list", "EX", "5"),
        ("SET", "list", "x", "GET"),
    ):
        assert client.error(*request).startswith("WRONGTYPE "), request
    assert client.reply("MGET", "list") == [None]
    assert client.reply("SET", "list", "x") == "OK"


def test_increments_keep_the_deadline(client: Client) -> None:
    client.reply("SET", "a", "1", "PX", 50)
    for request in (("INCR", "a"), ("INCRBYFLOAT", "a", "1.5"), ("APPEND", "a", "0")):
        client.reply(*request)
    client.reply("SETRANGE", "a", "0", "9")
    assert client.reply("GET", "a") == b"9.50"
    assert client.reply("PTTL", "a") == 50


def test_the_largest_string_is_configured(client: Client) -> None:
    client.reply("CONFIG", "SET", "proto-max-bulk-len", "1mb")
    text = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
    client.reply("SET", "a", b"x" * 2**20)
    assert client.error("APPEND", "a", "y") == text
    assert client.error("SETRANGE", "b", 2**20, "y") == text
    assert client.reply("SETRANGE", "a", 2**20 - 1, "y") == 2**20


def test_hits_and_misses(client: Client) -> None:
    client.reply("SET", "a", "1")
    client.reply("GET", "a")
    client.reply("MGET", "a", "b")
    client.reply("INCR", "a")
    assert (client.call.keyspace.hits, client.call.keyspace.misses) == (2, 1)
