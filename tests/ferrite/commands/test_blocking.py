from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.replies import NULL_ARRAY
from tests.support.several_clients import SeveralClients

SERVED = [
    (("BLPOP", "a", "b", "0"), [b"b", b"1"]),
    (("BRPOP", "a", "b", "0"), [b"b", b"3"]),
    (("BLMPOP", "0", "2", "a", "b", "LEFT", "COUNT", "2"), [b"b", [b"1", b"2"]]),
    (("BLMPOP", "0", "2", "a", "b", "RIGHT"), [b"b", [b"3"]]),
    (("BLMOVE", "b", "c", "LEFT", "RIGHT", "0"), b"1"),
    (("BRPOPLPUSH", "b", "c", "0"), b"3"),
]


@pytest.mark.parametrize(("request_", "reply"), SERVED, ids=lambda item: str(item[0])[:12])
def test_served_at_the_end_of_the_command_that_pushed(
    request_: tuple[str, ...], reply: object
) -> None:
    server = SeveralClients()
    waiting, pushing = server.client(), server.client()
    pending = waiting.waits(*request_)
    assert pushing.reply("RPUSH", "b", "1", "2", "3") == 3
    assert pending.value == reply


@pytest.mark.parametrize(("request_", "reply"), SERVED, ids=lambda item: str(item[0])[:12])
def test_what_is_there_is_popped_at_once(request_: tuple[str, ...], reply: object) -> None:
    server = SeveralClients()
    client = server.client()
    client.reply("RPUSH", "b", "1", "2", "3")
    assert client.reply(*request_) == reply


@pytest.mark.parametrize("request_", [request for request, _ in SERVED])
def test_in_a_transaction_nobody_waits(request_: tuple[str, ...]) -> None:
    client = SeveralClients().client()
    client.call.in_transaction = True
    assert client.reply(*request_) in (NULL_ARRAY, None)


def test_in_a_plugin_call_nobody_waits() -> None:
    client = SeveralClients().client()
    client.call.keyspace.journal.begin()
    assert client.reply("BLPOP", "a", "0") is NULL_ARRAY
    assert client.reply("BLMOVE", "a", "b", "LEFT", "LEFT", "0") is None
    client.call.keyspace.journal.commit()


def test_a_timeout_is_in_seconds() -> None:
    server = SeveralClients()
    pending = server.client().waits("BLPOP", "a", "0.05")
    server.loop.advance(0.04)
    assert not pending.done
    server.loop.advance(0.02)
    assert pending.value is NULL_ARRAY


def test_moving_serves_whoever_waits_for_the_destination() -> None:
    server = SeveralClients()
    last, middle, pushing = server.client(), server.client(), server.client()
    popped = last.waits("BLPOP", "c", "0")
    moved = middle.waits("BLMOVE", "a", "b", "LEFT", "RIGHT", "0")
    again = server.client().waits("BRPOPLPUSH", "b", "c", "0")
    pushing.reply("LPUSH", "a", "x")
    assert (moved.value, again.value, popped.value) == (b"x", b"x", [b"c", b"x"])
    assert pushing.reply("DBSIZE") == 0


def test_values_of_other_types_wake_nobody() -> None:
    server = SeveralClients()
    waiting, other = server.client(), server.client()
    pending = waiting.waits("BLPOP", "a", "0")
    other.reply("SET", "a", "1")
    other.reply("DEL", "a")
    other.reply("SADD", "a", "1")
    assert not pending.done
    other.reply("DEL", "a")
    other.reply("RPUSH", "b", "1")
    other.reply("RENAME", "b", "a")
    assert pending.value == [b"a", b"1"]


def test_a_destination_of_another_type_is_an_error_and_nothing_moves() -> None:
    server = SeveralClients()
    waiting, other = server.client(), server.client()
    pending = waiting.waits("BLMOVE", "a", "b", "LEFT", "LEFT", "0")
    other.reply("SET", "b", "1")
    other.reply("RPUSH", "a", "1")
    assert isinstance(pending.value, CommandError)
    assert other.reply("LRANGE", "a", "0", "-1") == [b"1"]


def test_a_swapped_database_serves_those_that_use_it() -> None:
    server = SeveralClients()
    waiting, other = server.client(), server.client()
    pending = waiting.waits("BLPOP", "a", "0")
    other.reply("SELECT", "1")
    other.reply("RPUSH", "a", "1")
    assert not pending.done
    other.reply("SWAPDB", "0", "1")
    assert pending.value == [b"a", b"1"]


def test_client_unblock_and_the_client_list() -> None:
    server = SeveralClients()
    waiting, other = server.client(), server.client()
    pending = waiting.waits("BLPOP", "a", "0")
    assert b" flags=b " in other.reply("CLIENT", "LIST", "ID", waiting.session.id).value
    assert b"blocked_clients:1\r\n" in other.reply("INFO", "clients").value
    assert other.reply("CLIENT", "UNBLOCK", other.session.id) == 0
    assert other.reply("CLIENT", "UNBLOCK", waiting.session.id) == 1
    assert pending.value is NULL_ARRAY
    pending = waiting.waits("BLPOP", "a", "0")
    assert other.reply("CLIENT", "UNBLOCK", waiting.session.id, "error") == 1
    assert isinstance(pending.value, CommandError)
