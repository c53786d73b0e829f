"""Recordings in tests: run again in this process and in another one, on both engines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ferrite.plugins.recording.file import RecordingReader
from ferrite.plugins.recording.frames import Frame
from ferrite.plugins.recording.replayer import Verdict, replay
from tests.support.require import ROOT
from wasm_vm import Engine


def frames(path: Path, kind: type[Any] | None = None) -> list[Any]:
    """The frames of a file, or those of one kind."""
    found: list[Frame] = list(RecordingReader(path).frames())
    return [frame for frame in found if kind is None or isinstance(frame, kind)]


def verdicts(path: Path) -> list[Verdict]:
    """What comes of it here, in each engine."""
    return [replay(RecordingReader(path), engine) for engine in Engine]


def assert_identical(path: Path, calls: int | None = None) -> None:
    """Every call comes to the same end in every engine."""
    fuel = set()
    for verdict in verdicts(path):
        assert verdict.differences == []
        assert (verdict.skipped, verdict.identical) == (0, verdict.calls)
        assert calls is None or verdict.calls == calls
        fuel.add(verdict.fuel)
    assert len(fuel) == 1


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`ferrite plugin replay` in a process of its own."""
    command = [sys.executable, "-m", "ferrite", "plugin", "replay", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


def elsewhere(path: Path) -> dict[str, Any]:
    """What comes of it in another process."""
    ended = program(str(path), "--json")
    assert not ended.stderr, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    assert ended.returncode == 1 - found["identical"]
    return found
