"""arg_*: count, bytes, numbers, and what happens to one that is not there."""

from __future__ import annotations

import struct

import pytest

from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest

OUT = 64
USED = ("arg_count", "arg_read", "arg_i64", "arg_f64", "reply_int", "reply_bulk", "reply_array")


def answering(call: str) -> bytes:
    """T.RUN answers [what the call returned, 8 bytes at OUT]."""
    return guest(
        f"""(local $status i32)
        (local.set $status {call})
        (drop (call $reply_array (i32.const 2)))
        (drop (call $reply_int (i64.extend_i32_s (local.get $status))))
        (call $reply_bulk (i32.const {OUT}) (i32.const 8))""",
        *USED,
    )


def test_arg_count_leaves_the_name_out() -> None:
    with plugin_bench(answering("(call $arg_count)")) as bench:
        assert bench.reply("T.RUN") == [0, bytes(8)]
        assert bench.reply("T.RUN", "a", "b") == [2, bytes(8)]


@pytest.mark.parametrize(
    ("argument", "status", "copied"),
    [(b"", 0, b""), (b"ab\0c", 4, b"ab\0c"), (b"0123456789", 10, b"0123")],
)
def test_arg_read_copies_what_fits(argument: bytes, status: int, copied: bytes) -> None:
    call = f"(call $arg_read (i32.const 0) (i32.const {OUT}) (i32.const 4))"
    with plugin_bench(answering(call)) as bench:
        assert bench.reply("T.RUN", argument) == [status, copied.ljust(8, b"\0")]


@pytest.mark.parametrize("index", [1, 0xFFFFFFFF])
@pytest.mark.parametrize("name", ["arg_read", "arg_i64", "arg_f64"])
def test_an_argument_that_is_not_there_is_absent(name: str, index: int) -> None:
    rest = "(i32.const 4)" if name == "arg_read" else ""
    call = f"(call ${name} (i32.const {index}) (i32.const {OUT}) {rest})"
    with plugin_bench(answering(call)) as bench:
        assert bench.reply("T.RUN", "only") == [-1, bytes(8)]


@pytest.mark.parametrize(
    ("argument", "expected"), [(b"-12", -12), (b"9223372036854775807", 2**63 - 1)]
)
def test_arg_i64(argument: bytes, expected: int) -> None:
    with plugin_bench(answering(f"(call $arg_i64 (i32.const 0) (i32.const {OUT}))")) as bench:
        assert bench.reply("T.RUN", argument) == [0, struct.pack("<q", expected)]


@pytest.mark.parametrize("argument", [b"", b"1.5", b"9223372036854775808", b"0x10", b" 1"])
def test_arg_i64_of_no_integer(argument: bytes) -> None:
    with plugin_bench(answering(f"(call $arg_i64 (i32.const 0) (i32.const {OUT}))")) as bench:
        assert bench.reply("T.RUN", argument) == [-6, bytes(8)]


def test_arg_f64() -> None:
    with plugin_bench(answering(f"(call $arg_f64 (i32.const 0) (i32.const {OUT}))")) as bench:
        assert bench.reply("T.RUN", "-2.5") == [0, struct.pack("<d", -2.5)]
        assert bench.reply("T.RUN", "inf") == [0, struct.pack("<d", float("inf"))]
        assert bench.reply("T.RUN", "word") == [-6, struct.pack("<d", float("inf"))]
