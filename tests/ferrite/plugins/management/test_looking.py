"""Commands that tell, without a socket; tests/plugins/test_rights.py has the rest."""

from __future__ import annotations

from ferrite.errors import CommandError
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest

RUN = guest("(i32.const 0)")


def test_the_first_eight_fields_of_info() -> None:
    with plugin_bench(RUN) as bench:
        info = bench.reply("PLUGIN.INFO", "t")
        assert isinstance(info, dict)
        names = "name version state commands hooks loaded_at executions errors"
        assert list(info)[:8] == names.encode().split()


def test_failed_plugins_are_listed() -> None:
    with plugin_bench(RUN) as bench:
        bench.manager.failures["f"] = "a reason"
        listed = bench.reply("PLUGIN.LIST")
        assert isinstance(listed, list)
        assert [(each[b"name"], each[b"state"]) for each in listed] == [
            (b"t", b"active"),
            (b"f", b"failed"),
        ]
        reply = bench.reply("PLUGIN.INFO", "f")
        assert isinstance(reply, CommandError)
        assert reply.text == "ERR plugin 'f': failed: a reason"


def test_inspecting_another_file_needs_the_right_to_change() -> None:
    with plugin_bench(RUN) as bench:
        bench.config.plugins.enable_plugin_command = "no"
        assert not isinstance(bench.reply("PLUGIN.INSPECT", "t"), CommandError)
        assert isinstance(bench.reply("PLUGIN.INSPECT", "t", "/x.wasm"), CommandError)
