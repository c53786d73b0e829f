"""Who is asked, in which order, and when a failing hook rests."""

from __future__ import annotations

from ferrite.hooks import Event
from ferrite.plugins.hooks import Breaker
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import manifest, module, with_manifest

CODE = """(func (export "on_key_write") (result i32) (i32.const 0))
    (func (export "before_command") (result i32) (i32.const 0))"""


def hooked(*hooks: str) -> bytes:
    return with_manifest(module(CODE), manifest(extra="\n".join(hooks)))


def hook(event: str, filter: str = "", priority: int = 0) -> str:
    return f'[[hooks]]\nevent = "{event}"\nfilter = "{filter}"\npriority = {priority}'


def test_order_and_filters() -> None:
    with plugin_bench() as bench:
        bench.load(hooked(hook("OnKeyWrite", "a*", 5), hook("OnKeyWrite", "ab*", -5)), "one")
        bench.load(hooked(hook("OnKeyWrite"), hook("BeforeCommand", "@hash")), "two")
        tables = bench.manager.hooks.tables

        def names(key: bytes) -> list[tuple[str, int]]:
            hooks = tables.of_key(Event.ON_KEY_WRITE, key)
            return [(each.plugin.name, each.table.priority) for each in hooks]

        assert names(b"abc") == [("one", -5), ("two", 0), ("one", 5)]
        assert names(b"x") == [("two", 0)]
        registry = bench.state.registry
        for command, asked in (("hset", True), ("get", False)):
            found = registry.get(command)
            assert found is not None
            assert bool(tables.of_command(Event.BEFORE_COMMAND, found)) == asked
        bench.manager.enable("two", False)
        assert names(b"x") == []
        bench.loop.run_until_complete(bench.manager.unload("one"))
        assert names(b"abc") == []


def test_a_breaker_rests_longer_each_time() -> None:
    now = [0]
    breaker = Breaker(lambda: now[0])
    rests = []
    for _ in range(9):
        while not breaker.resting:
            breaker.failed(5)
        rests.append(breaker.rest_until - now[0])
        now[0] = breaker.rest_until
        assert not breaker.resting
    assert rests == [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]
    breaker.succeeded()
    for _ in range(4):
        breaker.failed(5)
    assert not breaker.resting
    breaker.failed(5)
    assert breaker.rest_until == now[0] + 1000
