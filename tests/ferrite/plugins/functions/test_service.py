from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.functions.service import Functions, shape_of
from ferrite.plugins.program import LoadError
from tests.support.functions import function
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import guest


def functions(bench: PluginBench) -> Functions:
    return Functions(bench.state, bench.manager)


def test_functions_are_those_plugins_that_have_a_shape() -> None:
    with plugin_bench(guest("(i32.const 0)")) as bench:
        found = functions(bench)
        assert list(found) == []
        bench.reply("WASM.LOAD", "f", function("(result i32)", "(i32.const 1)"))
        (plugin,) = found
        assert plugin is found.get("f")
        assert plugin.title == "function 'f'"
        assert shape_of(plugin).export == "f"
        for name in ("t", "g"):
            with pytest.raises(LoadError, match="no such function is loaded"):
                found.get(name)
        with pytest.raises(CommandError):
            shape_of(bench.manager.get("t"))


def test_one_that_failed_at_the_start_says_why() -> None:
    with plugin_bench() as bench:
        bench.manager.failures["f"] = "its bytes have changed"
        message = "ERR function 'f': failed: its bytes have changed"
        assert str(bench.reply("WASM.CALL", "f")) == message
        assert bench.reply("WASM.LOAD", "f", function("(result i32)", "(i32.const 1)")) == "OK"
        assert bench.reply("WASM.CALL", "f") == 1
        bench.manager.failures["g"] = "gone"
        assert bench.reply("WASM.UNLOAD", "g") == "OK"
        assert bench.manager.failures == {}


def test_fuel_is_counted_from_loading_on() -> None:
    binary = function("(result i32)", "(i32.const 1)")
    with plugin_bench() as bench:
        assert bench.reply("WASM.LOAD", "f", binary) == "OK"
        for _ in range(3):
            assert bench.reply("WASM.CALL", "f") == 1
        assert bench.reply("WASM.STATS", "f")[b"fuel"] == 6  # type: ignore[index,call-overload]
        bench.reply("WASM.UNLOAD", "f")
        bench.reply("WASM.LOAD", "f", binary)
        assert bench.reply("WASM.STATS", "f")[b"fuel"] == 0  # type: ignore[index,call-overload]


def test_limits_of_the_old_version_come_back_when_the_new_one_fails() -> None:
    with plugin_bench() as bench:
        bench.reply("WASM.LOAD", "f", function("(result i32)", "(i32.const 1)"), "MAX_FUEL", "9")
        large = function("", "", fields='(memory (export "m") 100)')
        reply = bench.reply("WASM.LOAD", "f", large, "REPLACE", "MAX_MEMORY", "1MB")
        assert isinstance(reply, CommandError)
        overrides = bench.manager.get("f").overrides
        assert (overrides.fuel, overrides.memory_bytes) == (9, None)
