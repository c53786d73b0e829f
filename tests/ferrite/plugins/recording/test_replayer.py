"""The replayer: recordings that were tampered with differ by position, or make no sense."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ferrite.plugins.recording.file import RecordingReader, RecordingWriter
from ferrite.plugins.recording.frames import Call, End, Frame, Header, Host, RecordError, State
from ferrite.plugins.recording.replayer import Verdict, replay
from tests.ferrite.plugins.recording.test_recorder import ECHO, record
from tests.ferrite.plugins.test_assemblyscript import COMMANDS, FIELDS
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import manifest, module, with_manifest
from tests.support.recordings import assert_identical, frames, verdicts
from tests.support.wat import assemble
from wasm_vm import Engine

Change = Callable[[Any], Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three calls of a plugin that echoes."""
    with plugin_bench(ECHO) as bench:
        made = record(bench, tmp_path)
        for word in ("one", "two", "three"):
            bench.reply("T.RUN", word)
        bench.reply("PLUGIN.RECORD", "t", "OFF")
    return made


def rewritten(path: Path, items: list[Frame]) -> Path:
    """A recording of other frames."""
    target = path.with_name("other.record")
    target.unlink(missing_ok=True)
    writer = RecordingWriter(target, 1 << 30)
    for frame in items:
        writer.write(frame)
    writer.close()
    return target


def changed(path: Path, kind: type[Any], number: int, change: Change) -> list[Verdict]:
    """What comes of it when the frame of that kind and number is another one."""
    items = frames(path)
    at = [index for index, frame in enumerate(items) if isinstance(frame, kind)][number]
    items[at : at + 1] = change(items[at])
    return verdicts(rewritten(path, items))


@pytest.mark.parametrize(
    ("kind", "number", "change", "message"),
    [
        (Host, 3, lambda f: [replace(f, arguments=[1, 64, 20])],
         r"call 2: host call 1: recorded was ferrite_v1.arg_read\(1, 64, 20\) at \d+ units, "
         r"ferrite_v1.arg_read\(0, 64, 20\) at \d+ units came"),
        (Host, 3, lambda f: [replace(f, at=f.at + 1)], r"call 2: host call 1: recorded was"),
        (Host, 4, lambda f: [], r"call 2: host call 2: recorded was ferrite_v1.reply_bulk"),
        (Host, 5, lambda f: [], r"call 2: after 2 host calls none was recorded, "
         r"ferrite_v1.reply_bulk\(64, 3\) at \d+ units came"),
        (Host, 5, lambda f: [f, f], r"call 2: recorded was host call 4 ferrite_v1.reply_bulk"),
        (Host, 4, lambda f: [replace(f, effects=[0, 8, b"\3\0\0\0abcd"])],
         r"call 2: host call 2: .* reads other bytes at 8 now: b'key'"),
        (Host, 3, lambda f: [replace(f, effects=[1, 64, b"x"])],
         r"call 2: host call 3: .* reads other bytes at 64 now: b'xne'"),
        (Host, 5, lambda f: [replace(f, results=[1])], r"answers = \[0\] for 3 units now"),
        (Host, 5, lambda f: [replace(f, fuel=2)], r"answers = \[0\] for 3 units now"),
        (Host, 4, lambda f: [replace(f, fuel=f.fuel + 1)], r"call 2: host call 3: recorded was"),
        (End, 1, lambda f: [replace(f, reply=b"+no\r\n")],
         r"call 2: reply: recorded was b'\+no\\r\\n', b'\$3\\r\\ntwo\\r\\n' came"),
        (End, 1, lambda f: [replace(f, fuel=f.fuel + 1)], r"call 2: fuel: recorded was \d+, \d+"),
        (End, 1, lambda f: [replace(f, memory=5)], r"call 2: memory: recorded was 5"),
        (End, 1, lambda f: [replace(f, kind="trap", text="?")], r"call 2: kind: recorded was"),
        (Call, 1, lambda f: [replace(f, fuel=5)],
         r"call 2: recorded was host call 2 ferrite_v1.get.*, the guest has ended before: fuel"),
        (Call, 1, lambda f: [replace(f, export="none")],
         r"call 2: recorded was host call 1 .*, the guest has ended before: limit no exported"),
    ],
)  # fmt: skip
def test_differences_are_told_by_position(
    path: Path, kind: type[Any], number: int, change: Change, message: str
) -> None:
    for verdict in changed(path, kind, number, change):
        assert not verdict.is_identical
        assert verdict.differences
        assert re.search(message, verdict.differences[0]), verdict.differences
        assert verdict.identical == 1, "the call before"
        assert verdict.skipped == 1, "the state behind it is not the recorded one"


