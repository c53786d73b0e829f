"""Every sample plugin with random arguments, recorded: each call comes to the same reply and fuel.

A tenth of the calls by default; with FERRITE_SOAK=1 all 500.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.manifest import Manifest
from ferrite.plugins.recording.frames import End
from tests.support.plugin_bench import PluginBench, plugin_bench
from tests.support.recordings import assert_identical, elsewhere, frames
from tests.support.samples import FOLDER, sample_manifest

CALLS = 500 if os.environ.get("FERRITE_SOAK") else 50
REQUESTS_MOST = 20
"""Requests for each call that is wanted: not every one reaches the plugin."""
STARVED_EVERY = CALLS // 3
"""Not often: what comes after it is a new start, which takes long in some languages."""
SAMPLES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
KEYS = [b"a", b"b", b"counter", b"user:1", b"user:2", b"session:x", b"json:doc", b"cache:1"]
WORDS = [b"", b"0", b"1", b"-1", b"7", b"100", b"3.5", b"nan", b"text", b"some longer text here"]
WORDS += [b'{"a": [1, 2, {"b": null}]}', b"$.a", b".", b"*", b"\x00\xff\r\n", b"x" * 300]
ORDINARY = [(b"SET", 2), (b"GET", 1), (b"DEL", 1), (b"INCR", 1), (b"EXISTS", 1), (b"APPEND", 2)]


def module(folder: Path) -> Path | None:
    """The built module of a sample."""
    found = sorted(folder.glob("*.wasm"))
    return found[0] if found else None


def load(bench: PluginBench, folder: Path) -> None:
    """Load a sample after those it needs."""
    for dependency in sample_manifest(folder.name).dependencies:
        other = FOLDER / dependency.name
        if other.is_dir() and not any(plugin.name == other.name for plugin in bench.manager):
            load(bench, other)
    path = module(folder)
    assert bench.reply("PLUGIN.LOAD", folder.name, str(path)) == "OK"


def requests(plugin: Manifest, random: Random) -> Iterator[list[bytes]]:
    """Commands of the plugin with random arguments, and ordinary ones for its hooks."""
    reached = keys(plugin)
    while True:
        if plugin.commands and random.random() < 0.8:
            table = random.choice(plugin.commands)
            most = table.count_max or table.count_min + 3
            count = random.randint(table.count_min, most) - 1
            name = table.name.encode()
        else:
            name, count = random.choice(ORDINARY)
        words = [random.choice(WORDS) for _ in range(count)]
        if words:
            words[0] = random.choice([*reached, words[0]])
        yield [name, *words]


def keys(plugin: Manifest) -> list[bytes]:
    """Keys of all kinds, and those that the plugin stands before."""
    patterns = [pattern for table in plugin.transformers for pattern in table.keys]
    patterns += [table.prefix + "*" for table in plugin.storage_backends]
    patterns += [hook.filter for hook in plugin.hooks if hook.filter]
    own = [pattern.replace("*", word) for pattern in patterns for word in ("a", "b")]
    return [*KEYS, *(key.encode() for key in own * len(KEYS))]


def drive(bench: PluginBench, folder: Path, random: Random) -> None:
    """Have the plugin called so many times; now and then it has hardly any fuel."""
    recorder = bench.manager.recordings.last(bench.manager.get(folder.name))
    assert recorder is not None
    made = requests(sample_manifest(folder.name), random)
    for number in range(CALLS * REQUESTS_MOST):
        if recorder.calls >= CALLS:
            return
        starved = number % STARVED_EVERY == STARVED_EVERY - 1
        if starved:
            fuel = str(random.randint(1, 60))
            assert bench.reply("PLUGIN.LIMITS", folder.name, "FUEL", fuel) == "OK"
        bench.reply(*next(made))
        if starved:
            assert bench.reply("PLUGIN.LIMITS", folder.name, "FUEL", "2000000000") == "OK"
    raise AssertionError(f"{folder.name} was called {recorder.calls} times only")


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_a_sample_does_again_what_it_did(folder: Path, tmp_path: Path) -> None:
    if module(folder) is None:
        pytest.skip(f"{folder.name} is not built")
    with plugin_bench() as bench:
        bench.config.plugins.record_dir = str(tmp_path)
        bench.config.plugins.timeout_ms = 60_000
        load(bench, folder)
        assert bench.reply("PLUGIN.RECORD", folder.name, "ON") == "OK"
        drive(bench, folder, Random(folder.name))
        assert not isinstance(bench.reply("PLUGIN.RECORD", folder.name, "OFF"), CommandError)
    path = tmp_path / f"{folder.name}-1.record"
    assert_identical(path, CALLS)
    assert "fuel" in {end.kind for end in frames(path, End)}
    found = elsewhere(path)
    assert (found["identical"], found["plugin"]) == (1, folder.name)
    assert [engine["calls"] for engine in found["engines"]] == [CALLS] * 2


def test_there_are_samples() -> None:
    assert any(module(folder) for folder in SAMPLES)
