from __future__ import annotations

import random
from typing import Any

import pytest

from ferrite.errors import CommandError
from ferrite.protocol import encoder
from ferrite.protocol.replies import NO_REPLY, NULL_ARRAY, BigNumber, Push, SetReply, Verbatim
from tests.support.require import require

LEAVES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**15,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**45 + 7,
    2**60,
    2**63 - 1,
    -(2**63),
    b"",
    b"a\r\n\0b",
    b"x" * 70_000,
    "OK",
    "",
    "zwei Wörter",
    "two\r\nlines",
    "\udcff",
    1.5,
    CommandError("ERR x"),
    NULL_ARRAY,
    NO_REPLY,
    BigNumber(2**70),
    Verbatim("txt", b"a"),
    SetReply([1, b"a"]),
    Push([b"a"]),
    {b"a": 1},
    frozenset([3]),
    (1, b"a"),
)


def encode_all(replies: list[Any], protocol: int) -> bytes:
    require("native")
    from ferrite.native.reply_encoder import encode_all

    return encode_all(replies, protocol)


def assert_same(replies: list[Any]) -> None:
    for protocol in (2, 3):
        assert encode_all(replies, protocol) == encoder.encode_all(replies, protocol)


@pytest.mark.parametrize("leaf", LEAVES, ids=repr)
def test_same_as_the_python_encoder(leaf: Any) -> None:
    assert_same([leaf])
    assert_same([leaf] * 20)
    assert_same([[leaf, [leaf]]] * 5)
    assert_same([1, b"a", leaf, None, "OK"])


@pytest.mark.parametrize("seed", range(4))
def test_same_on_random_replies(seed: int) -> None:
    chance = random.Random(seed)

    def reply(depth: int) -> Any:
        if depth > 0 and chance.random() < 0.3:
            return [reply(depth - 1) for _ in range(chance.randint(0, 4))]
        return chance.choice(LEAVES[:25] if chance.random() < 0.95 else LEAVES)

    for _ in range(300):
        assert_same([reply(4) for _ in range(chance.randint(0, 12))])


def test_same_for_deep_nesting() -> None:
    for depth in (30, 31, 32, 33, 34, 60):
        value: Any = 1
        for _ in range(depth):
            value = [value]
        assert_same([value] * 4)


@pytest.mark.parametrize("bad", [object(), [object()]])
def test_what_is_no_reply_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError, match="no reply"):
        encode_all([1, 2, 3, bad], 2)


@pytest.mark.parametrize("bad", [2**63, -(2**63) - 1, 2**200])
def test_integers_beyond_64_bits_are_refused(bad: int) -> None:
    with pytest.raises(OverflowError):
        encode_all([1, 2, 3, bad], 2)