def test_after_a_difference_it_goes_on_with_the_next_state(path: Path) -> None:
    items = frames(path)
    state = next(frame for frame in items if isinstance(frame, State))
    at = [index for index, frame in enumerate(items) if isinstance(frame, Call)]
    end = items.index(next(frame for frame in items if isinstance(frame, End)))
    items.insert(at[2], state)
    items[end] = replace(items[end], status=9)
    for verdict in verdicts(rewritten(path, items)):
        assert (verdict.calls, verdict.identical, verdict.skipped) == (2, 1, 1)
        assert verdict.differences == ["call 1: status: recorded was 9, 0 came"]


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        (Header, lambda f: [], "frame 1 is out of place"),
        (Header, lambda f: [f, f], "frame 2 is out of place"),
        (Header, lambda f: [replace(f, module=b"xxxx")], "packed bytes are damaged"),
        (Header, lambda f: [replace(f, module_bytes=3)], "packed bytes are not the 3"),
        (Header, lambda f: [replace(f, cost_model=99)], "counts fuel of cost model 99"),
        (State, lambda f: [replace(f, sizes=[])], "a state's sizes"),
        (State, lambda f: [replace(f, globals=[1])], "the recording's state"),
        (State, lambda f: [replace(f, limits={"fly": 1})], "a limit 'fly' is wrong"),
        (State, lambda f: [replace(f, limits={"memory_pages": 0})], "the recording's state"),
        (Call, lambda f: [f, f], "is out of place"),
        (Host, lambda f: [replace(f, results=[])], "host call 1 has no such result"),
        (Host, lambda f: [replace(f, results=[2**40])], "host call 1 has no such result"),
        (Host, lambda f: [replace(f, effects=[1, 70_000, b"x"])], "has effects elsewhere"),
        (Host, lambda f: [replace(f, effects=[1, b"", b"x"])], "has effects that are none"),
        (Host, lambda f: [replace(f, effects=[0, 8, b"x"])], "is damaged"),
        (Host, lambda f: [replace(f, error="trap", detail="FLY x")], "unknown kind 'FLY'"),
        (End, lambda f: [f, f], "is out of place"),
    ],
)
def test_what_makes_no_sense(path: Path, kind: type[Any], change: Change, message: str) -> None:
    with pytest.raises(RecordError, match=message) as caught:
        changed(path, kind, 0, change)
    assert str(caught.value).count("other.record") == 1


def test_errors_of_the_host_come_again(path: Path) -> None:
    for error, detail, number, kind in [
        ("exit", "", 3, "exit"),
        ("stop", "killed by PLUGIN.KILL", 0, "killed"),
        ("limit", "limit total_bytes: too many", 0, "limit"),
        ("internal", "a bug", 0, "internal"),
        ("fuel", "", 4, "fuel"),
        ("trap", "HOST what", 0, "trap"),
    ]:
        items = frames(path)
        calls = [index for index, frame in enumerate(items) if isinstance(frame, Call)]
        first = items[calls[0] + 1]
        assert isinstance(first, Host)
        end = End(kind, "", 0, b"", [], first.at + first.fuel, 0)
        cut = [*items[: calls[0] + 1], replace(first, error=error, detail=detail, number=number)]
        for verdict in verdicts(rewritten(path, [*cut, end])):
            (difference,) = verdict.differences or []
            assert difference.startswith("call 1: text: recorded was ''")
            assert verdict.calls == 1


