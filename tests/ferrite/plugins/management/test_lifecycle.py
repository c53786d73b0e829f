"""Commands that change plugins, without a socket; tests/plugins/test_lifecycle.py has the rest."""

from __future__ import annotations

import base64

from ferrite.errors import CommandError
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest

RUN = guest("(i32.const 0)")


def test_what_is_missing_is_named() -> None:
    with plugin_bench() as bench:
        for command in ("RELOAD", "ROLLBACK", "ENABLE", "DISABLE", "UNLOAD", "KILL"):
            reply = bench.reply(f"PLUGIN.{command}", "x")
            assert isinstance(reply, CommandError)
            assert reply.text == "ERR plugin 'x': no such plugin is loaded", command


def test_both_spellings() -> None:
    with plugin_bench(RUN) as bench:
        assert bench.reply("PLUGIN", "DISABLE", "t") == OK
        assert bench.reply("plugin.enable", "t") == OK
        data = base64.b64encode(RUN)
        assert bench.reply("PLUGIN", "RELOAD", "t", "BASE64", data) == OK
        assert bench.reply("PLUGIN", "ROLLBACK", "t") == OK
        assert isinstance(bench.reply("PLUGIN.RELOAD", "t", "f", "DRYRUN"), CommandError)
