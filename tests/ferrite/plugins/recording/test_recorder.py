"""The recorder: what it writes, and what it never disturbs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.limits import PluginLimits
from ferrite.plugins.recording import recordings
from ferrite.plugins.recording.frames import READ, WRITE, Call, Host, Last, RecordError
from ferrite.plugins.recording.recorder import WatchedMemory, read_size, reading
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import data, guest
from tests.support.recordings import assert_identical, frames
from wasm_vm import I32, Bounds, MemoryType

ECHO = guest(
    """(local $n i32)
    (local.set $n (call $arg_read (i32.const 0) (i32.const 64) (i32.const 20)))
    (drop (call $get (i32.const 8) (i32.const 3) (i32.const 100) (i32.const 4)))
    (call $reply_bulk (i32.const 64) (local.get $n)) """
    + ")"
    + data(8, "key")
    + "(func (result i32) (i32.const 0)",
    "arg_read",
    "get",
    "reply_bulk",
)


def record(bench: PluginBench, folder: Path) -> Path:
    bench.config.plugins.record_dir = str(folder)
    assert bench.reply("PLUGIN.RECORD", "t", "ON") == "OK"
    return folder / "t-1.record"


def test_a_memory_tells_what_the_host_does() -> None:
    memory = WatchedMemory(MemoryType(Bounds(1, 1), I32))
    memory.write(1, b"unseen")
    memory.effects = effects = []
    assert memory.read(1, 6) == b"unseen"
    memory.write(8, b"seen")
    memory.write(9, b"")
    memory.effects = None
    memory.read(0, 1)
    assert effects == [READ, 1, reading(b"unseen"), WRITE, 8, b"seen"]
    assert read_size(reading(b"unseen")) == 6
    with pytest.raises(RecordError):
        read_size(b"unseen")


def test_host_calls_are_written_with_all_they_did(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        bench.keyspace.set(b"key", b"a value")
        path = record(bench, tmp_path)
        assert bench.reply("T.RUN", "hello") == b"hello"
        (call,) = frames(path, Call)
        assert (call.number, call.command, call.arguments) == (1, "T.RUN", [b"hello"])
        assert (call.user, call.database, call.export) == ("default", 0, "T.RUN")
        argument, got, reply = frames(path, Host)
        assert argument.function == "ferrite_v1.arg_read"
        assert (argument.arguments, argument.results) == ([0, 64, 20], [5])
        assert argument.effects == [WRITE, 64, b"hello"]
        assert argument.fuel == 5
        assert got.effects == [READ, 8, reading(b"key"), WRITE, 100, b"a va"]
        assert (got.results, got.fuel) == ([7], 7)
        assert reply.effects == [READ, 64, reading(b"hello")]
        assert argument.at < got.at < reply.at


def test_a_full_file_ends_the_recording_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "LIMITS", PluginLimits(recording_bytes_max=6_000))
    with plugin_bench(ECHO) as bench:
        path = record(bench, tmp_path)
        for _ in range(100):
            assert bench.reply("T.RUN", "hello") == b"hello"
        found = bench.reply("PLUGIN.RECORD", "t")
        assert isinstance(found, dict)
        assert found[b"recording"] == 0
        assert b"may have 6000 bytes" in found[b"ended"]
        assert path.stat().st_size <= 6_000
        last = frames(path)[-1]
        assert isinstance(last, Last)
        assert "may have 6000 bytes" in last.reason
        assert_identical(path, found[b"calls"])
        assert type(bench.manager.get("t").guest).__name__ == "Guest"
        assert bench.reply("PLUGIN.RECORD", "t", "ON") == "OK"
        assert (tmp_path / "t-2.record").exists()


def test_a_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    with plugin_bench(ECHO) as bench:
        record(bench, tmp_path)
        recorder = bench.manager.recordings.last(bench.manager.get("t"))
        assert recorder is not None
        recorder._writer._file = open("/dev/full", "wb")  # noqa: SIM115
        for _ in range(3):
            assert bench.reply("T.RUN", "hello") == b"hello"
        found = bench.reply("PLUGIN.RECORD", "t")
        assert isinstance(found, dict)
        assert found[b"recording"] == 0
        assert b"No space left" in found[b"ended"]


def test_a_start_that_fails_is_recorded_without_its_call(tmp_path: Path) -> None:
    with plugin_bench(guest("(drop (memory.grow (i32.const 1))) (unreachable)")) as bench:
        path = record(bench, tmp_path)
        assert isinstance(bench.reply("T.RUN"), CommandError)
        bench.config.sandbox.load_fuel = 0
        bench.config.sandbox.max_memory_mb = 0
        assert "limit" in str(bench.reply("T.RUN"))
        kinds = [type(frame).__name__ for frame in frames(path)]
        assert kinds == ["Header", "State", "Call", "End", "Start", "End"]
        assert_identical(path, 1)
