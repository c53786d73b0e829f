"""What COMMAND says of each command that we share with a real redis-server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ferrite.commands import BUILT_IN
from ferrite.protocol.reply_parser import ReplyParser
from tests.support.in_process import InProcess
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

NAMES = [each.name for command in BUILT_IN for each in (command, *command.subcommands.values())]

NEWER = {"client|setinfo": "7.2.0", "client|no-touch": "7.2.0"}
"""Commands the Redis 7.0 of the test machine does not have yet."""

OTHER_GRAMMAR = {
    "client|list": "7.0 lists the four client types; we name them in one word",
    "config|get": "7.0 wraps the one parameter in a block",
    "command|getkeys": "7.0 documents no arguments",
    "command|getkeysandflags": "7.0 documents no arguments",
    "client|tracking": "7.0 says that PREFIX is repeated with its token",
    "client|kill": "7.0 lists the four client types and the old form by itself",
    "psubscribe": "7.0 wraps the one pattern in a block",
    "ssubscribe": "7.0 does not say that shard channels stand where keys do",
    "sunsubscribe": "7.0 does not say that shard channels stand where keys do",
    "spublish": "7.0 does not say that shard channels stand where keys do",
    "debug": "7.0 documents no arguments",
    "cluster|keyslot": "it is answered before its arguments are looked at",
    "cluster|countkeysinslot": "it is answered before its arguments are looked at",
    "cluster|getkeysinslot": "it is answered before its arguments are looked at",
    "zrank": "7.2 has WITHSCORE",
    "zrevrank": "7.2 has WITHSCORE",
}
"""Commands whose arguments COMMAND DOCS describes otherwise, with the reason."""

OTHER_ARITY = {"zrank", "zrevrank"}
"""Those among them that take more arguments than in 7.0."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedis]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        client = RealRedis(port)
        client.ask(b"HELLO", b"3")
        yield client
        client.close()


@pytest.fixture(scope="module")
def ours() -> InProcess:
    client = InProcess()
    client.ask(b"HELLO", b"3")
    return client


def asked(client: RealRedis | InProcess, *arguments: str) -> Any:
    reply = client.ask(*(argument.encode() for argument in arguments))
    (value,) = ReplyParser().feed(reply)
    return value


def comparable(entry: list[Any]) -> list[Any]:
    """Sets in one order; without the notes on key specifications and without subcommands."""
    name, arity, flags, first, last, step, categories, tips, specifications, _ = entry
    for specification in specifications:
        specification.pop(b"notes", None)
        specification[b"flags"] = sorted(specification[b"flags"])
    return [
        *(name, arity, sorted(flags), first, last, step, sorted(categories), sorted(tips)),
        specifications,
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NEWER])
def test_command_info(real: RealRedis, ours: InProcess, name: str) -> None:
    (theirs,), (mine,) = (asked(client, "COMMAND", "INFO", name) for client in (real, ours))
    if name in OTHER_ARITY:
        theirs[1] = -theirs[1]
    assert comparable(mine) == comparable(theirs)


def shape(argument: dict[bytes, Any]) -> dict[bytes, Any]:
    """What a client needs to know of an argument. Releases of Redis have given the groups of
    arguments different names, and only newer ones say since when an argument exists."""
    ignored = {b"since", b"deprecated_since", b"display_text", b"flags", b"arguments"}
    if argument[b"type"] in (b"oneof", b"block"):
        ignored.add(b"name")
    kept = {name: value for name, value in argument.items() if name not in ignored}
    kept[b"flags"] = sorted(argument.get(b"flags", []))
    kept[b"arguments"] = [shape(inner) for inner in argument.get(b"arguments", [])]
    return kept


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NEWER])
def test_command_docs(real: RealRedis, ours: InProcess, name: str) -> None:
    theirs, mine = (
        asked(client, "COMMAND", "DOCS", name)[name.encode()] for client in (real, ours)
    )
    for field in (b"since", b"group"):
        assert mine[field] == theirs[field]
    assert mine[b"summary"]
    assert mine[b"complexity"]
    if name not in OTHER_GRAMMAR:
        shapes = [
            [shape(argument) for argument in entry.get(b"arguments", [])]
            for entry in (mine, theirs)
        ]
        assert shapes[0] == shapes[1]


def test_the_listed_differences_are_there(real: RealRedis, ours: InProcess) -> None:
    for name in NEWER:
        assert asked(real, "COMMAND", "INFO", name) == [None]
    for name in OTHER_GRAMMAR:
        theirs, mine = (
            asked(client, "COMMAND", "DOCS", name)[name.encode()] for client in (real, ours)
        )
        left, right = ([shape(a) for a in e.get(b"arguments", [])] for e in (mine, theirs))
        assert left != right


def test_all_commands_at_once(ours: InProcess) -> None:
    everything = asked(ours, "COMMAND")
    names = [name for name in asked(ours, "COMMAND", "LIST") if b"|" not in name]
    assert [entry[0] for entry in everything] == names
    assert len(everything) == asked(ours, "COMMAND", "COUNT")
    assert asked(ours, "COMMAND", "INFO") == everything
    assert set(asked(ours, "COMMAND", "DOCS")) == {entry[0] for entry in everything}
