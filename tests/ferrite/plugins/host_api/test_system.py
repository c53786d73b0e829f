"""context, config, log, time_ms, random, fuel_left, last_error."""

from __future__ import annotations

import logging
import struct
import time

import pytest

from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, guest

OUT = 256
USED = (
    *("context", "config", "log", "time_ms", "random", "fuel_left", "last_error"),
    *("arg_read", "reply_bulk", "reply_array", "reply_int", "get"),
)
READ_NAME = """(local $length i32)
    (local.set $length (call $arg_read (i32.const 0) (i32.const 0) (i32.const 99)))"""
BUFFER = f"(i32.const {OUT}) (i32.const 64)"


def asking(function: str) -> bytes:
    """T.RUN name: what `function` says of the name, as bytes, or a negative number."""
    return guest(
        f"""{READ_NAME}
        (local.set $length (call ${function} (i32.const 0) (local.get $length) {BUFFER}))
        (if (result i32) (i32.lt_s (local.get $length) (i32.const 0))
            (then (call $reply_int (i64.extend_i32_s (local.get $length))))
            (else (call $reply_bulk (i32.const {OUT}) (local.get $length))))""",
        *USED,
    )


def test_context() -> None:
    with plugin_bench(asking("context")) as bench:
        client = bench.client("10.0.0.9:77")
        expected = {
            "client_id": str(client.session.id).encode(),
            "address": b"10.0.0.9:77",
            "user": b"default",
            "db": b"3",
            "protocol": b"2",
            "event": b"command",
            "plugin": b"t",
            "version": b"1.2.3",
        }
        client.select(3)
        for field, value in expected.items():
            assert bench.reply("T.RUN", field, call=client) == value, field
        assert bench.reply("T.RUN", "password") == -1


def test_config_by_dotted_keys() -> None:
    with plugin_bench() as bench:
        bench.config.plugin_config["t"] = {
            "greeting": "hi",
            "limits": {"most": 3, "ratio": 0.5, "strict": True},
            "names": ["a", "b"],
        }
        bench.load(asking("config"))
        assert bench.reply("T.RUN", "greeting") == b"hi"
        assert bench.reply("T.RUN", "limits.most") == b"3"
        assert bench.reply("T.RUN", "limits.ratio") == b"0.5"
        assert bench.reply("T.RUN", "limits.strict") == b"true"
        assert bench.reply("T.RUN", "names") == b'["a", "b"]'
        assert bench.reply("T.RUN", "limits.least") == -1
        assert bench.reply("T.RUN", "greeting.more") == -1


def test_log_lines_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    log = f"""{READ_NAME}
        (call $log (i32.const 2) (i32.const 0) (local.get $length))"""
    with plugin_bench(guest(log, *USED)) as bench, caplog.at_level(logging.DEBUG):
        bench.reply("T.RUN", b"one\nERROR two\x1b[31m\xff")
        shown = "one\\nERROR two\\x1b[31m\\xff"
        assert bench.reply("PLUGIN.LOG", "t") == [f"WARNING {shown}".encode()]
        records = [r for r in caplog.records if r.name == "ferrite.plugin.t"]
        assert [(r.levelno, r.getMessage()) for r in records] == [(logging.WARNING, shown)]


def test_log_has_four_levels() -> None:
    body = """(call $log (i32.const 4) (i32.const 0) (i32.const 0))
        (call $reply_int (i64.extend_i32_s))"""
    with plugin_bench(guest(body, *USED)) as bench:
        assert bench.reply("T.RUN") == -4


def test_a_call_may_log_so_many_lines() -> None:
    body = """(local $i i32) (local $status i32)
        (loop $again
            (local.set $status (call $log (i32.const 1) (i32.const 0) (i32.const 0)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.eqz (local.get $status))))
        (drop (call $reply_array (i32.const 2)))
        (drop (call $reply_int (i64.extend_i32_s (local.get $i))))
        (call $reply_int (i64.extend_i32_s (local.get $status)))"""
    with plugin_bench(guest(body, *USED)) as bench:
        assert bench.reply("T.RUN") == [101, -5]
        assert bench.reply("T.RUN") == [101, -5], "counted anew for each call"
        lines = bench.reply("PLUGIN.LOG", "t")
        assert isinstance(lines, list)
        assert len(lines) == 200


def test_time_is_the_clock_of_the_call() -> None:
    body = f"""(drop (call $time_ms (i32.const {OUT})))
        (drop (call $time_ms (i32.const {OUT + 8})))
        (call $reply_bulk (i32.const {OUT}) (i32.const 16))"""
    with plugin_bench(guest(body, *USED, permissions=["system.time"])) as bench:
        before = time.time_ns() // 1_000_000
        answer = bench.reply("T.RUN")
        assert isinstance(answer, bytes)
        first, second = struct.unpack("<qq", answer)
        assert before <= first == second <= time.time_ns() // 1_000_000


def test_random_bytes() -> None:
    body = f"""(drop (call $random (i32.const {OUT}) (i32.const 16)))
        (call $reply_bulk (i32.const {OUT}) (i32.const 16))"""
    with plugin_bench(guest(body, *USED, permissions=["system.random"])) as bench:
        drawn = {bench.reply("T.RUN") for _ in range(8)}
        assert len(drawn) == 8
    body = """(call $random (i32.const 0) (i32.const 65537))
        (call $reply_int (i64.extend_i32_s))"""
    with plugin_bench(guest(body, *USED, permissions=["system.random"])) as bench:
        assert bench.reply("T.RUN") == -5


def test_fuel_left_is_exact() -> None:
    body = f"""(drop (call $fuel_left (i32.const {OUT})))
        (drop (call $fuel_left (i32.const {OUT + 8})))
        (call $reply_bulk (i32.const {OUT}) (i32.const 16))"""
    with plugin_bench(guest(body, *USED)) as bench:
        answer = bench.reply("T.RUN")
        assert isinstance(answer, bytes)
        first, second = struct.unpack("<qq", answer)
        limit = bench.config.sandbox.max_cpu_ms * bench.config.sandbox.instructions_per_ms
        # The entry, a constant, the call; then what it writes.
        assert first == limit - 3 - 8
        assert second == first - 2 - 8


def test_last_error_says_why() -> None:
    body = f"""(drop (call $get (i32.const 0) (i32.const 3) {BUFFER}))
        (call $reply_bulk (i32.const {OUT}) (call $last_error {BUFFER})))
        {data(0, "key")} (func"""
    with plugin_bench(guest(body, *USED)) as bench:
        assert bench.reply("T.RUN") == b"ERR no such key"
    with plugin_bench(guest(body, *USED, permissions=["storage.read a*"])) as bench:
        expected = b"NOPERM plugin 't' has no permission storage.read for 'key'"
        assert bench.reply("T.RUN") == expected
