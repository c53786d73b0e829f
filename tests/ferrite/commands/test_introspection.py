from __future__ import annotations

from typing import Any

from ferrite.commands.arguments import Argument
from ferrite.commands.key_specs import KeySpec
from ferrite.commands.registry import Command, Tag
from ferrite.commands.signature import KeyPositions
from ferrite.errors import CommandError
from tests.support.in_process import InProcess


def with_plugin_command() -> InProcess:
    client = InProcess()
    client.state.registry.add(
        Command(
            "JSON.GET",
            lambda call, request: b"{}",
            Tag.MODULE | Tag.READONLY,
            count_min=2,
            count_max=3,
            keys=[KeySpec(KeyPositions(1, 1, 1), "RO access")],
            categories=("json",),
            module="json-plugin",
            since="1.0.0",
            summary="Read a document",
            arguments=(Argument("key", "key", key_spec=0),),
        )
    )
    return client


def test_a_plugin_command_is_described_as_any_other() -> None:
    client = with_plugin_command()
    (entry,) = client.reply("COMMAND", "INFO", "json.get")  # type: ignore[misc]
    assert entry[:2] == [b"json.get", -2]
    assert entry[2] == ["readonly", "module"]
    assert entry[3:6] == [1, 1, 1]
    assert entry[6] == ["@read", "@slow", "@json"]
    docs: Any = client.reply("COMMAND", "DOCS", "JSON.GET")
    assert docs[b"json.get"][b"group"] == b"module"
    assert docs[b"json.get"][b"module"] == b"json-plugin"
    assert client.reply("COMMAND", "GETKEYS", "JSON.GET", "doc", "$") == [b"doc"]


def test_filters() -> None:
    client = with_plugin_command()

    def listed(*filterby: str) -> Any:
        return client.reply("COMMAND", "LIST", "FILTERBY", *filterby)

    assert listed("MODULE", "json-plugin") == [b"json.get"]
    assert listed("MODULE", "json") == []
    assert listed("ACLCAT", "json") == [b"json.get"]
    assert listed("aclcat", "STRING")[:2] == [b"get", b"set"]
    assert listed("PATTERN", "config|*") == [
        b"config|get",
        b"config|set",
        b"config|resetstat",
        b"config|rewrite",
        b"config|help",
    ]
    assert b"config|get" in listed("ACLCAT", "dangerous")


def test_types_of_resp3() -> None:
    client = InProcess()
    client.ask(b"HELLO", b"3")
    reply = client.ask(b"COMMAND", b"INFO", b"get")
    assert reply.startswith(b"*1\r\n*10\r\n$3\r\nget\r\n:2\r\n~2\r\n+readonly\r\n+fast\r\n:1\r\n")
    assert client.ask(b"COMMAND", b"DOCS", b"get").startswith(b"%1\r\n$3\r\nget\r\n%")


def test_keys_and_what_is_done_to_them() -> None:
    client = InProcess()
    assert client.reply("COMMAND", "GETKEYSANDFLAGS", "RENAME", "a", "b") == [
        [b"a", ["RW", "access", "delete"]],
        [b"b", ["OW", "update"]],
    ]
    reply = client.reply("COMMAND", "GETKEYS", "nosuch", "a")
    assert isinstance(reply, CommandError)
    assert reply.text == "ERR Invalid command specified"
