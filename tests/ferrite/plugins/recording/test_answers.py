"""The host of a replay: what hooks say; test_replayer.py has the rest."""

from __future__ import annotations

from pathlib import Path

from ferrite.plugins.recording.answers import BUILT
from ferrite.plugins.recording.frames import Call, End
from tests.ferrite.plugins.recording.test_recorder import record
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, manifest, module, with_manifest
from tests.support.recordings import assert_identical, frames


def test_every_function_that_builds_a_reply_runs() -> None:
    assert {"ferrite_v1.reply_map", "ferrite_v1.reply_bulk"} <= set(BUILT)
    assert "ferrite_v1.get" not in BUILT


def test_what_hooks_say(tmp_path: Path) -> None:
    extra = '[[hooks]]\nevent = "OnKeyWrite"\n'
    fields = (
        data(8, "new value")
        + """
        (func (export "on_key_write") (result i32)
          (if (i32.gt_u (call $hook_value (i32.const 64) (i32.const 9)) (i32.const 5))
            (then (return (call $hook_abort (i32.const 8) (i32.const 3)))))
          (call $hook_replace (i32.const 8) (i32.const 9)))"""
    )
    binary = with_manifest(
        module(fields, "hook_abort", "hook_replace", "hook_value"), manifest(extra=extra)
    )
    with plugin_bench(binary) as bench:
        made = record(bench, tmp_path)
        bench.reply("SET", "k", "short")
        assert bench.keyspace.string(b"k") == b"new value"
        bench.reply("SET", "k", "longer than that")
        bench.reply("DEL", "k")
    (replaced, refused) = frames(made, End)
    assert replaced.said == [b"_\r\n", b"$9\r\nnew value\r\n"]
    assert refused.said == [b"$3\r\nnew\r\n", b"_\r\n"]
    assert [call.origin for call in frames(made, Call)] == ["OnKeyWrite"] * 2
    assert_identical(made, 2)
