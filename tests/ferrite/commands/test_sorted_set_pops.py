from __future__ import annotations

from ferrite.dispatch import dispatch
from ferrite.pending import Pending
from ferrite.protocol.replies import NULL_ARRAY
from ferrite.state import Call
from tests.support.in_process import InProcess


def wait(client: InProcess, *request: bytes) -> Pending:
    """Send a request that has to wait, from a client of its own."""
    session = client.state.connect()
    answer = dispatch(Call(session, client.state), list(request))
    assert isinstance(answer, Pending)
    return answer


def test_who_waits_first_is_served_first() -> None:
    client = InProcess()
    first = wait(client, b"BZPOPMIN", b"x", b"z", b"0")
    second = wait(client, b"BZMPOP", b"0", b"1", b"z", b"MAX", b"COUNT", b"2")
    client.reply("ZADD", "z", 1, "a", 2, "b", 3, "c")
    assert first.value == [b"z", b"a", 1.0]
    assert second.value == [b"z", [[b"c", 3.0], [b"b", 2.0]]]
    assert client.reply("EXISTS", "z") == 0


def test_another_type_does_not_serve() -> None:
    client = InProcess()
    waiting = wait(client, b"BZPOPMAX", b"z", b"0")
    client.reply("SET", "z", "text")
    assert not waiting.done
    client.reply("DEL", "z")
    client.reply("ZADD", "z", 1, "a")
    assert waiting.value == [b"z", b"a", 1.0]


def test_nobody_waits_in_a_plugin_call() -> None:
    client = InProcess()
    client.call.keyspace.journal.begin()
    assert client.reply("BZPOPMIN", "z", 0) is NULL_ARRAY
    client.call.keyspace.journal.rollback()


def test_random_members() -> None:
    client = InProcess()
    client.reply("ZADD", "z", 1, "a", 2, "b", 3, "c")
    assert client.reply("ZRANDMEMBER", "z") in (b"a", b"b", b"c")
    some = client.reply("ZRANDMEMBER", "z", 2)
    assert isinstance(some, list)
    assert len(set(some)) == 2
    many = client.reply("ZRANDMEMBER", "z", -50)
    assert isinstance(many, list)
    assert len(many) == 50
    assert set(many) <= {b"a", b"b", b"c"}
