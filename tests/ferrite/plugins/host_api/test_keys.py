"""delete, exists, expire, ttl, type_of."""

from __future__ import annotations

from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, manifest, module, with_manifest

OUT = 64
KEY = "(i32.const 16) (i32.const 3)"
CALLS = {
    "DELETE": f"(call $delete {KEY})",
    "EXISTS": f"(call $exists {KEY})",
    "EXPIRE": f"(call $expire {KEY} (i64.const 5000))",
    "EXPIRE0": f"(call $expire {KEY} (i64.const 0))",
    "EXPIREMAX": f"(call $expire {KEY} (i64.const 0x7fffffffffffffff))",
    "TTL": f"(call $ttl {KEY} (i32.const {OUT}))",
    "TYPE": f"(call $type_of {KEY} (i32.const {OUT}) (i32.const 8))",
}
USED = ("delete", "exists", "expire", "ttl", "type_of", "reply_int", "reply_bulk", "reply_array")


def binary() -> bytes:
    """T.X answers [what the call returned, the bytes at OUT]."""
    functions = "".join(
        f"""(func (export "T.{name}") (result i32)
            (local $status i32)
            (local.set $status {call})
            (drop (call $reply_array (i32.const 2)))
            (drop (call $reply_int (i64.extend_i32_s (local.get $status))))
            (call $reply_bulk (i32.const {OUT}) (i32.const 8)))"""
        for name, call in CALLS.items()
    )
    commands = manifest(*(f"T.{name}" for name in CALLS))
    return with_manifest(module(functions + data(16, "key"), *USED), commands)


def test_delete_and_exists() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.EXISTS") == [0, bytes(8)]
        assert bench.reply("T.DELETE") == [0, bytes(8)]
        bench.keyspace.set(b"key", b"x")
        assert bench.reply("T.EXISTS") == [1, bytes(8)]
        assert bench.reply("T.DELETE") == [1, bytes(8)]
        assert b"key" not in bench.keyspace


def test_expire_and_ttl_count_milliseconds() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.EXPIRE") == [-1, bytes(8)], "no such key"
        assert bench.reply("T.TTL") == [-1, bytes(8)]
        bench.keyspace.set(b"key", b"x")
        assert bench.reply("T.TTL") == [0, (-1).to_bytes(8, "little", signed=True)]
        assert bench.reply("T.EXPIRE") == [0, (-1).to_bytes(8, "little", signed=True)]
        answer = bench.reply("T.TTL")
        assert isinstance(answer, list)
        assert answer[0] == 0
        assert 0 < int.from_bytes(answer[1], "little") <= 5000


def test_a_time_to_live_must_be_positive_and_fit() -> None:
    with plugin_bench(binary()) as bench:
        bench.keyspace.set(b"key", b"x")
        assert bench.reply("T.EXPIRE0") == [-4, bytes(8)]
        assert bench.reply("T.EXPIREMAX") == [-4, bytes(8)]
        assert bench.keyspace.deadline(b"key") is None


def test_type_of() -> None:
    with plugin_bench(binary()) as bench:
        assert bench.reply("T.TYPE") == [4, b"none" + bytes(4)]
        bench.keyspace.set(b"key", b"x")
        assert bench.reply("T.TYPE") == [6, b"string" + bytes(2)]
