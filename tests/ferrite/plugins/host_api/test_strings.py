"""get, set, set_ex, append, incr_by: results, errors, and the exact price of every byte."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, manifest, module, with_manifest

KEY, KEY_LENGTH = 16, 3
"""Where the functions below find the text "key", and "value" behind it."""
VALUE, VALUE_LENGTH = 32, 5
OUT = 64

CALLS = {
    "GET": f"""(call $get (i32.const {KEY}) (i32.const {KEY_LENGTH})
        (i32.const {OUT}) (i32.const 8))""",
    "SET": f"""(call $set (i32.const {KEY}) (i32.const {KEY_LENGTH})
        (i32.const {VALUE}) (i32.const {VALUE_LENGTH}))""",
    "SETEX": f"""(call $set_ex (i32.const {KEY}) (i32.const {KEY_LENGTH})
        (i32.const {VALUE}) (i32.const {VALUE_LENGTH}) (i64.const 5000))""",
    "SETEX0": f"""(call $set_ex (i32.const {KEY}) (i32.const {KEY_LENGTH})
        (i32.const {VALUE}) (i32.const {VALUE_LENGTH}) (i64.const 0))""",
    "APPEND": f"""(call $append (i32.const {KEY}) (i32.const {KEY_LENGTH})
        (i32.const {VALUE}) (i32.const {VALUE_LENGTH}) (i32.const {OUT}))""",
    "INCR": f"""(call $incr_by (i32.const {KEY}) (i32.const {KEY_LENGTH})
        (i64.const 5) (i32.const {OUT}))""",
}
USED = ("get", "set", "set_ex", "append", "incr_by", "reply_int", "reply_bulk", "reply_array")


def binary() -> bytes:
    """T.X answers [what the call returned, the bytes at OUT]."""
    functions = "".join(
        f"""(func (export "T.{name}") (result i32)
            (local $status i32)
            (local.set $status {call})
            (drop (call $reply_array (i32.const 2)))
            (drop (call $reply_int (i64.extend_i32_s (local.get $status))))
            (drop (call $reply_bulk (i32.const {OUT}) (i32.const 8)))
            (i32.const 0))"""
        for name, call in CALLS.items()
    )
    texts = data(KEY, "key") + data(VALUE, "value")
    names = [f"T.{name}" for name in CALLS]
    return with_manifest(module(functions + texts, *USED), manifest(*names))


def number(value: int) -> bytes:
    return value.to_bytes(8, "little", signed=True)


def test_get() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.GET") == [-1, bytes(8)]
        bench.keyspace.set(b"key", b"abc")
        assert bench.reply("T.GET") == [3, b"abc" + bytes(5)]
        bench.keyspace.set(b"key", b"0123456789")
        assert bench.reply("T.GET") == [10, b"01234567"], "the full length, as much as fits"


def test_set_replaces_the_value_and_the_deadline() -> None:
    with plugin_bench(binary()) as bench:
        bench.reply("SET", "key", "old", "EX", "100")
        assert bench.reply("T.SET") == [0, bytes(8)]
        assert bench.keyspace.get(b"key") == b"value"
        assert bench.keyspace.deadline(b"key") is None


def test_set_ex_takes_milliseconds() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.SETEX") == [0, bytes(8)]
        left = bench.reply("PTTL", "key")
        assert isinstance(left, int)
        assert 0 < left <= 5000
        assert bench.reply("T.SETEX0") == [-4, bytes(8)], "no time to live at all"


def test_append() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.APPEND") == [0, number(5)]
        bench.reply("PEXPIRE", "key", "100000")
        assert bench.reply("T.APPEND") == [0, number(10)]
        assert bench.keyspace.get(b"key") == b"valuevalue"
        assert bench.keyspace.deadline(b"key") is not None


def test_incr_by() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.INCR") == [0, number(5)]
        assert bench.reply("T.INCR") == [0, number(10)]
        assert bench.keyspace.get(b"key") == b"10"
        bench.keyspace.set(b"key", b"-7")
        assert bench.reply("T.INCR") == [0, number(-2)]


@pytest.mark.parametrize("value", [b"word", b" 1", b"9223372036854775807", b"1.5"])
def test_incr_by_of_no_number_and_beyond_64_bits(value: bytes) -> None:
    with plugin_bench(binary()) as bench:
        bench.keyspace.set(b"key", value)
        answer = bench.reply("T.INCR")
        assert isinstance(answer, list)
        assert answer[0] == -6
        assert bench.keyspace.get(b"key") == value


def test_strings_beyond_the_configured_size_are_a_limit() -> None:
    with plugin_bench() as bench:
        bench.config.redis.proto_max_bulk_len = 9
        bench.load(binary())
        assert bench.reply("T.APPEND") == [0, number(5)]
        answer = bench.reply("T.APPEND")
        assert isinstance(answer, list)
        assert answer[0] == -5
        assert bench.keyspace.get(b"key") == b"value"


PRICES = [
    ("GET", b"abc", KEY_LENGTH + 3),
    ("GET", b"0123456789", KEY_LENGTH + 8),
    ("GET", None, KEY_LENGTH),
    ("SET", None, KEY_LENGTH + VALUE_LENGTH),
    ("SETEX", None, KEY_LENGTH + VALUE_LENGTH),
    ("APPEND", None, KEY_LENGTH + VALUE_LENGTH + 8),
    ("APPEND", b"0123456789", KEY_LENGTH + VALUE_LENGTH + 10 + 8),
    ("INCR", None, KEY_LENGTH + 8),
]


@pytest.mark.parametrize(("name", "before", "price"), PRICES)
def test_each_byte_costs_one_unit(name: str, before: bytes | None, price: int) -> None:
    """The price is what the call costs beyond the same call when it is denied."""
    calls = module(
        f"""(func (export "T.RUN") (result i32) (drop {CALLS[name]}) (i32.const 0))"""
        + data(KEY, "key")
        + data(VALUE, "value"),
        *USED,
    )
    costs = []
    for permissions in (("storage.read", "storage.write"), ()):
        with plugin_bench() as bench:
            plugin = bench.load(with_manifest(calls, manifest("T.RUN", permissions=permissions)))
            if before is not None:
                bench.keyspace.set(b"key", before)
            used = plugin.guest.fuel_used
            assert bench.reply("T.RUN") == OK
            costs.append(plugin.guest.fuel_used - used)
    assert costs[0] - costs[1] == price


def test_a_call_that_cannot_pay_has_no_effect() -> None:
    with plugin_bench() as bench:
        bench.config.sandbox.max_cpu_ms = 1
        bench.config.sandbox.instructions_per_ms = 7
        bench.load(binary())
        answer = bench.reply("T.SET")
        assert isinstance(answer, CommandError)
        assert answer.text == "ERR plugin 't': out of fuel: its limit is 7 units"
        assert len(bench.keyspace) == 0
