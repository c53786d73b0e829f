"""Switching: the same state goes on, and a guest that is not recorded pays nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.guest import Guest
from ferrite.plugins.recording.frames import Start, State
from ferrite.plugins.recording.guest import RecordedGuest
from ferrite.plugins.recording.recorder import RecordedFunction, WatchedMemory
from tests.ferrite.plugins.test_guest import counter
from tests.plugins.test_cost import least_bytecodes
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import guest, manifest, module, with_manifest
from tests.support.recordings import assert_identical, frames


def switch(bench: PluginBench, to: str, folder: Path | None = None) -> Guest:
    if folder is not None:
        bench.config.plugins.record_dir = str(folder)
    assert bench.reply("PLUGIN.RECORD", "t", to) == "OK"
    return bench.manager.get("t").guest


def per_call(bench: PluginBench) -> int:
    bench.reply("T.COUNT")
    return least_bytecodes(lambda: bench.reply("T.COUNT"))


@pytest.mark.parametrize("extra", ["", '[package.ferrite]\ninstance = "per-call"\n'])
def test_a_guest_that_is_not_recorded_pays_nothing(tmp_path: Path, extra: str) -> None:
    with plugin_bench(counter(extra)) as bench:
        before = per_call(bench)
        switch(bench, "ON", tmp_path)
        assert per_call(bench) > before
        plain = switch(bench, "OFF")
        assert per_call(bench) == before
        assert type(plain) is Guest
        assert plain._instance is not None
        assert not any(type(f) is RecordedFunction for f in plain._instance.functions)
        assert not any(type(m) is WatchedMemory for m in plain._instance.memories)
        assert "recorder" not in vars(plain)


def test_the_same_state_goes_on(tmp_path: Path) -> None:
    with plugin_bench(counter()) as bench:
        guest = bench.manager.get("t").guest
        assert bench.reply("T.COUNT") == 1
        used = guest.fuel_used
        assert switch(bench, "ON", tmp_path) is guest
        assert type(guest) is RecordedGuest
        assert guest.fuel_used == used, "the change costs nobody fuel"
        assert [bench.reply("T.COUNT") for _ in range(2)] == [2, 3]
        switch(bench, "OFF")
        assert bench.reply("T.COUNT") == 4
        switch(bench, "ON")
        assert bench.reply("T.COUNT") == 5
    assert_identical(tmp_path / "t-1.record", 2)
    assert_identical(tmp_path / "t-2.record", 1)


def test_a_guest_without_an_instance_begins_with_one(tmp_path: Path) -> None:
    with plugin_bench(counter()) as bench:
        bench.reply("T.TRAP")
        switch(bench, "ON", tmp_path)
        assert bench.reply("T.COUNT") == 1
        path = tmp_path / "t-1.record"
        assert (len(frames(path, State)), len(frames(path, Start))) == (0, 1)
        assert_identical(path, 1)
        bench.reply("T.TRAP")
        switch(bench, "OFF")
        assert bench.reply("T.COUNT") == 1


def test_an_instance_with_heap_objects_is_begun_anew(tmp_path: Path) -> None:
    fields = """(type $box (struct (field (mut i64))))
        (global $box (mut (ref null $box)) (ref.null $box))
        (func (export "T.COUNT") (result i32)
          (if (ref.is_null (global.get $box))
            (then (global.set $box (struct.new $box (i64.const 0)))))
          (struct.set $box 0 (global.get $box)
            (i64.add (struct.get $box 0 (global.get $box)) (i64.const 1)))
          (call $reply_int (struct.get $box 0 (global.get $box))))"""
    with plugin_bench(with_manifest(module(fields, "reply_int"), manifest("T.COUNT"))) as bench:
        assert [bench.reply("T.COUNT") for _ in range(2)] == [1, 2]
        switch(bench, "ON", tmp_path)
        assert [bench.reply("T.COUNT") for _ in range(2)] == [1, 2]
        switch(bench, "OFF")
        assert bench.reply("T.COUNT") == 1
    assert_identical(tmp_path / "t-1.record", 2)


def test_new_limits_begin_a_new_instance(tmp_path: Path) -> None:
    grow = guest("(call $reply_int (i64.extend_i32_s (memory.grow (i32.const 20))))", "reply_int")
    with plugin_bench(grow) as bench:
        switch(bench, "ON", tmp_path)
        assert bench.reply("T.RUN") == 1
        assert bench.reply("PLUGIN.LIMITS", "t", "MEMORY", "1MB") == "OK"
        assert bench.reply("T.RUN") == -1
    assert_identical(tmp_path / "t-1.record", 2)


def test_a_profile_beside_a_recording(tmp_path: Path) -> None:
    with plugin_bench(counter()) as bench:
        bench.reply("PLUGIN.PROFILE", "t", "ON")
        bench.reply("T.COUNT")
        guest = switch(bench, "ON", tmp_path)
        assert bench.reply("T.COUNT") == 2
        assert guest.profile is not None
        assert sum(row[1] for row in guest.profile.table()) == 2
    assert_identical(tmp_path / "t-1.record", 1)
