"""Names of types; tests/plugins/test_data_types.py has the values."""

from __future__ import annotations

import pytest

from ferrite.plugins.program import LoadError
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest


def typed(name: str, encoding: str = "") -> bytes:
    extra = f'[[data_types]]\nname = "{name}"\nencoding = "{encoding}"\n'
    return guest("(i32.const 0)", name=f"{name}.RUN", extra=extra)


def test_names_belong_to_one_plugin_at_a_time() -> None:
    with plugin_bench() as bench:
        bench.load(typed("A", "plain"), "one")
        types = bench.manager.types
        assert types.encoding("A") == "plain"
        assert types.encoding("B") is None
        with pytest.raises(LoadError, match="data type A is one of plugin 'one'"):
            bench.load(typed("A").replace(b"A.RUN", b"C.RUN"), "two")
        bench.loop.run_until_complete(bench.manager.unload("one"))
        assert types.encoding("A") is None
        bench.load(typed("A"), "two")
        assert types.encoding("A") == "a"


@pytest.mark.parametrize("name", ["string", "STRING", "zset", "none"])
def test_the_servers_own_are_reserved(name: str) -> None:
    with plugin_bench() as bench, pytest.raises(LoadError, match="one of the server's own"):
        bench.load(typed(name), "t")
