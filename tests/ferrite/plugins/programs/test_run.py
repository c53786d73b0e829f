"""`ferrite plugin run`: the server is there, and what is saved is served."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.programs.run import changes, rebuild, sources
from ferrite.plugins.programs.server import running
from ferrite.plugins.toolchains import build_plugin
from tests.support.plugin_server import Client
from tests.support.require import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert main(["new", "x", "--lang", "c", "--into", str(tmp_path)]) == 0
    return tmp_path / "x"


def save(project: Path, old: str, new: str) -> None:
    path = project / "x.c"
    path.write_text(path.read_text().replace(old, new))


@contextmanager
def program(project: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "ferrite", "plugin", "run", str(project)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def wait_for(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    assert process.stdout is not None
    for line in process.stdout:
        match = re.search(pattern, line)
        if match:
            return match
    raise AssertionError(f"the program has ended without {pattern}")


def test_what_is_saved_is_served(project: Path) -> None:
    with program(project) as process:
        client = Client(int(wait_for(process, r"serving x on port (\d+)")[1]))
        wait_for(process, "X.COUNT")
        assert client.ask("X.WORLD") == b"Hello, World!"
        save(project, '"Hello, "', '"Salut, "')
        wait_for(process, "x is reloaded")
        assert client.ask("X.WORLD") == b"Salut, World!"
        save(project, "return", "retrun")
        wait_for(process, r"x\.c:\d+")
        assert client.ask("X.WORLD") == b"Salut, World!"
        client.close()


def test_what_does_not_build_or_load_changes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = build_plugin(project)
    with running(module) as server:
        save(project, "return", "retrun")
        rebuild(project, "x", server)
        assert "x.c:" in capsys.readouterr().out
        save(project, "retrun", "return")
        rebuild(project, "other", server)
        assert "no such plugin" in capsys.readouterr().out
        rebuild(project, "x", server)
        assert capsys.readouterr().out.endswith("x is reloaded\n")


def test_what_counts_as_a_source(project: Path) -> None:
    before = sources(project)
    assert {path.name for path in before} >= {"x.c", "plugin.toml"}
    (project / "x.wasm").write_bytes(b"")
    (project / "target").mkdir()
    (project / "target" / "x.o").write_bytes(b"")
    (project / ".x.c.swp").write_bytes(b"")
    assert sources(project) == before
    (project / "y.h").write_bytes(b"")
    assert sources(project) != before


def test_what_is_saved_while_a_change_is_built_counts(project: Path) -> None:
    with running(build_plugin(project)) as server:
        changed = changes(project, server, sources(project))
        save(project, '"Hello, "', '"Salut, "')
        next(changed)
        save(project, "return", "retrun")
        next(changed)


def test_the_first_version_must_build(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(project, "return", "retrun")
    assert main(["run", str(project)]) == 1
    assert "x.c:" in capsys.readouterr().err
