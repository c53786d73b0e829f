from __future__ import annotations

from ferrite.keyspace.databases import Databases
from ferrite.notifications import Notifications
from tests.support.in_process import InProcess


def test_nobody_listens_until_classes_are_chosen() -> None:
    databases, sent = Databases(1), []
    notifications = Notifications(databases, lambda channel, name: sent.append(channel) or 0)
    databases[0].set(b"k", b"1")
    notifications.choose("gE")
    databases[0].delete(b"k")
    notifications.choose("")
    databases[0].set(b"k", b"1")
    databases[0].delete(b"k")
    assert sent == [b"__keyevent@0__:del"]
    assert not databases[0]._listeners


def test_new_and_missed_keys() -> None:
    client = InProcess()
    sent: list[tuple[bytes, bytes]] = []
    client.state.notifications._publish = lambda *event: sent.append(event) or 0
    client.reply("CONFIG", "SET", "notify-keyspace-events", "nmK")
    client.reply("SET", "k", "1")
    client.reply("SET", "k", "2")
    client.reply("GET", "none")
    assert sent == [(b"__keyspace@0__:k", b"new"), (b"__keyspace@0__:none", b"keymiss")]
