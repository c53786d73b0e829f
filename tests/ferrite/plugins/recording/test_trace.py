"""What a trace says."""

from __future__ import annotations

from pathlib import Path

from ferrite.plugins.recording.file import RecordingReader
from ferrite.plugins.recording.frames import End
from ferrite.plugins.recording.replayer import replay
from ferrite.plugins.recording.trace import Trace
from tests.ferrite.plugins.recording.test_recorder import record
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, guest
from tests.support.recordings import frames
from wasm_vm import Engine

BODY = """(drop (call $deep (i32.const 2)))
    (drop (call $get (i32.const 8) (i32.const 3) (i32.const 100) (i32.const 400)))
    (drop (call $set (i32.const 8) (i32.const 3) (i32.const 100) (i32.const 2)))
    (if (i32.eq (call $arg_count) (i32.const 1)) (then (unreachable)))
    (call $reply_int (i64.const 3)))
    (func $deep (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
      (call $deep (i32.sub (local.get 0) (i32.const 1)))"""


def traced(path: Path, only: int | None = None) -> list[str]:
    lines: list[str] = []
    verdict = replay(RecordingReader(path), Engine.REFERENCE, Trace(lines.append, only))
    assert verdict.is_identical
    return lines


def test_a_trace(tmp_path: Path) -> None:
    names = ("get", "set", "arg_count", "reply_int")
    code = guest(BODY + ")" + data(8, "a\\1bz") + "(func (result i32) (i32.const 0)", *names)
    with plugin_bench(code) as bench:
        bench.keyspace.set(b"a\x1bz", b"v" * 60)
        path = record(bench, tmp_path)
        bench.reply("T.RUN")
        bench.reply("T.RUN", "x")
        bench.keyspace.delete(b"a\x1bz")
        bench.reply("T.RUN")
    lines = traced(path)
    (whole, trapped, last) = frames(path, End)[0], frames(path, End)[1], frames(path, End)[-1]
    first = lines[: lines.index(next(line for line in lines if line.startswith("call 2")))]
    assert first[0] == "call 1: T.RUN for default (T.RUN, at most 20000000 units)"
    depths = [line.index("$deep") for line in first if "$deep" in line]
    assert len(depths) == 3
    assert depths == sorted(set(depths)), "deeper and deeper"
    used = [int(line.split()[0]) for line in first[1:]]
    assert used == sorted(used)
    assert used[0] == 0
    assert used[-1] == whole.fuel
    (got,) = [line for line in first if "ferrite_v1.get" in line]
    assert "ferrite_v1.get(8, 3, 100, 400) = 60" in got
    assert "\x1b" not in got, "a terminal is not spoken to"
    assert f'writes "{"v" * 48}"... (60 bytes) at 100' in got
    assert got.endswith("+63")
    assert first[-1].split()[1:] == ["return", '":3'] or "return" in first[-1]
    second = lines[len(first) :]
    assert second[0].startswith('call 2: T.RUN "x" for default')
    assert any(f"{trapped.fuel}  trap: unreachable" in line for line in second)
    assert any(line.startswith("start, at most 50000000 units") for line in second)
    assert any("ferrite_v1.get(8, 3, 100, 400) = -1" in line for line in second)
    assert f"{last.fuel}  return" in lines[-1]


def test_one_call_alone(tmp_path: Path) -> None:
    with plugin_bench(guest("(call $reply_int (i64.const 3))", "reply_int")) as bench:
        path = record(bench, tmp_path)
        for word in ("a", "b", "c"):
            bench.reply("T.RUN", word)
    lines = traced(path, 2)
    assert lines[0].startswith('call 2: T.RUN "b"')
    assert not [line for line in lines if line.startswith("call ") and "call 2" not in line]
