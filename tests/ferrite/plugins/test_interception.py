"""When commands are intercepted at all; tests/plugins/test_hooks.py has what happens then."""

from __future__ import annotations

from tests.ferrite.plugins.test_hooks import hook, hooked
from tests.support.plugin_bench import plugin_bench


def test_it_is_there_exactly_as_long_as_somebody_wants_it() -> None:
    with plugin_bench() as bench:
        state = bench.state
        assert state.hooks is None
        bench.load(hooked(), "plain")
        assert state.hooks is None
        for event in ("OnKeyWrite", "BeforeCommand"):
            bench.load(hooked(hook(event)), "h")
            assert state.hooks is bench.manager.hooks
            assert not bench.call.session.plain
            bench.loop.run_until_complete(bench.manager.unload("h"))
            assert state.hooks is None
            assert bench.keyspace.unwatched, "and nobody listens any more"


def test_reading_commands_are_left_alone_by_hooks_of_writes() -> None:
    with plugin_bench(hooked(hook("OnKeyWrite"))) as bench:
        bench.reply("GET", "a")
        assert bench.manager.get("t").executions == 0
        bench.reply("SET", "a", "1")
        assert bench.manager.get("t").executions == 1


def test_blocking_commands_block_though_they_are_hooked() -> None:
    with plugin_bench(hooked(hook("BeforeCommand"))) as bench:
        pending = bench.begin("BLPOP", "q", "0")
        assert not bench.reply("GET", "none", call=bench.client())
        assert bench.reply("RPUSH", "q", "x", call=bench.client()) == 1
        assert bench.wait(pending) == [b"q", b"x"]
