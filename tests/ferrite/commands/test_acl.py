"""ACL: what its subcommands answer and what becomes of sessions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ferrite.config import Config
from ferrite.errors import CommandError
from tests.support.in_process import InProcess
from tests.support.served import served


@pytest.fixture
def client() -> InProcess:
    return InProcess()


def error(reply: Any) -> str:
    assert isinstance(reply, CommandError)
    return reply.text


def ask(client: InProcess, line: str) -> Any:
    return client.reply(*line.split(" "))


def test_a_user_in_full(client: InProcess) -> None:
    assert ask(client, "ACL SETUSER bob on nopass ~a %R~b &c +@read (+set ~d)") == "OK"
    assert ask(client, "ACL GETUSER bob") == {
        b"flags": [b"on", b"nopass"],
        b"passwords": [],
        b"commands": b"-@all +@read",
        b"keys": b"~a %R~b",
        b"channels": b"&c",
        b"selectors": [{b"commands": b"-@all +set", b"keys": b"~d", b"channels": b""}],
    }
    assert ask(client, "ACL USERS") == [b"bob", b"default"]
    assert ask(client, "ACL LIST")[0] == (
        b"user bob on nopass ~a %R~b resetchannels &c -@all +@read (~d resetchannels -@all +set)"
    )
    assert ask(client, "ACL GETUSER nobody") is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ACL SETUSER bob what", "ERR Error in ACL SETUSER modifier 'what': Syntax error"),
        ("ACL SETUSER bob (", "ERR Unmatched parenthesis in acl selector starting at '('."),
        ("ACL DELUSER bob default", "ERR The 'default' user cannot be removed"),
        ("ACL CAT nosuch", "ERR Unknown category 'nosuch'"),
        (
            "ACL CAT a b",
            "ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.",
        ),
        ("ACL GENPASS x", "ERR value is not an integer or out of range"),
        ("ACL LOG x", "ERR value is not an integer or out of range"),
        ("ACL DRYRUN nobody GET k", "ERR User 'nobody' not found"),
        ("ACL DRYRUN default NOSUCH k", "ERR Command 'NOSUCH' not found"),
        ("ACL DRYRUN default GET", "ERR wrong number of arguments for 'get' command"),
        ("ACL HELP x", "ERR wrong number of arguments for 'acl|help' command"),
    ],
)
def test_errors(client: InProcess, line: str, text: str) -> None:
    assert error(ask(client, line)) == text


def test_generated_passwords(client: InProcess) -> None:
    assert re.fullmatch(rb"[0-9a-f]{64}", ask(client, "ACL GENPASS"))
    assert ask(client, "ACL GENPASS") != ask(client, "ACL GENPASS")
    for bits, digits in ((1, 1), (4, 1), (5, 2), (4096, 1024)):
        assert len(client.reply("ACL", "GENPASS", bits)) == digits  # type: ignore[arg-type]
    for bits in (0, -236, 4097):
        assert "must be the number of bits" in error(client.reply("ACL", "GENPASS", bits))


def test_categories(client: InProcess) -> None:
    assert len(ask(client, "ACL CAT")) == 21
    assert {b"get", b"mget"} <= set(ask(client, "ACL CAT String"))
    assert b"client|list" in ask(client, "ACL CAT dangerous")
    assert ask(client, "ACL CAT geo") == []


def test_dry_runs(client: InProcess) -> None:
    ask(client, "ACL SETUSER bob +@all -flushall %R~read* %W~write*")
    for line, reply in (
        ("GET read", "OK"),
        ("FLUSHALL", b"This user has no permissions to run the 'flushall' command"),
        ("SET read x", b"This user has no permissions to access the 'read' key"),
        ("MEMORY USAGE other", b"This user has no permissions to access the 'other' key"),
    ):
        assert ask(client, f"ACL DRYRUN bob {line}") == reply
    assert ask(client, "ACL LOG") == []


def test_the_log(client: InProcess) -> None:
    ask(client, "ACL SETUSER bob on >p +get +acl ~mine")
    ask(client, "AUTH bob wrong")
    ask(client, "AUTH bob p")
    for _ in range(3):
        ask(client, "GET other")
    ask(client, "SET mine x")
    first, second, third = ask(client, "ACL LOG")
    assert (first[b"reason"], first[b"object"], first[b"count"]) == (b"command", b"set", 1)
    assert (second[b"reason"], second[b"object"], second[b"count"]) == (b"key", b"other", 3)
    assert (third[b"reason"], third[b"object"], third[b"username"]) == (b"auth", b"AUTH", b"bob")
    assert [entry[b"entry-id"] for entry in (first, second, third)] == [2, 1, 0]
    assert first[b"context"] == b"toplevel"
    assert b" cmd=set user=bob " in first[b"client-info"]
    assert first[b"age-seconds"] >= 0
    assert len(ask(client, "ACL LOG 2")) == 2
    assert ask(client, "ACL LOG -1") == []
    assert ask(client, "ACL LOG reset") == "OK"
    assert ask(client, "ACL LOG") == []


def test_the_log_has_a_bound(client: InProcess) -> None:
    ask(client, "CONFIG SET acllog-max-len 2")
    for name in "abc":
        ask(client, f"AUTH {name} x")
    assert [entry[b"username"] for entry in ask(client, "ACL LOG")] == [b"c", b"b"]


def test_acl_file(tmp_path: Path) -> None:
    config = Config()
    config.redis.dir, config.redis.aclfile = str(tmp_path), "users.acl"
    client = InProcess(config)
    assert "opening file" in error(ask(client, "ACL LOAD"))
    ask(client, "ACL SETUSER bob on >p +get ~*")
    assert ask(client, "ACL SAVE") == "OK"
    ask(client, "ACL SETUSER bob off")
    ask(client, "ACL SETUSER eve")
    assert ask(client, "ACL LOAD") == "OK"
    assert ask(client, "ACL USERS") == [b"bob", b"default"]
    assert ask(client, "AUTH bob p") == "OK"
    (tmp_path / "users.acl").write_text("user bob what\n")
    ask(client, "AUTH default x")
    assert error(ask(client, "ACL LOAD")).startswith("ERR users.acl:1: Syntax error. WARNING: ")
    assert ask(client, "AUTH bob p") == "OK"


def test_a_failed_save_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = Config()
    config.redis.aclfile = str(tmp_path / "no" / "users.acl")
    reply = ask(InProcess(config), "ACL SAVE")
    assert error(reply).startswith("ERR There was an error trying to save the ACLs.")
    assert "No such file" in caplog.text


def test_without_a_file(client: InProcess) -> None:
    for line in ("ACL LOAD", "ACL SAVE"):
        assert "is not configured to use an ACL file" in error(ask(client, line))


def test_sessions_of_deleted_users_end_and_others_follow_their_rights() -> None:
    with served() as server:
        admin, bob, other = server.peer(), server.peer(), server.peer()
        assert admin.ask("ACL SETUSER bob on nopass +@all ~* &*") == "OK"
        for peer in (bob, other):
            assert peer.ask("AUTH bob x") == "OK"
            assert peer.ask("GET k") is None
        assert admin.ask("ACL SETUSER bob -get") == "OK"
        assert "no permissions to run the 'get'" in bob.ask("GET k").text
        assert bob.ask("ACL WHOAMI") == b"bob"
        bob.send(b"ACL DELUSER bob\r\nPING\r\n")
        assert bob.rest() == b":1\r\n"
        assert other.rest() == b""
        assert admin.ask("PING") == "PONG"


def test_when_the_default_user_is_off_clients_have_to_log_in() -> None:
    with served() as server:
        admin = server.peer()
        assert admin.ask("ACL SETUSER eve on nopass +@all") == "OK"
        assert admin.ask("ACL SETUSER default off") == "OK"
        late = server.peer()
        assert late.ask("PING").text == "NOAUTH Authentication required."
        assert late.ask("HELLO 2 AUTH eve x")[1] == b"redis"
        assert late.ask("ACL WHOAMI") == b"eve"


def test_subscribers_are_closed_when_a_channel_is_taken_away() -> None:
    with served() as server:
        admin, literal, pattern, free = (server.peer() for _ in range(4))
        assert admin.ask("ACL SETUSER bob on nopass +@all &foo:1 &bar:* &orders") == "OK"
        for peer, line in (
            (literal, "SUBSCRIBE foo:1"),
            (pattern, "PSUBSCRIBE bar:*"),
            (free, "SSUBSCRIBE orders"),
        ):
            assert peer.ask("AUTH bob x") == "OK"
            assert peer.ask(line)[2] == 1
        assert admin.ask("ACL SETUSER bob &more") == "OK"
        assert admin.ask("ACL SETUSER bob allchannels") == "OK"
        assert admin.ask("PUBLISH foo:1 x") == 1
        assert literal.reply() == [b"message", b"foo:1", b"x"]
        assert admin.ask("ACL SETUSER bob resetchannels &bar:? &orders") == "OK"
        assert literal.rest() == b""
        assert pattern.rest() == b""
        assert admin.ask("SPUBLISH orders x") == 1
        assert free.reply() == [b"smessage", b"orders", b"x"]


def test_channels_are_checked_like_keys() -> None:
    client = InProcess()
    ask(client, "ACL SETUSER bob on nopass +@all &foo &bar:*")
    ask(client, "AUTH bob x")
    for line in ("PUBLISH foo x", "PUBLISH bar:1 x", "SPUBLISH foo x"):
        assert ask(client, line) == 0
    for line in ("PUBLISH zap x", "SPUBLISH zap x", "SUBSCRIBE foo zap", "PSUBSCRIBE bar:1"):
        assert error(ask(client, line)) == (
            "NOPERM this user has no permissions to access one of the channels used as arguments"
        )
    assert [entry.object for entry in client.state.access_log] == [b"bar:1", b"zap"]
    reply = ask(client, "ACL DRYRUN bob SSUBSCRIBE zap")
    assert reply == b"This user has no permissions to access the 'zap' channel"


def test_transactions_are_checked_when_queued_and_when_run() -> None:
    with served() as server:
        admin, bob = server.peer(), server.peer()
        assert admin.ask("ACL SETUSER bob on nopass +@all ~a") == "OK"
        assert [bob.ask(line) for line in ("AUTH bob x", "MULTI")] == ["OK", "OK"]
        assert bob.ask("SET b 1").text.startswith("NOPERM")
        assert bob.ask("EXEC").text.startswith("EXECABORT")
        for line, reply in (("MULTI", "OK"), ("SET a 1", "QUEUED"), ("PING", "QUEUED")):
            assert bob.ask(line) == reply
        assert admin.ask("ACL SETUSER bob resetkeys") == "OK"
        refused, pong = bob.ask("EXEC")
        assert refused.text == (
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the "
            "EXEC call. This command is no longer allowed for the following reason: no permission "
            "to touch the specified keys"
        )
        assert pong == "PONG"
        entries = server.run(lambda: list(server.app.state.access_log))
        assert [(entry.context, entry.object) for entry in entries] == [
            ("multi", b"a"),
            ("multi", b"b"),
        ]


def test_passwords_are_not_shown_to_who_watches() -> None:
    with served() as server:
        admin = server.peer()
        assert admin.ask("CONFIG SET slowlog-log-slower-than 0") == "OK"
        assert admin.ask("ACL SETUSER bob >hidden") == "OK"
        (entry,) = [item for item in admin.ask("SLOWLOG GET") if item[3][0] == b"ACL"]
        assert entry[3] == [b"ACL", b"SETUSER", b"(redacted)", b"(redacted)"]
