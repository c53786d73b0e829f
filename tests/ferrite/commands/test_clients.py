from __future__ import annotations

from ferrite.errors import CommandError
from ferrite.protocol.replies import Verbatim
from tests.support.in_process import InProcess


def fields(line: bytes) -> dict[str, str]:
    return dict(field.split("=", 1) for field in line.decode().split())


def lines(client: InProcess, *request: str) -> list[dict[str, str]]:
    reply = client.reply(*request)
    assert isinstance(reply, Verbatim)
    assert reply.format == "txt"
    return [fields(line) for line in reply.value.splitlines()]


def test_setinfo() -> None:
    client = InProcess()
    assert client.reply("CLIENT", "SETINFO", "LIB-NAME", "redis-py(x)") == "OK"
    assert client.reply("CLIENT", "SETINFO", "lib-ver", "8.1.0") == "OK"
    assert client.session.library_name == b"redis-py(x)"
    assert client.session.library_version == b"8.1.0"
    for request, text in (
        (("lib-foo", "x"), "ERR Unrecognized option 'lib-foo'"),
        (
            ("lib-name", "a b"),
            "ERR lib-name cannot contain spaces, newlines or special characters.",
        ),
        (
            ("LIB-VER", "a\n"),
            "ERR LIB-VER cannot contain spaces, newlines or special characters.",
        ),
    ):
        reply = client.reply("CLIENT", "SETINFO", *request)
        assert isinstance(reply, CommandError)
        assert reply.text == text
    client.reply("CLIENT", "SETINFO", "lib-name", "")
    assert client.session.library_name == b""


def test_the_library_outlives_reset() -> None:
    client = InProcess()
    client.reply("CLIENT", "SETINFO", "lib-name", "x")
    client.reply("RESET")
    assert client.session.library_name == b"x"


def test_info_and_list() -> None:
    now = 5_000
    client = InProcess(now=lambda: now)
    other = client.state.connect("10.0.0.1:5", "10.0.0.2:6379")
    client.reply("CLIENT", "SETNAME", "me")
    client.reply("SELECT", "3")
    now += 2_500
    (mine,) = lines(client, "CLIENT", "INFO")
    assert mine["id"] == str(client.session.id)
    assert mine["addr"] == "127.0.0.1:1"
    assert mine["laddr"] == "127.0.0.1:2"
    assert (mine["name"], mine["db"], mine["age"], mine["resp"]) == ("me", "3", "2", "2")
    assert (mine["user"], mine["lib-name"], mine["cmd"]) == ("default", "", "client|info")
    everyone = lines(client, "CLIENT", "LIST")
    assert [each["addr"] for each in everyone] == ["127.0.0.1:1", "10.0.0.1:5"]
    assert everyone[1]["cmd"] == "NULL"
    assert lines(client, "CLIENT", "LIST", "ID", str(other.id), "999") == everyone[1:]
    assert lines(client, "CLIENT", "LIST", "TYPE", "normal")[1:] == everyone[1:]
    assert lines(client, "CLIENT", "LIST", "TYPE", "pubsub") == []
    client.state.disconnect(other)
    assert len(lines(client, "CLIENT", "LIST")) == 1


def test_ids_are_never_used_twice() -> None:
    client = InProcess()
    first = client.state.connect()
    client.state.disconnect(first)
    assert client.state.connect().id == first.id + 1
    assert client.reply("CLIENT", "ID") == client.session.id
