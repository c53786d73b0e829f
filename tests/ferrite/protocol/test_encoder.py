from __future__ import annotations

import math
from typing import Any, NamedTuple

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.encoder import encode, encode_all
from ferrite.protocol.replies import (
    NO_REPLY,
    NULL_ARRAY,
    OK,
    BigNumber,
    Push,
    SetReply,
    SimpleString,
    Verbatim,
)


class Pair(NamedTuple):
    left: int
    right: bytes


CASES: list[tuple[Any, bytes, bytes]] = [
    (OK, b"+OK\r\n", b"+OK\r\n"),
    (SimpleString("two\r\nlines"), b"+two  lines\r\n", b"+two  lines\r\n"),
    (SimpleString("\udcff"), b"+\xff\r\n", b"+\xff\r\n"),
    (CommandError("ERR a\nb"), b"-ERR a b\r\n", b"-ERR a b\r\n"),
    (0, b":0\r\n", b":0\r\n"),
    (-(2**63), b":-9223372036854775808\r\n", b":-9223372036854775808\r\n"),
    (b"", b"$0\r\n\r\n", b"$0\r\n\r\n"),
    (b"a\r\nb\0", b"$5\r\na\r\nb\0\r\n", b"$5\r\na\r\nb\0\r\n"),
    (b"x" * 5000, b"$5000\r\n" + b"x" * 5000 + b"\r\n", b"$5000\r\n" + b"x" * 5000 + b"\r\n"),
    (None, b"$-1\r\n", b"_\r\n"),
    (NULL_ARRAY, b"*-1\r\n", b"_\r\n"),
    (NO_REPLY, b"", b""),
    (True, b":1\r\n", b"#t\r\n"),
    (False, b":0\r\n", b"#f\r\n"),
    (1.5, b"$3\r\n1.5\r\n", b",1.5\r\n"),
    (math.inf, b"$3\r\ninf\r\n", b",inf\r\n"),
    (-math.inf, b"$4\r\n-inf\r\n", b",-inf\r\n"),
    (math.nan, b"$3\r\nnan\r\n", b",nan\r\n"),
    (BigNumber(2**70), b"$22\r\n1180591620717411303424\r\n", b"(1180591620717411303424\r\n"),
    (Verbatim("txt", b"hi"), b"$2\r\nhi\r\n", b"=6\r\ntxt:hi\r\n"),
    ([], b"*0\r\n", b"*0\r\n"),
    ([1, [None]], b"*2\r\n:1\r\n*1\r\n$-1\r\n", b"*2\r\n:1\r\n*1\r\n_\r\n"),
    ((1, b"a"), b"*2\r\n:1\r\n$1\r\na\r\n", b"*2\r\n:1\r\n$1\r\na\r\n"),
    (Pair(1, b"a"), b"*2\r\n:1\r\n$1\r\na\r\n", b"*2\r\n:1\r\n$1\r\na\r\n"),
    ({1: {2: 3}}, b"*2\r\n:1\r\n*2\r\n:2\r\n:3\r\n", b"%1\r\n:1\r\n%1\r\n:2\r\n:3\r\n"),
    (SetReply([1]), b"*1\r\n:1\r\n", b"~1\r\n:1\r\n"),
    (frozenset([1]), b"*1\r\n:1\r\n", b"~1\r\n:1\r\n"),
    (Push([b"a"]), b"*1\r\n$1\r\na\r\n", b">1\r\n$1\r\na\r\n"),
    ([CommandError("ERR x")], b"*1\r\n-ERR x\r\n", b"*1\r\n-ERR x\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "resp2", "resp3"), CASES)
def test_bytes_of_each_type(value: Any, resp2: bytes, resp3: bytes) -> None:
    assert encode(value, 2) == resp2
    assert encode(value, 3) == resp3


def test_all_at_once() -> None:
    values = [value for value, _, _ in CASES]
    assert encode_all(values, 2) == b"".join(resp2 for _, resp2, _ in CASES)
    assert encode_all(values, 3) == b"".join(resp3 for _, _, resp3 in CASES)
    assert encode_all([], 2) == b""


@pytest.mark.parametrize("value", [object(), bytearray(b"x"), [object()]])
def test_what_is_no_reply_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="no reply"):
        encode(value, 2)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_integers_beyond_64_bits_are_refused(value: int) -> None:
    with pytest.raises(OverflowError):
        encode(value, 3)


def test_hiredis_reads_the_same() -> None:
    hiredis = pytest.importorskip("hiredis")

    def read(data: bytes) -> Any:
        reader = hiredis.Reader()
        reader.feed(data)
        return reader.gets()

    value = [1, b"a", None, True, 2.5, {b"k": [[1, 2]]}, OK, 2**63 - 1]
    assert read(encode(value, 3)) == [1, b"a", None, True, 2.5, {b"k": [[1, 2]]}, b"OK", 2**63 - 1]
    assert read(encode(value, 2))[:4] == [1, b"a", None, 1]
