"""What holds for every sample plugin: its files, its module, its figures, and what it leaves."""

from __future__ import annotations

import gc
import os

import pytest

from ferrite.plugins.toolchains import build_binary
from tests.support import sample_document
from tests.support.held import blocks_held, held
from tests.support.plugin_bench import PluginBench
from tests.support.require import ROOT
from tests.support.sample_calls import SCRIPTS, requests, sample_bench
from tests.support.samples import FOLDER, sample_file, sample_manifest

CALLS = 100_000 if os.environ.get("FERRITE_SOAK") else 10_000
CALLS_BEFORE = 1_000
IN_C = sorted(path.name for path in FOLDER.iterdir() if any(path.glob("*.c")))


def test_every_sample_has_a_script() -> None:
    assert sorted(SCRIPTS) == sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("name", SCRIPTS)
def test_its_files(name: str) -> None:
    folder = FOLDER / name
    readme = (folder / "README.md").read_text()
    assert readme.startswith(f"# {name}\n\n")
    manifest = sample_manifest(name)
    assert manifest.package.name == name
    assert manifest.package.description
    for command in manifest.commands:
        assert command.name in readme, "every command is explained"
        assert command.description
        assert command.flags
        asked = [line for line in SCRIPTS[name].calls if line.split()[0] == command.name]
        assert asked, f"{command.name} is in no script"
    for hook in manifest.hooks:
        assert hook.event in readme


@pytest.mark.parametrize("name", sorted(set(IN_C) - {"hello"}))
def test_the_committed_module_is_what_its_source_gives(name: str) -> None:
    built = build_binary(FOLDER / name)
    assert sample_file(name).read_bytes() == built, f"run `ferrite plugin build plugins/{name}`"


def test_the_document_is_that_of_the_samples() -> None:
    assert (ROOT / "docs" / "samples.md").read_text() == sample_document.page(), "run `make docs`"


def call(bench: PluginBench, lines: list[list[str]], count: int) -> None:
    for number in range(count):
        bench.reply(*lines[number % len(lines)])


@pytest.mark.parametrize("name", SCRIPTS)
def test_calls_leave_nothing(name: str) -> None:
    """Its memory, its handles and the server's own are after all calls what they were after the
    first thousand."""
    lines = requests(name)
    with sample_bench(name) as (bench, plugin):
        call(bench, lines, CALLS_BEFORE - CALLS_BEFORE % len(lines))
        gc.collect()
        before, blocks = held(bench, plugin), blocks_held(plugin)
        call(bench, lines, CALLS - CALLS % len(lines))
        gc.collect()
        assert held(bench, plugin) == before
        # What is kept of calls is bounded (audit, log): of 10^4 calls it may still fill up.
        assert blocks_held(plugin) - blocks < 2_000
