from __future__ import annotations

from typing import Any

import pytest

from ferrite.errors import CommandError, ProtocolError
from ferrite.protocol.encoder import encode
from ferrite.protocol.replies import NULL_ARRAY, BigNumber, Push, SetReply, Verbatim
from ferrite.protocol.reply_parser import DEPTH_MAX, ReplyParser

REPLY = [
    1,
    b"bulk\r\n",
    b"",
    None,
    True,
    False,
    -2.5,
    "status",
    BigNumber(2**70),
    Verbatim("txt", b"a:b"),
    SetReply([1, 2]),
    {b"key": [{}, []]},
    Push([b"message"]),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_every_type_in_pieces_of_any_size(size: int) -> None:
    stream = encode(REPLY, 3) * 2
    parser = ReplyParser()
    replies: list[Any] = []
    for start in range(0, len(stream), size):
        replies += parser.feed(stream[start : start + size])
    assert replies == [REPLY, REPLY]
    assert [type(item) for item in replies[0]] == [type(item) for item in REPLY]


def test_null_array_and_errors_are_values() -> None:
    null, simple, blob = ReplyParser().feed(b"*-1\r\n-ERR no\r\n!6\r\nERR no\r\n")
    assert null is NULL_ARRAY
    assert isinstance(simple, CommandError)
    assert isinstance(blob, CommandError)
    assert simple.text == blob.text == "ERR no"


def test_attributes_are_dropped() -> None:
    assert ReplyParser().feed(b"|1\r\n+ttl\r\n:3\r\n:7\r\n") == [7]


def test_map_keys_that_python_cannot_hash() -> None:
    assert ReplyParser().feed(b"%2\r\n*1\r\n:1\r\n:2\r\n%1\r\n:3\r\n:4\r\n:5\r\n") == [
        {(1,): 2, (3, 4): 5}
    ]


@pytest.mark.parametrize(
    "stream",
    [b"hello\r\n", b"\r\n", b":x\r\n", b"$x\r\n", b"*1x\r\n", b",x\r\n", b"*1\r\n" * 200],
)
def test_what_is_no_reply_is_refused(stream: bytes) -> None:
    with pytest.raises(ProtocolError):
        ReplyParser().feed(stream)


def test_nesting_is_bounded() -> None:
    stream = b"*1\r\n" * DEPTH_MAX + b":1\r\n"
    reply = ReplyParser().feed(stream)[0]
    for _ in range(DEPTH_MAX):
        reply = reply[0]
    assert reply == 1
