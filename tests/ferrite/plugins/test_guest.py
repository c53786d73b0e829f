"""One instance: starting, what lives from call to call, and what a fault costs."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, guest, manifest, module, with_manifest
from tests.support.wat import assemble

COUNTER = """(global $count (mut i64) (i64.const 0))
    (func (export "T.COUNT") (result i32)
        (global.set $count (i64.add (global.get $count) (i64.const 1)))
        (call $reply_int (global.get $count)))
    (func (export "T.TRAP") (result i32) (unreachable))
    (func (export "T.ERROR") (result i32)
        (global.set $count (i64.add (global.get $count) (i64.const 10)))
        (i32.const 1))"""


def counter(extra: str = "") -> bytes:
    text = manifest("T.COUNT", "T.TRAP", "T.ERROR", extra=extra)
    return with_manifest(module(COUNTER, "reply_int"), text)


def test_an_instance_lives_from_call_to_call() -> None:
    with plugin_bench(counter()) as bench:
        assert [bench.reply("T.COUNT") for _ in range(3)] == [1, 2, 3]


def test_an_error_reply_is_no_fault_and_keeps_the_instance() -> None:
    with plugin_bench(counter()) as bench:
        assert isinstance(bench.reply("T.ERROR"), CommandError)
        assert bench.reply("T.COUNT") == 11


def test_after_a_trap_a_new_instance_is_made() -> None:
    with plugin_bench(counter()) as bench:
        assert bench.reply("T.COUNT") == 1
        answer = bench.reply("T.TRAP")
        assert isinstance(answer, CommandError)
        assert answer.text.startswith("ERR plugin 't': trap: unreachable")
        assert bench.reply("T.COUNT") == 1


def test_an_instance_per_call() -> None:
    extra = '[package.ferrite]\ninstance = "per-call"\n'
    with plugin_bench(counter(extra)) as bench:
        assert [bench.reply("T.COUNT") for _ in range(3)] == [1, 1, 1]


STARTS = """(global $started (mut i64) (i64.const 0))
    (func (export "{export}") {body}
        (global.set $started (i64.add (global.get $started) (i64.const 1))))
    {more}
    (func (export "T.RUN") (result i32) (call $reply_int (global.get $started)))"""


def starting(
    export: str, body: str = "", more: str = "", start: str = "auto", used: str = ""
) -> bytes:
    fields = STARTS.format(export=export, body=body, more=more)
    text = manifest("T.RUN", extra=f'[package.ferrite]\nstart = "{start}"\n')
    return with_manifest(module(fields, "reply_int", *used.split()), text)


@pytest.mark.parametrize("export", ["_initialize", "_start"])
def test_initialize_or_start_runs_once(export: str) -> None:
    with plugin_bench(starting(export)) as bench:
        assert bench.reply("T.RUN") == 1
        assert bench.reply("T.RUN") == 1
    with plugin_bench(starting(export, start="none")) as bench:
        assert bench.reply("T.RUN") == 0


def test_initialize_is_preferred() -> None:
    more = '(func (export "_start") (unreachable))'
    with plugin_bench(starting("_initialize", more=more)) as bench:
        assert bench.reply("T.RUN") == 1


def exiting(export: str, code: int) -> bytes:
    text = f"""(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "{export}") (call $exit (i32.const {code})))
        (func (export "T.RUN") (result i32) (i32.const 0))
        (func (export "T.EXIT") (result i32) (call $exit (i32.const 3)) (i32.const 0))"""
    return with_manifest(assemble(text), manifest("T.RUN", "T.EXIT"))


def test_proc_exit_zero_is_a_normal_end_of_start_alone() -> None:
    with plugin_bench(exiting("_start", 0)) as bench:
        assert bench.reply("T.RUN") == OK
        answer = bench.reply("T.EXIT")
        assert isinstance(answer, CommandError)
        assert answer.text == "ERR plugin 't': exited with code 3"
    for export, code in (("_start", 1), ("_initialize", 0)):
        with plugin_bench() as bench, pytest.raises(LoadError, match=f"exited with code {code}"):
            bench.load(exiting(export, code))


def test_a_guest_that_cannot_start_is_not_loaded() -> None:
    with plugin_bench() as bench:
        with pytest.raises(LoadError, match="while starting: trap: unreachable"):
            bench.load(starting("_initialize", body="(unreachable)"))
        bench.config.sandbox.load_fuel = 1000
        with pytest.raises(LoadError, match="while starting: out of fuel: its limit is 1000 units"):
            bench.load(starting("_initialize", body="(loop $l (br_if $l (i32.const 1)))"))
        assert list(bench.manager) == []
        assert bench.state.registry.get("t.run") is None


def test_the_fuel_of_a_call_is_apart_from_that_of_starting() -> None:
    body = """(local $i i32)
        (loop $again
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 500))))"""
    with plugin_bench() as bench:
        bench.config.sandbox.max_cpu_ms = 1
        bench.config.sandbox.instructions_per_ms = 100
        plugin = bench.load(starting("_initialize", body=body))
        assert plugin.guest.fuel_used > 3000
        assert bench.reply("T.RUN") == 1


def test_fuel_is_booked_to_the_unit() -> None:
    with plugin_bench(guest("(drop (i32.add (i32.const 1) (i32.const 2))) (i32.const 0)")) as bench:
        plugin = bench.manager.get("t")
        before = plugin.guest.fuel_used
        assert bench.reply("T.RUN") == OK
        assert plugin.guest.fuel_used - before == 1 + 3 + 1


def test_memory_is_limited_at_load_and_at_growth() -> None:
    with plugin_bench() as bench:
        bench.config.sandbox.max_memory_mb = 1
        with pytest.raises(LoadError, match="17 pages, at most 16"):
            bench.load(guest("(i32.const 0)", memory="17"))
        grow = """(drop (call $reply_int (i64.extend_i32_s (memory.grow (i32.const 8)))))
            (i32.const 0)"""
        bench.load(guest(grow, "reply_int", memory="4"))
        assert [bench.reply("T.RUN") for _ in range(3)] == [4, -1, -1]


IOVEC = data(0, r"\10\00\00\00\0a\00\00\00") + data(16, r"one\0atwo\0ath")


def test_output_goes_to_the_log_line_by_line() -> None:
    text = f"""(import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        {IOVEC}
        (func (export "T.RUN") (result i32)
            (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))"""
    with plugin_bench(with_manifest(assemble(text), manifest("T.RUN"))) as bench:
        assert bench.reply("T.RUN") == OK
        assert bench.reply("T.RUN") == OK
        lines = [b"INFO one", b"INFO two", b"INFO thone", b"INFO two"]
        assert bench.reply("PLUGIN.LOG", "t") == lines


def test_a_start_function_may_write() -> None:
    text = f"""(import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        {IOVEC}
        (func $start
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))))
        (start $start)
        (func (export "T.RUN") (result i32) (i32.const 0))"""
    with plugin_bench(with_manifest(assemble(text), manifest("T.RUN"))) as bench:
        assert bench.reply("PLUGIN.LOG", "t") == [b"INFO one", b"INFO two"]


STARTING_CLOCK = """(import "wasi_snapshot_preview1" "clock_time_get"
        (func $clock (param i32 i64 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_initialize")
        (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 0))))
    (func (export "T.RUN") (result i32) (i32.eqz (i32.wrap_i64 (i64.load (i32.const 0)))))"""


def test_the_clock_of_a_start_is_not_zero() -> None:
    """Go's runtime ends itself where it is."""
    with plugin_bench(with_manifest(assemble(STARTING_CLOCK), manifest("T.RUN"))) as bench:
        assert bench.reply("T.RUN") == OK


