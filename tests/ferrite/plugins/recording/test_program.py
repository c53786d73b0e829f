"""`ferrite plugin replay`: what it prints and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.recording.frames import End
from tests.ferrite.plugins.recording.test_recorder import ECHO, record
from tests.ferrite.plugins.recording.test_replayer import rewritten
from tests.support.plugin_bench import plugin_bench
from tests.support.recordings import frames

Output = pytest.CaptureFixture[str]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FERRITE_CACHE_DIR", str(tmp_path / "cache"))
    with plugin_bench(ECHO) as bench:
        made = record(bench, tmp_path)
        for word in ("one", "two"):
            bench.reply("T.RUN", word)
    return made


def run(*arguments: str) -> int:
    return main(["replay", *arguments])


@pytest.fixture
def different(path: Path) -> Path:
    items = frames(path)
    at = next(index for index, frame in enumerate(items) if isinstance(frame, End))
    items[at] = replace(items[at], reply=b"+a\x1b[1mb\r\n")
    return rewritten(path, items)


def test_both_engines_by_default(path: Path, capsys: Output) -> None:
    fuel = sum(end.fuel for end in frames(path, End))
    assert run(str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}: plugin t 1.2.3, ")
    assert lines[1:] == [
        f"reference: identical: 2 of 2 calls identical, {fuel} units",
        f"compiled: identical: 2 of 2 calls identical, {fuel} units",
        "the recording ends: the plugin was unloaded",
    ]


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_one_engine(path: Path, capsys: Output, engine: str) -> None:
    assert run(str(path), "--engine", engine) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_what_differs_is_told(different: Path, capsys: Output) -> None:
    assert run(str(different)) == 1
    out = capsys.readouterr().out
    assert "reference: different: 0 of 1 calls identical" in out
    assert "1 skipped" in out
    assert "  call 1: reply: recorded was" in out
    assert "\x1b" not in out
    assert run(str(different), "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["identical"], found["engines"][0]["skipped"]) == (0, 1)
    assert run(str(different), "--trace") == 1
    assert "differs: reply: recorded was" in capsys.readouterr().out


def test_what_is_no_recording(path: Path, capsys: Output) -> None:
    for wrong, message in [(path.with_name("none"), "No such file"), (path.parent, "directory")]:
        assert run(str(wrong)) == 1
        assert message in capsys.readouterr().err
    damaged = bytearray(path.read_bytes())
    damaged[-30] ^= 1
    path.write_bytes(damaged)
    assert run(str(path)) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{path}: frame ")
    assert captured.err.endswith("its checksum does not match\n")
    with pytest.raises(SystemExit):
        run(str(path), "--engine", "steam")
