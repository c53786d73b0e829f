"""`ferrite plugin run`: the server is there, and what is saved is served."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from ferrite.plugins.cli import main
from ferrite.plugins.programs.run import changes, rebuild, sources
from ferrite.plugins.programs.server import running
from ferrite.plugins.toolchains import build_plugin
from tests.support.plugin_server import Client
from tests.support.program import python


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert main(["new", "x", "--lang", "c", "--into", str(tmp_path)]) == 0
    return tmp_path / "x"


def save(project: Path, old: str, new: str) -> None:
    path = project / "x.c"
    path.write_text(path.read_text().replace(old, new))


def test_what_is_saved_is_served(project: Path) -> None:
    with python("ferrite", "plugin", "run", str(project)) as program:
        client = Client(int(program.line(r"serving x on port (\d+)")[1]))
        program.line("X.COUNT")
        assert client.ask("X.WORLD") == b"Hello, World!"
        save(project, '"Hello, "', '"Salut, "')
        program.line("x is reloaded")
        assert client.ask("X.WORLD") == b"Salut, World!"
        save(project, "return", "retrun")
        program.line(r"x\.c:\d+")
        assert client.ask("X.WORLD") == b"Salut, World!"
        client.close()
        program.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_server_goes_with_the_program(project: Path, number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"who began these tests ignores {number.name}")
    with python("ferrite", "plugin", "run", str(project)) as program:
        port = int(program.line(r"serving x on port (\d+)")[1])
        program.line("X.COUNT")
        program.process.send_signal(number)
        assert program.ended() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


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
    for product in ("x.wasm", "x.wasm.sig", "author.key", "author.key.pub"):
        (project / product).write_bytes(b"")
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