def test_a_file_that_ends_within_a_call(path: Path) -> None:
    whole = path.read_bytes()
    target = path.with_name("cut.record")
    seen = set()
    for size in range(len(whole) - 700, len(whole), 7):
        target.write_bytes(whole[:size])
        verdict = replay(RecordingReader(target), Engine.COMPILED)
        assert verdict.is_identical
        assert verdict.reason == "switched off" or verdict.reason.startswith("the file ends with")
        seen.add(verdict.calls)
    assert len(seen) > 1
    target.write_bytes(whole[:16])
    with pytest.raises(RecordError, match="ends before its first frame"):
        replay(RecordingReader(target), Engine.COMPILED)


def test_functions_of_assemblyscript(tmp_path: Path) -> None:
    text = manifest(*COMMANDS, permissions=("system.random",))
    with plugin_bench(with_manifest(assemble(FIELDS), text)) as bench:
        made = record(bench, tmp_path)
        for command in COMMANDS * 2:
            bench.reply(command)
    assert_identical(made, 10)
    kinds = [frame.kind for frame in frames(made, End)]
    assert kinds.count("trap") == 6


def test_system_calls(tmp_path: Path) -> None:
    names = {
        "random_get": "i32 i32", "clock_time_get": "i32 i64 i32", "fd_write": "i32 i32 i32 i32",
        "fd_read": "i32 i32 i32 i32", "environ_sizes_get": "i32 i32",
    }  # fmt: skip
    imports = "".join(
        f'(import "wasi_snapshot_preview1" "{name}" (func ${name} (param {kinds}) (result i32)))'
        for name, kinds in names.items()
    )
    fields = f"""{imports}
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "ferrite_v1" "reply_bulk" (func $reply_bulk (param i32 i32) (result i32)))
        (import "ferrite_v1" "arg_count" (func $arg_count (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\\20\\00\\00\\00\\08\\00\\00\\00") (data (i32.const 32) "a line\\n.")
        (func (export "_initialize")
          (drop (call $random_get (i32.const 200) (i32.const 8))))
        (func (export "T.RUN") (result i32)
          (if (i32.eq (call $arg_count) (i32.const 1)) (then (call $exit (i32.const 5))))
          (if (i32.eq (call $arg_count) (i32.const 2)) (then (unreachable)))
          (drop (call $random_get (i32.const 208) (i32.const 8)))
          (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 216)))
          (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 224)))
          (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 228)))
          (drop (call $environ_sizes_get (i32.const 232) (i32.const 99999999)))
          (call $reply_bulk (i32.const 200) (i32.const 40)))"""
    rights = ("system.random", "system.time")
    binary = with_manifest(assemble(fields), manifest("T.RUN", permissions=rights))
    with plugin_bench(binary) as bench:
        made = record(bench, tmp_path)
        replies = [bench.reply("T.RUN", *words) for words in ([], [], ["x"], [], ["x", "y"], [])]
        assert len({reply for reply in replies if isinstance(reply, bytes)}) == 4
    assert_identical(made, 6)
    assert [end.kind for end in frames(made, End)].count("exit") == 1


def test_a_start_function_of_the_module_runs_again_where_it_ran(tmp_path: Path) -> None:
    fields = """(global $n (mut i32) (i32.const 0))
        (func $begin (global.set $n (i32.add (global.get $n) (call $fuel_left (i32.const 0)))))
        (start $begin)
        (func (export "T.RUN") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1)))
          (if (i32.eq (call $arg_count) (i32.const 1)) (then (unreachable)))
          (call $reply_int (i64.load (i32.const 0))))"""
    binary = with_manifest(module(fields, "fuel_left", "arg_count", "reply_int"), manifest("T.RUN"))
    with plugin_bench(binary) as bench:
        bench.reply("T.RUN")
        made = record(bench, tmp_path)
        for words in ([], ["x"], [], []):
            bench.reply("T.RUN", *words)
    assert_identical(made, 4)
