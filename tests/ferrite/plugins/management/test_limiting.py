"""PLUGIN.LIMITS: what it takes, what it refuses."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.protocol.replies import OK
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest

RUN = guest("(i32.const 0)")


def test_limits_are_set_and_shown() -> None:
    with plugin_bench(RUN) as bench:
        words = ["MEMORY", "64MB", "CPU", "500ms", "TIMEOUT", "90", "HANDLES", "3"]
        assert bench.reply("PLUGIN.LIMITS", "t", *words) == OK
        found = bench.reply("PLUGIN.LIMITS", "t")
        assert isinstance(found, dict)
        assert found[b"memory"] == 64 << 20
        assert found[b"cpu_ms"] == 500
        assert found[b"fuel"] == 500 * 20_000
        assert (found[b"timeout_ms"], found[b"handles"]) == (90, 3)


@pytest.mark.parametrize(
    "words",
    [
        "FUEL 0",
        "FUEL -1",
        "FUEL x",
        "CPU 5s",
        "MEMORY 1",
        "MEMORY lots",
        "HANDLES ²",
        "FUEL",
        "X 1",
    ],
)
def test_mistakes(words: str) -> None:
    with plugin_bench(RUN) as bench:
        reply = bench.reply("PLUGIN.LIMITS", "t", *words.split())
        assert isinstance(reply, CommandError)
        assert reply.text.startswith("ERR ")
        assert "internal" not in reply.text


def test_only_who_may_change_sets_them() -> None:
    with plugin_bench(RUN) as bench:
        bench.config.plugins.enable_plugin_command = "no"
        assert isinstance(bench.reply("PLUGIN.LIMITS", "t"), dict)
        assert isinstance(bench.reply("PLUGIN.LIMITS", "t", "FUEL", "5"), CommandError)
