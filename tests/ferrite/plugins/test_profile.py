"""Counts survive the instances they were made with; tests/plugins/test_study.py has the rest."""

from __future__ import annotations

from tests.ferrite.plugins.test_guest import counter
from tests.support.plugin_bench import plugin_bench


def test_counts_survive_a_trap() -> None:
    with plugin_bench(counter()) as bench:
        guest = bench.manager.get("t").guest
        guest.count(True)
        assert bench.reply("T.COUNT") == 1
        bench.reply("T.TRAP")
        assert bench.reply("T.COUNT") == 1
        assert guest.profile is not None
        calls = sorted(row[1] for row in guest.profile.table())
        assert calls == [1, 2]
        assert guest.profile.table() == guest.profile.table(), "looking changes nothing"
        guest.count(False)
        assert guest.profile is None
