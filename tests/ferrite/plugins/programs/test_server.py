"""The server that is thrown away: what it serves, and how it fails."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.programs.output import ProgramError
from ferrite.plugins.programs.server import running
from ferrite.plugins.toolchains import build_plugin
from tests.support.require import ROOT


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("server") / "hello.wasm"
    return build_plugin(ROOT / "plugins" / "hello", target)


def test_it_serves_one_plugin_and_ends(module: Path) -> None:
    with running(module) as server:
        assert server.ask("HELLO.WORLD") == b"Hello, World!"
        assert server.ask("HGETALL", "none", protocol=2) == []
        assert server.ask("HGETALL", "none") == {}
        assert isinstance(server.ask("FLY"), CommandError)
        with pytest.raises(ProgramError, match="ERR unknown command"):
            server.demand("FLY")
        folder = Path(server.demand("CONFIG", "GET", "dir")[b"dir"].decode())
        assert folder.is_dir()
    assert server.process.returncode == 0
    assert not folder.exists()


def test_a_server_that_ends_is_told(module: Path) -> None:
    with running(module) as server:
        server.connection()
        server.process.kill()
        server.process.wait()
        with pytest.raises(ProgramError, match="PING: the server"):
            server.ask("PING")


def test_what_keeps_it_from_starting_is_told(module: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.wasm").write_bytes(b"bad")
    with pytest.raises(ProgramError, match="malformed module"), running(tmp_path / "bad.wasm"):
        pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ProgramError, match="in use"), running(module, port):
            pass
