from __future__ import annotations

from typing import Any

import pytest

from ferrite.client.hints import Hints
from ferrite.errors import CommandError
from ferrite.protocol.reply_parser import ReplyParser
from tests.support.in_process import InProcess


@pytest.fixture(params=["2", "3"])
def hints(request: Any) -> Hints:
    client = InProcess()
    client.ask(b"HELLO", request.param.encode())
    (docs,) = ReplyParser().feed(client.ask(b"COMMAND", b"DOCS"))
    return Hints(docs)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("get", " key"),
        ("GET ", "key"),
        ("get k", ""),
        ("SETEX k ", "seconds value"),
        ("config get", " parameter [parameter ...]"),
        ("DEL", " key [key ...]"),
        ("nosuch ", ""),
        ("", ""),
        ('get "unbalanced', ""),
    ],
)
def test_what_may_be_typed_next(hints: Hints, line: str, hint: str) -> None:
    assert hints.after(line) == hint


def test_options_are_shown_as_the_manual_writes_them(hints: Hints) -> None:
    assert hints.after("set k v ") == (
        "[NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds"
        "|PXAT unix-time-milliseconds|KEEPTTL]"
    )


def test_names(hints: Hints) -> None:
    assert {"GET", "CONFIG GET", "OBJECT IDLETIME"} <= set(hints.names)


def test_a_server_that_does_not_tell() -> None:
    hints = Hints(CommandError("ERR unknown command"))
    assert hints.names == []
    assert hints.after("get ") == ""
