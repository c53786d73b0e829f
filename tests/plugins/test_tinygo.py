"""What TinyGo emits: `_start` that ends by proc_exit or returns, then exports that are called.

A function with an `//export` comment is exported as it is, with parameters the host cannot give;
the generated file exports it under another spelling of its name.
"""

from __future__ import annotations

import pytest

from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import imports, manifest, with_manifest
from tests.support.wat import assemble

MODULE = """(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    {imports}
    (memory (export "memory") 2)
    (global $started (mut i64) (i64.const 0))
    (func (export "_start")
        (global.set $started (i64.add (global.get $started) (i64.const 1)))
        {end})
    (func (export "malloc") (param i32) (result i32) (i32.const 0))
    (func (export "hello_world") (param i32 i32 i32 i32 i32) (unreachable))
    (func (export "HELLO.WORLD") (result i32) (call $reply_int (global.get $started)))"""


@pytest.mark.parametrize("end", ["(call $exit (i32.const 0))", ""])
def test_start_then_exports(end: str) -> None:
    text = MODULE.format(imports=imports("reply_int"), end=end)
    binary = with_manifest(assemble(text), manifest("HELLO.WORLD"))
    with plugin_bench(binary) as bench:
        assert [bench.reply("HELLO.WORLD") for _ in range(3)] == [1, 1, 1], "it has started once"
