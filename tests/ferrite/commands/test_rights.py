"""Refusals: their words, and that they are noted."""

from __future__ import annotations

import pytest

from ferrite.commands.key_specs import Channels
from ferrite.commands.registry import Command
from ferrite.commands.rights import IN_TRANSACTION, log_in, refuse_denied, refuse_denied_at_exec
from ferrite.commands.signature import KeyPositions
from ferrite.errors import CommandError
from tests.support.in_process import InProcess


@pytest.fixture
def client() -> InProcess:
    made = InProcess()
    made.state.registry.add(
        Command("shout", lambda call, request: 0, channels=Channels(KeyPositions(1, 1, 1)))
    )
    made.state.registry.add(
        Command("hear", lambda call, request: 0, channels=Channels(KeyPositions(1, -1, 1), True))
    )
    made.reply("ACL", "SETUSER", "bob", "on", "nopass", "+@all", "-ping", "~mine", "&mine*")
    made.reply("AUTH", "bob", "")
    return made


@pytest.mark.parametrize(
    ("line", "text", "reason", "noted"),
    [
        ("PING", "to run the 'ping' command", "COMMAND", b"ping"),
        ("GET x", "to access one of the keys used as arguments", "KEY", b"x"),
        ("SHOUT x", "to access one of the channels used as arguments", "CHANNEL", b"x"),
        ("HEAR mine* mine1", "to access one of the channels used", "CHANNEL", b"mine1"),
    ],
)
def test_refusals(client: InProcess, line: str, text: str, reason: str, noted: bytes) -> None:
    request = line.encode().split()
    command = client.state.registry.find(request)
    with pytest.raises(CommandError, match=f"^NOPERM this user has no permissions {text}"):
        refuse_denied(client.call, command, request, IN_TRANSACTION)
    with pytest.raises(CommandError, match=r"^NOPERM ACLs rules changed between the moment"):
        refuse_denied_at_exec(client.call, command, request)
    (entry,) = client.state.access_log
    assert (entry.reason.name, entry.context, entry.object) == (reason, "multi", noted)
    assert (entry.user, entry.count) == (b"bob", 2)


@pytest.mark.parametrize("line", ["GET mine", "SHOUT mine1", "HEAR mine*", "ECHO x"])
def test_what_is_allowed(client: InProcess, line: str) -> None:
    request = line.encode().split()
    command = client.state.registry.find(request)
    refuse_denied(client.call, command, request)
    refuse_denied_at_exec(client.call, command, request)
    assert not len(client.state.access_log)


def test_logins(client: InProcess) -> None:
    with pytest.raises(CommandError, match=r"^WRONGPASS"):
        log_in(client.call, b"HELLO", b"nobody", b"x")
    assert client.session.user == "bob"
    (entry,) = client.state.access_log
    assert (entry.reason.name, entry.object, entry.user) == ("AUTH", b"HELLO", b"nobody")
    log_in(client.call, b"AUTH", b"default", b"")
    assert client.session.user == "default"


@pytest.mark.parametrize(
    ("rules", "by", "get"),
    [
        ("(+sort ~mylist)", False, False),
        ("(+sort ~mylist ~v*)", False, False),
        ("(+sort ~mylist %W~*)", False, False),
        ("(+sort ~mylist %R~*)", True, True),
        ("+sort ~mylist (+get ~*)", False, False),
    ],
)
def test_sort_looks_keys_up_only_for_who_may_read_all(rules: str, by: bool, get: bool) -> None:
    client = InProcess()
    client.reply("RPUSH", "mylist", "1")
    client.reply("ACL", "SETUSER", "bob", "on", "nopass", *rules.split())
    client.reply("AUTH", "bob", "x")
    for option, allowed in (("BY", by), ("GET", get)):
        reply = client.reply("SORT", "mylist", option, "v*")
        denied = f"ERR {option} option of SORT denied due to insufficient ACL permissions."
        assert isinstance(reply, CommandError) != allowed
        assert allowed or str(reply) == denied
    assert client.reply("SORT", "mylist", "BY", "nosort") == [b"1"]
