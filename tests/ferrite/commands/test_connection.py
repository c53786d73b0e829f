from __future__ import annotations

import pytest

from ferrite.config import Config
from ferrite.errors import CommandError
from ferrite.state import REDIS_VERSION
from tests.support.in_process import InProcess


@pytest.fixture
def client() -> InProcess:
    return InProcess()


@pytest.fixture
def guarded() -> InProcess:
    config = Config()
    config.redis.requirepass = "secret"
    return InProcess(config)


def error(client: InProcess, *request: str) -> str:
    reply = client.reply(*request)
    assert isinstance(reply, CommandError)
    return reply.text


def test_ping_and_echo(client: InProcess) -> None:
    assert client.ask(b"PING") == b"+PONG\r\n"
    assert client.ask(b"PING", b"hi") == b"$2\r\nhi\r\n"
    assert client.ask(b"ECHO", b"\r\n") == b"$2\r\n\r\n\r\n"


def test_quit_closes_after_its_reply(client: InProcess) -> None:
    assert client.ask(b"QUIT", b"whatever") == b"+OK\r\n"
    assert client.session.close_after_reply


def test_select(client: InProcess) -> None:
    client.reply("SET", "a", "0")
    assert client.reply("SELECT", 15) == "OK"
    assert client.session.database == 15
    assert client.reply("GET", "a") is None
    assert error(client, "SELECT", "16") == "ERR DB index is out of range"
    assert client.session.database == 15


def test_hello_switches_the_protocol_for_its_own_reply(client: InProcess) -> None:
    assert client.ask(b"HELLO", b"3").startswith(b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n")
    assert client.ask(b"GET", b"a") == b"_\r\n"
    assert client.ask(b"HELLO", b"2").startswith(b"*14\r\n$6\r\nserver\r\n")
    assert client.ask(b"GET", b"a") == b"$-1\r\n"


def test_hello_describes_the_server(client: InProcess) -> None:
    assert client.reply("HELLO", "3", "SETNAME", "me") == {
        b"server": b"redis",
        b"version": REDIS_VERSION.encode(),
        b"proto": 3,
        b"id": client.session.id,
        b"mode": b"standalone",
        b"role": b"master",
        b"modules": [],
    }
    assert client.session.name == b"me"
    assert client.reply("HELLO")[b"proto"] == 3  # type: ignore[index,call-overload]


def test_hello_changes_nothing_when_it_fails(client: InProcess) -> None:
    assert error(client, "HELLO", "3", "SETNAME", "me", "AUTH", "default") == (
        "ERR Syntax error in HELLO option 'AUTH'"
    )
    assert client.session.protocol == 2
    assert client.session.name == b""


def test_a_password_is_asked_for(guarded: InProcess) -> None:
    assert error(guarded, "GET", "a") == "NOAUTH Authentication required."
    assert error(guarded, "HELLO", "3").startswith("NOAUTH HELLO must be called with")
    assert error(guarded, "AUTH", "wrong").startswith("WRONGPASS ")
    assert error(guarded, "AUTH", "other", "secret").startswith("WRONGPASS ")
    assert guarded.reply("AUTH", "default", "secret") == "OK"
    assert guarded.reply("GET", "a") is None


def test_hello_logs_in(guarded: InProcess) -> None:
    assert isinstance(guarded.reply("HELLO", "3", "AUTH", "default", "secret"), dict)
    assert guarded.reply("GET", "a") is None


def test_a_failed_login_keeps_an_earlier_one(guarded: InProcess) -> None:
    guarded.reply("AUTH", "secret")
    assert error(guarded, "AUTH", "wrong").startswith("WRONGPASS ")
    assert guarded.reply("GET", "a") is None


def test_reset_makes_the_connection_new(guarded: InProcess) -> None:
    guarded.reply("HELLO", "3", "AUTH", "default", "secret", "SETNAME", "me")
    guarded.reply("SELECT", "3")
    assert guarded.ask(b"RESET") == b"+RESET\r\n"
    session = guarded.session
    assert (session.protocol, session.name, session.database) == (2, b"", 0)
    assert guarded.call.keyspace.index == 0
    assert error(guarded, "GET", "a") == "NOAUTH Authentication required."


def test_a_password_of_any_bytes() -> None:
    config = Config()
    config.redis.requirepass = b"p\xe4ss\xff".decode("utf-8", "surrogateescape")
    client = InProcess(config)
    assert client.reply(b"AUTH", b"p\xe4ss\xff") == "OK"
