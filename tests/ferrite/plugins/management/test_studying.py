"""AUDIT, ERRORS and PROFILE without a socket; tests/plugins/test_study.py has the rest."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from tests.support.plugin_bench import plugin_bench
from tests.support.plugin_guests import guest


@pytest.mark.parametrize("command", ["AUDIT", "ERRORS"])
def test_limits(command: str) -> None:
    with plugin_bench(guest("(i32.const 1)")) as bench:
        for _ in range(12):
            bench.reply("T.RUN")
        name = f"PLUGIN.{command}"
        expected = 10 if command == "ERRORS" else 0
        found = bench.reply(name, "t")
        assert isinstance(found, list)
        assert len(found) == expected
        for words in (["LIMIT"], ["LIMIT", "x"], ["LIMIT", "0"], ["5"]):
            assert isinstance(bench.reply(name, "t", *words), CommandError)
