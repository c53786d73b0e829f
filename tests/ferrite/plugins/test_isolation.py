"""An instance per call: what each call finds, whatever those before it did or how they ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins import guest as guests
from ferrite.protocol.replies import OK, Reply
from tests.support.instance_state import state_of
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import imports, manifest, with_manifest
from tests.support.require import require
from tests.support.wasi_calls import host_descriptors
from tests.support.wat import assemble
from wasm_vm import Memory

PER_CALL = '[package.ferrite]\ninstance = "per-call"\n'


@pytest.fixture(params=["arena", "copy"], autouse=True)
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test here runs with both ways back of a memory."""
    if request.param == "arena":
        require("arena")
        from ferrite.plugins.arena_memory import ArenaMemory

        assert guests.MEMORY is ArenaMemory
    else:
        monkeypatch.setattr(guests, "MEMORY", Memory)
    return


SEEN = """(global $seen (mut i64) (i64.const 0)) (table $t 4 funcref) (data $d "abc")
    (memory (export "memory") 2 8)
    (func $f) (elem declare func $f)
    (func (export "_initialize")
        (i64.store (i32.const 8) (i64.const 5))
        (global.set $seen (i64.const 100)))
    (func $leave_traces
        (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
        (i64.store (i32.const 70000) (i64.add (i64.load (i32.const 70000)) (i64.const 1)))
        (global.set $seen (i64.add (global.get $seen) (i64.const 1)))
        (table.set $t (i32.const 2) (ref.func $f))
        (data.drop $d)
        (drop (memory.grow (i32.const 3)))
        (i32.store (i32.const 300000) (i32.const 1)))
    (func (export "T.TRACES") (result i32)
        (call $leave_traces) (call $reply_int (i64.load (i32.const 8))))
    (func (export "T.TRAP") (result i32) (call $leave_traces) (unreachable))
    (func (export "T.LOOP") (result i32)
        (call $leave_traces) (loop $l (br $l)) (i32.const 0))
    (func (export "T.SUM") (result i32)
        (call $reply_int (i64.add (i64.add (global.get $seen) (i64.load (i32.const 8)))
            (i64.extend_i32_u (i32.mul (i32.const 1000) (memory.size))))))"""
COMMANDS = ("T.TRACES", "T.TRAP", "T.LOOP", "T.SUM")
CLEAN = 100 + 5 + 2000


def seen(extra: str = PER_CALL) -> bytes:
    return with_manifest(
        assemble(f"{imports('reply_int')} {SEEN}"), manifest(*COMMANDS, extra=extra)
    )


def state(bench: PluginBench) -> object:
    """Of the plugin's instance."""
    instance = bench.manager.get("t").guest._instance
    assert instance is not None
    return state_of(instance)


def test_calls_leave_no_traces() -> None:
    with plugin_bench(seen()) as bench:
        assert [bench.reply("T.TRACES") for _ in range(20)] == [6] * 20
        assert bench.reply("T.SUM") == CLEAN
        assert bench.manager.get("t").guest.memory_bytes == 2 * 65_536
        with plugin_bench(seen()) as fresh:
            assert state(bench) == state(fresh)


def ended_early(bench: PluginBench, command: str) -> Reply:
    answer = bench.reply(command)
    assert isinstance(answer, CommandError)
    return answer.text


def test_calls_that_fail_leave_no_traces() -> None:
    with plugin_bench(seen()) as bench:
        guest = bench.manager.get("t").guest
        for _ in range(5):
            assert "unreachable" in str(ended_early(bench, "T.TRAP"))
            assert bench.reply("T.TRACES") == 6
            bench.manager.limit("t", {"fuel": 5_000})
            assert "out of fuel" in str(ended_early(bench, "T.LOOP"))
            assert bench.reply("T.SUM") == CLEAN
        started = guest.fuel_used
        ended_early(bench, "T.TRAP")
        bench.reply("T.SUM")
        assert guest.fuel_used - started < 200


def test_a_call_that_was_killed_leaves_no_traces() -> None:
    with plugin_bench(seen()) as bench:
        for _ in range(3):
            pending = bench.begin("T.LOOP")
            assert bench.reply("PLUGIN.KILL", "t") == OK
            answer = bench.wait(pending)
            assert isinstance(answer, CommandError)
            assert bench.reply("T.SUM") == CLEAN


