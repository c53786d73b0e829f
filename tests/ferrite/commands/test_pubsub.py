from __future__ import annotations

from tests.support.in_process import InProcess


def test_a_subscribed_client_may_do_little_else_in_resp2() -> None:
    client = InProcess()
    assert client.ask(b"SUBSCRIBE", b"a", b"b").count(b"subscribe") == 2
    assert client.ask(b"GET", b"k").startswith(b"-ERR Can't execute 'get': only (P|S)SUBSCRIBE")
    assert client.reply("PING") == [b"pong", b""]
    client.reply("UNSUBSCRIBE")
    assert client.reply("PING") == "PONG"


def test_in_resp3_it_may_do_anything() -> None:
    client = InProcess()
    client.reply("HELLO", "3")
    client.reply("SUBSCRIBE", "a")
    assert client.reply("GET", "k") is None
    assert client.reply("PUBSUB", "NUMSUB", "a", "b") == [b"a", 1, b"b", 0]
