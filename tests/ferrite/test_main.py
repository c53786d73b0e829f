from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.require import ROOT
from tests.support.served import Peer


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ferrite", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_from_the_line_that_says_so_until_it_is_told_to_stop(number: int) -> None:
    process = start("--port", "0")
    assert process.stdout is not None
    assert f"PID: {process.pid}\n" in process.stdout.readline()
    ready = re.fullmatch(r"Ready to accept connections on port (\d+)\n", process.stdout.readline())
    assert ready is not None
    port = int(ready[1])
    peer = Peer(port)
    assert peer.ask("PING") == "PONG"
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "", "")
    assert peer.rest() == b""
    peer.close()


def test_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Ready" not in output
    assert re.fullmatch(rf"ferrite: cannot listen on 127\.0\.0\.1:{port}: .+\n", errors)


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
    process = start("--port", "0", *arguments)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Ready" not in output
    assert errors.startswith("ferrite: ")
    assert errors.count("\n") == 1
    assert message in errors


def test_the_plugin_authors_tool() -> None:
    process = start("plugin", "--help")
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert "build" in output
