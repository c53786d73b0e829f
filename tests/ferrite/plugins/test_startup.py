"""What is there from the start, and what stops a start."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from ferrite.config import Config
from ferrite.errors import StartError
from ferrite.plugins.startup import load_all
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.plugin_guests import guest, manifest, module


def start(bench: PluginBench) -> list[str]:
    bench.loop.run_until_complete(load_all(bench.manager, bench.config))
    return [plugin.name for plugin in bench.manager]


def folder(tmp_path: Path, *modules: str) -> Config:
    plugin = tmp_path / "one"
    plugin.mkdir()
    (plugin / "plugin.toml").write_text(manifest("T.RUN"))
    for name in modules:
        (plugin / name).write_bytes(module('(func (export "T.RUN") (result i32) (i32.const 0))'))
    config = Config()
    config.plugins.plugin_dir = str(tmp_path)
    return config


@pytest.mark.parametrize(
    ("modules", "failure"),
    [
        (["one.wasm"], None),
        (["other.wasm"], None),
        (["one.wasm", "other.wasm"], None),
        ([], "has no .wasm file"),
        (["a.wasm", "b.wasm"], "has several .wasm files, but no one.wasm"),
    ],
)
def test_the_module_of_a_folder(tmp_path: Path, modules: list[str], failure: str | None) -> None:
    with plugin_bench(config=folder(tmp_path, *modules)) as bench:
        assert start(bench) == ([] if failure else ["one"])
        reason = bench.manager.failures.get("one")
        assert (reason is None) if failure is None else (reason is not None and failure in reason)


def test_a_missing_folder_only_warns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = Config()
    config.plugins.plugin_dir = str(tmp_path / "none")
    with plugin_bench(config=config) as bench, caplog.at_level(logging.WARNING):
        assert start(bench) == []
    assert "there is no such folder" in caplog.text


def test_a_bad_manifest_is_a_failure_of_its_plugin_alone(tmp_path: Path) -> None:
    config = folder(tmp_path, "one.wasm")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "plugin.toml").write_text("x = ")
    (tmp_path / "bad" / "bad.wasm").write_bytes(guest("(i32.const 0)"))
    with plugin_bench(config=config) as bench:
        assert start(bench) == ["one"]
        assert "plugin.toml" in bench.manager.failures["bad"]


def test_what_the_command_line_names_has_to_load() -> None:
    config = Config()
    config.plugin_files = ("/none.wasm",)
    with plugin_bench(config=config) as bench, pytest.raises(StartError, match="--plugin /none"):
        start(bench)
    assert not asyncio.all_tasks(bench.loop)
