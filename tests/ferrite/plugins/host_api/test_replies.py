"""reply_*: every kind of reply in both protocols, and what breaking a rule of replies leads to."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.encoder import encode
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, guest

TEXTS = (
    data(0, "hello\\r\\nworld")
    + data(32, "WRONGTYPE no")
    + data(64, "txt")
    + data(96, "-123456789012345678901234567890")
    + data(160, "%1\\0d\\0a+a\\0d\\0a*2\\0d\\0a:1\\0d\\0a_\\0d\\0a")
    + data(224, "-ERR told\\0d\\0a")
    + data(240, "*2\\0d\\0a$4\\0d\\0aECHO\\0d\\0a$2\\0d\\0ahi\\0d\\0a")
)
USED = (
    *("reply_null", "reply_ok", "reply_int", "reply_double", "reply_bool", "reply_simple"),
    *("reply_bulk", "reply_error", "reply_verbatim", "reply_bignum", "reply_array", "reply_map"),
    *("reply_set", "reply_resp3", "reply_handle", "call"),
)


def reply(name: str, *operands: str) -> str:
    return f"(drop (call $reply_{name} {' '.join(f'({operand})' for operand in operands)}))"


def i32(*numbers: int) -> list[str]:
    return [f"i32.const {number}" for number in numbers]


NULL, ONE, TWO = reply("null"), reply("int", "i64.const 1"), reply("int", "i64.const 2")
ECHO = "call $call (i32.const 240) (i32.const 22)"
ENCODED = [
    (NULL, b"$-1\r\n", b"_\r\n"),
    (reply("ok"), b"+OK\r\n", b"+OK\r\n"),
    (reply("int", "i64.const -7"), b":-7\r\n", b":-7\r\n"),
    (reply("double", "f64.const 1.5"), b"$3\r\n1.5\r\n", b",1.5\r\n"),
    (reply("bool", "i32.const 5"), b":1\r\n", b"#t\r\n"),
    (reply("bool", "i32.const 0"), b":0\r\n", b"#f\r\n"),
    (reply("simple", *i32(0, 12)), b"+hello  world\r\n", b"+hello  world\r\n"),
    (reply("bulk", *i32(0, 7)), b"$7\r\nhello\r\n\r\n", b"$7\r\nhello\r\n\r\n"),
    (reply("error", *i32(0, 12)), b"-ERR hello  world\r\n", b"-ERR hello  world\r\n"),
    (reply("error", *i32(32, 12)), b"-WRONGTYPE no\r\n", b"-WRONGTYPE no\r\n"),
    (reply("verbatim", *i32(64, 0, 5)), b"$5\r\nhello\r\n", b"=9\r\ntxt:hello\r\n"),
    (
        reply("bignum", *i32(96, 31)),
        b"$31\r\n-123456789012345678901234567890\r\n",
        b"(-123456789012345678901234567890\r\n",
    ),
    (reply("array", "i32.const 0"), b"*0\r\n", b"*0\r\n"),
    (reply("array", "i32.const 2") + ONE + TWO, b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:1\r\n:2\r\n"),
    (reply("map", "i32.const 1") + ONE + TWO, b"*2\r\n:1\r\n:2\r\n", b"%1\r\n:1\r\n:2\r\n"),
    (reply("set", "i32.const 1") + ONE, b"*1\r\n:1\r\n", b"~1\r\n:1\r\n"),
    (
        reply("array", "i32.const 2") + reply("array", "i32.const 1") + NULL + TWO,
        b"*2\r\n*1\r\n$-1\r\n:2\r\n",
        b"*2\r\n*1\r\n_\r\n:2\r\n",
    ),
    (
        reply("resp3", *i32(160, 19)),
        b"*2\r\n+a\r\n*2\r\n:1\r\n$-1\r\n",
        b"%1\r\n+a\r\n*2\r\n:1\r\n_\r\n",
    ),
    (reply("resp3", *i32(224, 11)), b"-ERR told\r\n", b"-ERR told\r\n"),
    (reply("handle", ECHO), b"$2\r\nhi\r\n", b"$2\r\nhi\r\n"),
    (
        reply("array", "i32.const 2") + reply("handle", ECHO) + ONE,
        b"*2\r\n$2\r\nhi\r\n:1\r\n",
        b"*2\r\n$2\r\nhi\r\n:1\r\n",
    ),
    ("", b"+OK\r\n", b"+OK\r\n"),
]


@pytest.mark.parametrize(("body", "resp2", "resp3"), ENCODED)
def test_replies(body: str, resp2: bytes, resp3: bytes) -> None:
    binary = guest(f"{body} (i32.const 0))" + TEXTS + "(func", *USED)
    with plugin_bench(binary) as bench:
        answer = bench.reply("T.RUN")
        assert encode(answer, 2) == resp2
        assert encode(answer, 3) == resp3


MISUSES = [
    (reply("array", "i32.const 2") + ONE, "the reply's array misses 1 announced values"),
    (reply("map", "i32.const 1") + ONE, "the reply's map misses 1 announced values"),
    (
        reply("array", "i32.const 1") + reply("set", "i32.const 3"),
        "the reply's set misses 3 announced values",
    ),
    (ONE + TWO, "the guest replied again after its reply was complete"),
    (
        reply("array", "i32.const 1") + ONE + TWO,
        "the guest replied again after its reply was complete",
    ),
    (reply("array", "i32.const 0") + ONE, "the guest replied again after its reply was complete"),
    (
        reply("map", "i32.const 2") + ONE + ONE + ONE + ONE,
        "a map of the reply has the same key twice",
    ),
]


@pytest.mark.parametrize(("body", "message"), MISUSES)
def test_a_broken_rule_fails_the_call(body: str, message: str) -> None:
    with plugin_bench(guest(f"{body} (i32.const 0)", *USED)) as bench:
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text == f"ERR plugin 't': {message}"


REFUSED = [
    ("reply_array", "i32.const 250001", -5),
    ("reply_map", "i32.const 125001", -5),
    ("reply_array", "i32.const -1", -5),
    ("reply_bignum", "i32.const 0) (i32.const 5", -4),
    ("reply_bignum", "i32.const 96) (i32.const 0", -4),
    ("reply_bignum", "i32.const 0) (i32.const 4001", -5),
    ("reply_verbatim", "i32.const 128) (i32.const 0) (i32.const 1", -4),
    ("reply_resp3", "i32.const 0) (i32.const 5", -4),
    ("reply_resp3", "i32.const 160) (i32.const 8", -4),
    ("reply_resp3", "i32.const 0) (i32.const 0", -4),
    ("reply_handle", "i32.const 7", -4),
]


@pytest.mark.parametrize(("name", "operands", "code"), REFUSED)
def test_what_makes_no_reply_is_refused_and_another_may_follow(
    name: str, operands: str, code: int
) -> None:
    body = f"(drop (call $reply_int (i64.extend_i32_s (call ${name} ({operands})))))"
    with plugin_bench(guest(f"{body} (i32.const 0))" + TEXTS + "(func", *USED)) as bench:
        assert bench.reply("T.RUN") == code


def test_nesting_is_bounded() -> None:
    body = reply("array", "i32.const 1") * 32
    deepest = "(drop (call $reply_int (i64.extend_i32_s (call $reply_array (i32.const 1)))))"
    with plugin_bench(guest(f"{body} {deepest} (i32.const 0)", *USED)) as bench:
        answer = bench.reply("T.RUN")
        for _ in range(32):
            assert isinstance(answer, list)
            (answer,) = answer
        assert answer == -5


def test_a_result_that_is_not_zero_is_an_error_unless_one_was_built() -> None:
    with plugin_bench(guest(f"{ONE} (i32.const 7)", *USED)) as bench:
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text == "ERR plugin returned 7"
    error = reply("error", *i32(32, 12))
    with plugin_bench(guest(f"{error} (i32.const 7))" + TEXTS + "(func", *USED)) as bench:
        answer = bench.reply("T.RUN")
        assert isinstance(answer, CommandError)
        assert answer.text == "WRONGTYPE no"
