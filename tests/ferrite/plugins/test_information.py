"""INFO plugins, without a socket; tests/plugins/test_study.py has the rest."""

from __future__ import annotations

from ferrite.commands.information import information
from ferrite.plugins.information import Information
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest


def test_without_plugins_the_section_is_empty() -> None:
    with plugin_bench() as bench:
        assert information(bench.state, ["plugins"]) == b"# Plugins\r\n"


def test_totals_and_lines() -> None:
    with plugin_bench(guest("(i32.const 0)")) as bench:
        bench.reply("T.RUN")
        told = Information(bench.manager)
        fields = told.information()
        assert fields["plugins_executions"] == 1
        assert str(fields["plugin_t"]).startswith("version=1.2.3,state=active,executions=1")
        usage = told.usages()["t"]
        assert (usage.executions, usage.errors, usage.memory_bytes) == (1, 0, 65536)
        assert usage.fuel == bench.manager.calls.ledger.plugins["t"] > 0
        (module,) = told.modules()
        assert isinstance(module, dict)
        assert module[b"ver"] == 10203


def test_what_an_unloaded_plugin_has_done_stays_in_the_totals() -> None:
    with plugin_bench(guest("unreachable")) as bench:
        bench.reply("T.RUN")
        told = Information(bench.manager)
        before = dict(told.information())
        assert (before["plugins_errors"], before["plugins_errors_trap"]) == (1, 1)
        bench.reply("PLUGIN.UNLOAD", "t")
        after = told.information()
        assert after["plugins_loaded"] == 0
        for name in ("executions", "errors", "errors_trap", "host_calls", "fuel"):
            assert after[f"plugins_{name}"] == before[f"plugins_{name}"], name
