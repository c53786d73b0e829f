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
        (module,) = told.modules()
        assert isinstance(module, dict)
        assert module[b"ver"] == 10203
