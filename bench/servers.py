"""Servers that benchmarks measure: start one as a process of its own, stop it again."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS_MAX = 20.0


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ferrite_command(port: int, folder: Path | None = None) -> list[str]:
    """The command line of a server of ours, which logs its writes to `folder` if there is one."""
    return [sys.executable, "-m", "ferrite", "--port", str(port), *_kept_in(folder)]


def redis_command(port: int, folder: Path | None = None) -> list[str]:
    """The command line of the peer, with the same persistence."""
    return ["redis-server", "--port", str(port), "--save", "", *_kept_in(folder)]


def _kept_in(folder: Path | None) -> list[str]:
    if folder is None:
        return ["--appendonly", "no"]
    folder.mkdir()
    return ["--appendonly", "yes", "--appendfsync", "everysec", "--dir", str(folder)]


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server as a process, from when it answers until the block ends."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{process.args} does not answer on port {port}")
