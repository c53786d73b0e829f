"""env.abort, env.seed, env.trace."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.program import LoadError
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import data, manifest, with_manifest
from tests.support.wat import assemble

MESSAGE, FILE = 20, 60


def string(address: int, text: str) -> str:
    """A string of AssemblyScript: its length in bytes before it."""
    encoded = text.encode("utf-16-le")
    escaped = "".join(f"\\{byte:02x}" for byte in len(encoded).to_bytes(4, "little") + encoded)
    return data(address - 4, escaped)


STRINGS = string(MESSAGE, "oh no \u00e9") + string(FILE, "a.ts")
FIELDS = f"""(import "env" "abort" (func $abort (param i32 i32 i32 i32)))
    (import "env" "seed" (func $seed (result f64)))
    (import "env" "trace" (func $trace (param i32 i32 f64 f64 f64 f64 f64)))
    (import "ferrite_v1" "reply_double" (func $reply_double (param f64) (result i32)))
    (memory (export "memory") 1)
    {STRINGS}
    (func (export "T.ABORT") (result i32)
        (call $abort (i32.const {MESSAGE}) (i32.const {FILE}) (i32.const 3) (i32.const 7))
        (i32.const 0))
    (func (export "T.NULL") (result i32)
        (call $abort (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2)) (i32.const 0))
    (func (export "T.FAR") (result i32)
        (call $abort (i32.const 70000) (i32.const 0) (i32.const 1) (i32.const 2)) (i32.const 0))
    (func (export "T.SEED") (result i32) (call $reply_double (call $seed)))
    (func (export "T.TRACE") (result i32)
        (call $trace (i32.const {FILE}) (i32.const 2) (f64.const 1.5) (f64.const 2)
            (f64.const 0) (f64.const 0) (f64.const 0))
        (i32.const 0))"""
COMMANDS = ("T.ABORT", "T.NULL", "T.FAR", "T.SEED", "T.TRACE")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("T.ABORT", "trap: host function failed: abort: oh no \u00e9 at a.ts:3:7"),
        ("T.NULL", "trap: host function failed: abort:  at :1:2"),
        ("T.FAR", "trap: out of bounds memory access"),
    ],
)
def test_abort_is_a_trap_with_the_decoded_message(command: str, message: str) -> None:
    with plugin_bench(with_manifest(assemble(FIELDS), manifest(*COMMANDS))) as bench:
        answer = bench.reply(command)
        assert isinstance(answer, CommandError)
        assert answer.text.startswith(f"ERR plugin 't': {message}")


def test_a_start_function_may_abort() -> None:
    fields = f"""(import "env" "abort" (func $abort (param i32 i32 i32 i32)))
        (memory (export "memory") 1)
        {STRINGS}
        (func $start (call $abort (i32.const {MESSAGE}) (i32.const 0) (i32.const 0) (i32.const 0)))
        (start $start)
        (func (export "T.RUN") (result i32) (i32.const 0))"""
    with plugin_bench() as bench, pytest.raises(LoadError, match=r"while starting: .* oh no"):
        bench.load(with_manifest(assemble(fields), manifest("T.RUN")))


def test_trace_writes_to_the_log() -> None:
    with plugin_bench(with_manifest(assemble(FIELDS), manifest(*COMMANDS))) as bench:
        assert bench.reply("T.TRACE") == OK
        assert bench.reply("PLUGIN.LOG", "t") == [b"INFO a.ts 1.5, 2"]


def test_seed_is_random_only_where_that_is_granted() -> None:
    seeds = []
    for permissions in ((), (), ("system.random",), ("system.random",)):
        text = manifest(*COMMANDS, permissions=permissions)
        with plugin_bench(with_manifest(assemble(FIELDS), text)) as bench:
            seeds.append(bench.reply("T.SEED"))
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3
