"""What plugins cost those who do not use them: counted in bytecodes, never timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ferrite.dispatch import serve
from ferrite.plugins.sources import PluginSource
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import guest

REQUESTS = 50


TIMES = 10


def least_bytecodes(run: Callable[[], Any]) -> int:
    """How many bytecodes a function executes when nothing else is to be done meanwhile: no garbage
    to be collected, no call that was slow to be noted."""
    return min(_bytecodes(run) for _ in range(TIMES))


def _bytecodes(run: Callable[[], Any]) -> int:
    counted = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode":
            counted[0] += 1
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(outer)
    return counted[0]


def per_burst(bench: PluginBench) -> int:
    name = b"GET"
    replies: list[Any] = []
    requests = [[name, b"k"] for _ in range(REQUESTS)]
    serve(bench.call, requests, replies, 1 << 20)
    count = least_bytecodes(lambda: serve(bench.call, requests, replies, 1 << 20))
    assert replies == [b"v"] * REQUESTS * (1 + TIMES)
    return count


def test_a_get_costs_the_same_with_100_plugins_as_with_none() -> None:
    with plugin_bench() as bench:
        bench.keyspace.set(b"k", b"v")
        bench.state.judge(bench.call.session)
        alone = per_burst(bench)
        for number in range(100):
            binary = guest("(i32.const 0)", name=f"T.N{number}")
            source = PluginSource(data=binary)
            bench.loop.run_until_complete(bench.manager.load(f"p{number}", source))
        assert bench.reply("T.N7") == "OK"
        assert per_burst(bench) == alone