def test_what_failed_can_still_be_looked_at() -> None:
    with plugin_bench(seen()) as bench:
        bench.reply("T.TRAP")
        (failure,) = bench.manager.get("t").study.failures
        assert failure.memory_bytes == 5 * 65_536


def test_clients_and_databases_do_not_see_each_other() -> None:
    with plugin_bench(seen()) as bench:
        clients = [bench.client(f"127.0.0.1:{port}") for port in range(1, 5)]
        for number, client in enumerate(clients):
            bench.reply("SELECT", str(number), call=client)
        for _ in range(5):
            for client in clients:
                assert bench.reply("T.TRACES", call=client) == 6
                assert bench.reply("T.SUM", call=client) == CLEAN


def test_a_client_whose_turn_comes_while_another_is_under_way_sees_nothing_of_it() -> None:
    with plugin_bench(seen()) as bench:
        first, second = bench.client("127.0.0.1:1"), bench.client("127.0.0.1:2")
        pending = bench.begin("T.LOOP", call=first)
        waiting = bench.begin("T.SUM", call=second)
        assert bench.reply("PLUGIN.KILL", "t") == OK
        assert isinstance(bench.wait(pending), CommandError)
        assert bench.wait(waiting) == CLEAN


def test_new_limits_begin_with_a_new_instance() -> None:
    with plugin_bench(seen()) as bench:
        before = bench.manager.get("t").guest._instance
        bench.manager.limit("t", {"memory_bytes": 4 * 65_536})
        assert ended_early(bench, "T.TRACES")
        assert bench.manager.get("t").guest._instance is not before
        assert bench.reply("T.SUM") == CLEAN


SYSTEM = """(import "wasi_snapshot_preview1" "random_get"
        (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00") (data (i32.const 16) "line")
    (data (i32.const 32) "file")
    (func (export "T.RANDOM") (result i32)
        (drop (call $random (i32.const 64) (i32.const 8)))
        (call $reply_int (i64.load (i32.const 64))))
    (func (export "T.WRITE") (result i32)
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
        (i32.const 0))
    (func (export "T.OPEN") (result i32)
        (drop (call $open (i32.const 3) (i32.const 0) (i32.const 32) (i32.const 4) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))
        (call $reply_int (i64.load32_u (i32.const 64))))
    (func (export "T.CLOSE") (result i32)
        (call $reply_int (i64.extend_i32_u (call $close (i32.const 3)))))"""


def test_the_view_of_the_system_comes_back(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    folder = f"paths = ['{tmp_path}']\n"
    rights = '[[permissions]]\nresource = "filesystem"\naction = "read"\n' + folder
    commands = ("T.RANDOM", "T.WRITE", "T.OPEN", "T.CLOSE")
    text = manifest(*commands, extra=rights + PER_CALL)
    with plugin_bench(with_manifest(assemble(f"{imports('reply_int')} {SYSTEM}"), text)) as bench:
        assert len({bench.reply("T.RANDOM") for _ in range(3)}) == 1
        count = host_descriptors()
        assert [bench.reply("T.OPEN") for _ in range(3)] == [4, 4, 4]
        assert [bench.reply("T.CLOSE") for _ in range(3)] == [0, 0, 0]
        assert bench.reply("T.OPEN") == 4
        assert host_descriptors() == count
        assert bench.reply("T.WRITE") == OK
        assert bench.reply("T.WRITE") == OK
        assert bench.reply("PLUGIN.LOG", "t") == [b"INFO line", b"INFO line"]


def test_a_profile_counts_on_an_instance_per_call_too() -> None:
    with plugin_bench(seen()) as bench:
        bench.reply("PLUGIN.PROFILE", "t", "START")
        assert [bench.reply("T.TRACES") for _ in range(3)] == [6, 6, 6]
        assert bench.reply("T.SUM") == CLEAN


def test_without_isolation_traces_stay() -> None:
    """The tests above can fail."""
    with plugin_bench(seen(extra="")) as bench:
        assert [bench.reply("T.TRACES") for _ in range(3)] == [6, 7, 8]
        assert bench.reply("T.SUM") != CLEAN
