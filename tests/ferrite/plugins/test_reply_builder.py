"""Replies built step by step: nesting, bounds, faults. (Encoded: host_api/test_replies.py.)"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.reply_builder import ReplyBound, ReplyBuilder, ReplyFault
from ferrite.protocol.replies import OK, SetReply


def test_nothing_built_is_ok() -> None:
    assert ReplyBuilder().finish() == OK


def test_containers_close_when_their_members_are_there() -> None:
    builder = ReplyBuilder()
    builder.open(list, 3)
    builder.add(1)
    builder.open(dict, 2)
    builder.add(b"a")
    builder.open(list, 0)
    builder.add(b"b")
    builder.open(SetReply, 2)
    builder.add(1)
    builder.add(2)
    builder.add(None)
    assert builder.finish() == [1, {b"a": [], b"b": [1, 2]}, None]


def test_a_container_may_be_a_key() -> None:
    builder = ReplyBuilder()
    builder.open(dict, 1)
    builder.open(list, 2)
    builder.add(1)
    builder.open(dict, 1)
    builder.add(b"k")
    builder.add([1])
    builder.add(b"value")
    assert builder.finish() == {(1, (b"k", (1,))): b"value"}


def test_only_a_whole_reply_that_is_an_error_counts_as_one() -> None:
    builder = ReplyBuilder()
    builder.open(list, 1)
    builder.add_error("inside")
    assert not builder.is_error
    assert isinstance(builder.finish(), list)
    builder = ReplyBuilder()
    builder.add_error("whole")
    assert builder.is_error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Missing key", "ERR Missing key"),
        ("ERR syntax", "ERR syntax"),
        ("WRONGTYPE x", "WRONGTYPE x"),
        ("NOAUTH", "NOAUTH"),
        ("A word", "ERR A word"),
        ("", "ERR "),
        ("a\r\nb", "ERR a  b"),
    ],
)
def test_errors_get_a_code_and_lose_line_ends(text: str, expected: str) -> None:
    builder = ReplyBuilder()
    builder.add_error(text)
    answer = builder.finish()
    assert isinstance(answer, CommandError)
    assert answer.text == expected


def test_bounds() -> None:
    small = replace(LIMITS, reply_bytes_max=10, reply_elements_max=5, reply_depth_max=2)
    builder = ReplyBuilder(small)
    builder.open(list, 3)
    with pytest.raises(ReplyBound, match="10 bytes"):
        builder.add(b"x" * 11, 11)
    with pytest.raises(ReplyBound, match="5 values"):
        builder.open(list, 3)
    builder.open(list, 1)
    with pytest.raises(ReplyBound, match="2 levels"):
        builder.open(list, 1)
    builder.add(b"x" * 10, 10)
    with pytest.raises(ReplyBound, match="10 bytes"):
        builder.add(b"y", 1)
    builder.add(1)
    builder.add(2)
    assert builder.finish() == [[b"x" * 10], 1, 2]


def test_faults() -> None:
    builder = ReplyBuilder()
    builder.open(list, 1)
    with pytest.raises(ReplyFault, match="array misses 1"):
        builder.finish()
    builder.add(1)
    with pytest.raises(ReplyFault, match="after its reply was complete"):
        builder.add(2)
    with pytest.raises(ReplyFault, match="after its reply was complete"):
        builder.open(list, 0)
    builder = ReplyBuilder()
    builder.open(dict, 2)
    for value in (1, b"x", True):
        builder.add(value)
    with pytest.raises(ReplyFault, match="same key twice"):
        builder.add(b"y")
