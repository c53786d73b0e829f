"""What the store is told of the plugins."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ferrite.config import Config
from ferrite.plugins.sources import PluginSource
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import guest

RUN = guest("(i32.const 0)")


def keeping(tmp_path: Path) -> Config:
    config = Config()
    config.plugins.store_dir = str(tmp_path / "store")
    return config


def load(bench: PluginBench, kept: bool) -> None:
    source = PluginSource(data=RUN)
    bench.loop.run_until_complete(bench.manager.load("t", source, kept=kept))


def test_only_what_clients_have_loaded_is_loaded_again(tmp_path: Path) -> None:
    config = keeping(tmp_path)
    with plugin_bench(config=config) as bench:
        load(bench, kept=False)
        assert bench.manager.keeper.store.load() == []
        bench.manager.limit("t", {"fuel": 9})
        assert [each.load for each in bench.manager.keeper.store.load()] == [False]
    with plugin_bench(config=config) as bench:
        assert bench.manager.keeper.recall() == []
        load(bench, kept=False)
        assert bench.manager.get("t").overrides.fuel == 9, "its limits are kept all the same"


def test_a_disabled_plugin_stays_so(tmp_path: Path) -> None:
    config = keeping(tmp_path)
    with plugin_bench(config=config) as bench:
        load(bench, kept=True)
        bench.manager.enable("t", False)
    with plugin_bench(config=config) as bench:
        (kept,) = bench.manager.keeper.recall()
        plugin = bench.loop.run_until_complete(bench.manager.restore(kept))
        assert not plugin.enabled
        assert plugin.kept


def test_without_a_store_a_warning_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with plugin_bench() as bench, caplog.at_level(logging.WARNING):
        load(bench, kept=True)
    assert "plugin 't' is not kept for the next start" in caplog.text


def test_a_store_that_cannot_be_written_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    config = Config()
    config.plugins.store_dir = str(tmp_path / "file" / "below")
    with plugin_bench(config=config) as bench, caplog.at_level(logging.ERROR):
        load(bench, kept=True)
        assert bench.manager.get("t").enabled
    assert "plugin 't' is not kept for the next start" in caplog.text