RANDOM = """(import "wasi_snapshot_preview1" "random_get"
        (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get"
        (func $clock (param i32 i64 i32) (result i32)))
    (import "ferrite_v1" "reply_bulk" (func $reply_bulk (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "T.RANDOM") (result i32)
        (drop (call $random (i32.const 0) (i32.const 16)))
        (call $reply_bulk (i32.const 0) (i32.const 16)))
    (func (export "T.CLOCK") (result i32)
        (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 0)))
        (call $reply_bulk (i32.const 0) (i32.const 8)))"""


def test_without_its_right_a_guest_gets_a_seeded_stream_and_the_time_of_the_call() -> None:
    streams = []
    for permissions in ((), (), ("system.random", "system.time")):
        text = manifest("T.RANDOM", "T.CLOCK", permissions=permissions)
        with plugin_bench(with_manifest(assemble(RANDOM), text)) as bench:
            streams.append(bench.reply("T.RANDOM"))
            now = bench.keyspace.now()
            clock = bench.reply("T.CLOCK")
            assert isinstance(clock, bytes)
            nanoseconds = int.from_bytes(clock, "little")
            assert now * 1_000_000 <= nanoseconds <= (bench.keyspace.now() + 1) * 1_000_000
            if not permissions:
                assert nanoseconds % 1_000_000 == 0
    assert streams[0] == streams[1] != streams[2]


def test_bytes_of_system_calls_are_paid_for() -> None:
    text = manifest("T.RANDOM", "T.CLOCK")
    many = RANDOM.replace(
        "(drop (call $random (i32.const 0) (i32.const 16)))",
        "(drop (call $random (i32.const 0) (i32.const 1016)))",
    )
    costs = []
    for fields in (RANDOM, many):
        with plugin_bench(with_manifest(assemble(fields), text)) as bench:
            used = bench.manager.get("t").guest.fuel_used
            bench.reply("T.RANDOM")
            costs.append(bench.manager.get("t").guest.fuel_used - used)
    assert costs[1] - costs[0] == 1000


def test_restricted_system_calls_are_refused() -> None:
    text = manifest("T.RANDOM", "T.CLOCK", permissions=("system.random",))
    with plugin_bench() as bench:
        bench.config.sandbox.restricted_syscalls = ("random_get",)
        bench.load(with_manifest(assemble(RANDOM), text))
        assert bench.reply("T.RANDOM") == bytes(16)
