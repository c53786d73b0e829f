from __future__ import annotations

from ferrite.errors import CommandError
from ferrite.execution import failure, with_pushes
from ferrite.protocol.replies import Several
from ferrite.session import Session
from tests.ferrite.test_session import ALMIGHTY
from tests.support.in_process import InProcess


def test_failures() -> None:
    error = CommandError.syntax()
    assert failure(b"X", error) is error
    assert failure(b"X", ZeroDivisionError()).text == "ERR internal error"


def test_messages_stand_around_the_reply() -> None:
    session = Session(1, ALMIGHTY)
    session.pushed_early = []
    session.push("early")
    session.push("late", late=True)
    assert with_pushes(session, "reply") == Several(["early", "reply", "late"])
    assert with_pushes(session, "reply") == "reply"


def test_what_is_counted_and_logged() -> None:
    client = InProcess()
    client.reply("CONFIG", "SET", "slowlog-log-slower-than", "0")
    client.reply("SLOWLOG", "RESET")
    client.reply("GET", "k")
    client.reply("INCRBY", "k", "x")
    client.reply("GET")
    client.reply("AUTH", "secret")
    usages = {command.name: usage for command, usage in client.state.usages.items()}
    assert usages["get"].calls == 1
    assert usages["get"].rejected == 1
    assert usages["incrby"].failed == 1
    logged = [entry.request for entry in client.state.slow_log.entries]
    assert logged[0] == [b"AUTH", b"(redacted)"]
    assert [b"GET", b"k"] in logged
