"""Who wants which key; tests/plugins/test_routes.py has what is done with it."""

from __future__ import annotations

from ferrite.commands import standard_registry
from ferrite.plugins import routes
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import manifest, module, with_manifest

CODE = '(func (export "x_in") (result i32) (i32.const 0)) (func (export "x_out"))'


def test_patterns_and_interception() -> None:
    extra = '[[transformers]]\nname = "x"\nkeys = ["a*", "b*", "!ab*"]\n'
    with plugin_bench(with_manifest(module(CODE), manifest(extra=extra))) as bench:
        (transformer,) = bench.manager.hooks.routes.transformers
        wanted = [key for key in (b"a", b"abc", b"b", b"c") if transformer.wants(key)]
        assert wanted == [b"a", b"b"]
        assert bench.state.hooks is bench.manager.hooks
        bench.loop.run_until_complete(bench.manager.unload("t"))
        assert bench.state.hooks is None


def test_every_command_named_in_the_tables_exists() -> None:
    registry = standard_registry()
    names = {*routes._VALUES_IN, *routes._VALUES_OUT, *routes._NO_VALUES}
    names |= {*routes._ONE_KEY, *routes._BY_KEY}
    assert not {name for name in names if registry.get(name) is None}
