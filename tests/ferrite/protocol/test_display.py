from __future__ import annotations

from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.display import for_json, for_pipe, for_terminal, quoted
from ferrite.protocol.replies import NULL_ARRAY, Push, SetReply, Verbatim


def test_quoting_shows_every_byte() -> None:
    assert quoted(b'a"b\\c\n\r\t\a\b\x00\x1f\x7f\xff') == rb'"a\"b\\c\n\r\t\a\b\x00\x1f\x7f\xff"'


@pytest.mark.parametrize(
    ("reply", "terminal", "pipe", "json"),
    [
        ("OK", b"OK\n", b"OK", b'"OK"'),
        (b"Hello", b'"Hello"\n', b"Hello", b'"Hello"'),
        (7, b"(integer) 7\n", b"7", b"7"),
        (1.5, b"(double) 1.5\n", b"1.5", b"1.5"),
        (True, b"(true)\n", b"(true)", b"true"),
        (None, b"(nil)\n", b"", b"null"),
        (NULL_ARRAY, b"(nil)\n", b"", b"null"),
        (CommandError("ERR \udcff"), b"(error) ERR \xff\n", b"ERR \xff\n", b'error:"ERR \xff"'),
        (Verbatim("txt", b'a"'), b'a"\n', b'a"', b'"a\\""'),
        ([], b"(empty array)\n", b"", b"[]"),
        ({}, b"(empty hash)\n", b"", b"{}"),
        (SetReply(), b"(empty set)\n", b"", b"[]"),
        (Push(), b"(empty push)\n", b"", b"[]"),
        ([1, [2]], b"1) (integer) 1\n2) 1) (integer) 2\n", b"1\n2", b"[1,[2]]"),
        (SetReply([1]), b"1~ (integer) 1\n", b"1", b"[1]"),
        ({b"a": 1, 2: [3]}, b'1# "a" => (integer) 1\n2# (integer) 2 => 1) (integer) 3\n',
         b"a 1\n2 3", b'{"a":1,"2":[3]}'),
        ({b"a": [3, 4]}, b'1# "a" => \n   1) (integer) 3\n   2) (integer) 4\n',
         b"a 3\n4", b'{"a":[3,4]}'),
    ],
)  # fmt: skip
def test_each_type(reply: Any, terminal: bytes, pipe: bytes, json: bytes) -> None:
    assert for_terminal(reply) == terminal
    assert for_pipe(reply) == pipe
    assert for_json(reply) == json


def test_numbers_of_items_are_aligned() -> None:
    shown = for_terminal([[b"x", b"y"]] * 10).split(b"\n")
    assert shown[0] == b' 1) 1) "x"'
    assert shown[1] == b'    2) "y"'
    assert shown[18] == b'10) 1) "x"'
