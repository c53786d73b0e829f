from __future__ import annotations

import pytest

from ferrite.permissions import Right
from ferrite.plugins.functions.older_imports import FAILED_LONG, NAMES, OLDER, rights_of
from ferrite.plugins.host_api import FUNCTIONS
from tests.support.functions import older
from tests.support.plugin_bench import plugin_bench

IMPORT = '(import "env" "ferrite_{}" (func $call {}))'
KEY = "(i32.const 0) (i32.const 1)"


def test_every_function_has_its_namesake() -> None:
    assert set(NAMES["ferrite"]) == set(OLDER)
    assert set(NAMES["env"]) == {f"ferrite_{name}" for name in OLDER}
    for older_function in OLDER.values():
        assert older_function.namesake in FUNCTIONS
    assert rights_of("env", "ferrite_incr") == (Right.STORAGE_READ, Right.STORAGE_WRITE)
    assert rights_of("ferrite", "del") == (Right.STORAGE_DELETE,)
    assert rights_of("env", "abort") == ()


@pytest.mark.parametrize(
    ("before", "deadline", "answer"),
    [
        (None, None, -2),
        (b"x", None, -1),
        (b"x", 450, 0),
        (b"x", 2400, 2),
        (b"x", 10_400, 10),
    ],
)
def test_ttl_counts_as_ttl_does(before: bytes | None, deadline: int | None, answer: int) -> None:
    binary = older(
        "(result i64)", f"(call $call {KEY})", IMPORT.format("ttl", "(param i32 i32) (result i64)")
    )
    with plugin_bench() as bench:
        bench.reply("WASM.LOAD", "f", binary)
        if before is not None:
            bench.keyspace.set(b"\0", before)
        if deadline is not None:
            bench.keyspace.expire_at(b"\0", bench.keyspace.now() + deadline)
        assert bench.reply("WASM.CALL", "f") == answer


@pytest.mark.parametrize(
    ("value", "answer", "after"),
    [
        (None, 1, b"1"),
        (b"-9223372036854775808", -(2**63) + 1, b"-9223372036854775807"),
        (b"9223372036854775807", FAILED_LONG, b"9223372036854775807"),
        (b"x", FAILED_LONG, b"x"),
    ],
)
def test_incr_fails_with_what_it_cannot_answer(
    value: bytes | None, answer: int, after: bytes
) -> None:
    binary = older(
        "(result i64)", f"(call $call {KEY})", IMPORT.format("incr", "(param i32 i32) (result i64)")
    )
    with plugin_bench() as bench:
        bench.reply("WASM.LOAD", "f", binary)
        if value is not None:
            bench.keyspace.set(b"\0", value)
        assert bench.reply("WASM.CALL", "f") == answer
        assert bench.keyspace.read_string(b"\0") == after


@pytest.mark.parametrize(
    ("seconds", "answer"),
    [(1, 1), (0, -2), (-1, -2), (2**62, -2), (-(2**63), -2), (2**63 - 1, -2)],
)
def test_expire_takes_seconds(seconds: int, answer: int) -> None:
    kind = "(param i32 i32 i64) (result i32)"
    body = f"(call $call {KEY} (i64.const {seconds}))"
    binary = older("(result i32)", body, IMPORT.format("expire", kind))
    with plugin_bench() as bench:
        bench.reply("WASM.LOAD", "f", binary)
        assert bench.reply("WASM.CALL", "f") in (0, -2)
        bench.keyspace.set(b"\0", b"x")
        assert bench.reply("WASM.CALL", "f") == answer


def test_bytes_are_paid_for() -> None:
    kind = "(param i32 i32 i32 i32) (result i32)"
    body = "(call $call (i32.const 0) (i32.const 1) (i32.const 100) (i32.const {}))"
    with plugin_bench() as bench:
        used = []
        for name, room in (("a", 0), ("b", 10)):
            binary = older("(result i32)", body.format(room), IMPORT.format("get", kind))
            bench.reply("WASM.LOAD", name, binary)
            bench.keyspace.set(b"\0", b"x" * 10)
            assert bench.reply("WASM.CALL", name) == 10
            used.append(bench.manager.calls.ledger.plugins[name])
        assert used[1] - used[0] == 10
