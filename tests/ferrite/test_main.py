from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import python
from tests.support.require import ROOT
from tests.support.served import Peer
from tests.support.waiting import SECONDS_MAX


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a program that is to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "ferrite", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_from_the_line_that_says_so_until_it_is_told_to_stop(
    number: int, tmp_path: Path
) -> None:
    with (
        (tmp_path / "errors").open("wb") as errors,
        python("ferrite", "--port", "0", errors=errors) as program,
    ):
        assert f"PID: {program.process.pid}\n" in program.line().string
        ready = re.fullmatch(r"Ready to accept connections on port (\d+)\n", program.line().string)
        assert ready is not None
        peer = Peer(int(ready[1]))
        assert peer.ask("PING") == "PONG"
        program.process.send_signal(number)
        assert (program.rest(), program.ended()) == ("", 0)
        assert peer.rest() == b""
        peer.close()
    assert (tmp_path / "errors").read_text() == ""


def test_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert ended.returncode == 1
    assert "Ready" not in ended.stdout
    assert re.fullmatch(rf"ferrite: cannot listen on 127\.0\.0\.1:{port}: .+\n", ended.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nosuch", "1"], "--nosuch"),
        (["--port", "x"], "--port"),
        (["--config", "/no/such/file.toml"], "/no/such/file.toml"),
        (["--plugin", "/no/such/plugin.wasm"], "/no/such/plugin.wasm"),
    ],
)
def test_bad_options_are_one_line(arguments: list[str], message: str) -> None:
    ended = run("--port", "0", *arguments)
    assert ended.returncode == 1
    assert "Ready" not in ended.stdout
    assert ended.stderr.startswith("ferrite: ")
    assert ended.stderr.count("\n") == 1
    assert message in ended.stderr


def test_the_plugin_authors_tool() -> None:
    ended = run("plugin", "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "build" in ended.stdout
