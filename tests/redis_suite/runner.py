"""Runs one unit of the suite, against a server that serves this unit alone.

Rule: external mode starts the server here and points the suite at it; native mode lets the suite
start its servers itself, as often as it likes. Whatever a run has started ends with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.redis_suite.outcome import Outcome, read
from tests.redis_suite.source import ROOT, lay_out

PORTS_PER_RUN = 300
_START_SECONDS_MAX = 20
_RUNNING: set[subprocess.Popen[bytes]] = set()
"""What was started and has not ended. Each leads a session of its own, which Ctrl-C passes by."""


@dataclass(frozen=True)
class Unit:
    """One unit, and how it is run."""

    name: str
    mode: str
    """"external" or "native"."""
    tags: str
    left_out: tuple[str, ...] = ()
    """Names of the tests that are not run."""


class RunError(Exception):
    """A run could not begin."""


def run_unit(
    unit: Unit,
    server: str,
    source: Path,
    port: int,
    seconds_max: float = 600,
    logs: Path | None = None,
) -> Outcome:
    """Run one unit; `port` begins a range of PORTS_PER_RUN that it has for itself. What the suite
    and a server of ours have printed is kept in the folder `logs`.

    Raises RunError, SourceError.
    """
    with tempfile.TemporaryDirectory(prefix="redis-suite-") as name:
        folder = Path(name)
        lay_out(source, folder, server)
        (folder / "left-out").write_text("\n".join(unit.left_out))
        command = [
            *("tclsh", "tests/test_helper.tcl", "--single", unit.name, "--durable"),
            *("--tags", unit.tags, "--skipfile", "left-out", "--clients", "1"),
            *("--baseport", str(port + 40), "--portcount", str(PORTS_PER_RUN - 40)),
        ]
        if unit.mode == "native":
            text = _run(command, folder, seconds_max)
        else:
            with _server(server, folder, port):
                external = ("--host", "127.0.0.1", "--port", str(port))
                text = _run([*command, *external], folder, seconds_max)
        if logs is not None:
            _keep(logs / unit.name.replace("/", "-"), text, folder)
        return read(text)


def _keep(stem: Path, text: str, folder: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_name(f"{stem.name}.log").write_text(text)
    log = folder / "server.log"
    if log.exists():
        shutil.copy(log, stem.with_name(f"{stem.name}.server.log"))


def _run(command: list[str], folder: Path, seconds_max: float) -> str:
    """What a command printed; it is ended, with all it has started, when it takes too long."""
    with (folder / "output").open("w+b") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        _RUNNING.add(process)
        try:
            process.wait(seconds_max)
            late = ""
        except subprocess.TimeoutExpired:
            late = f"\n[TIMEOUT]: not at its end after {seconds_max:.0f} seconds\n"
        finally:
            _end_group(process)
        output.seek(0)
        return output.read().decode("utf-8", "replace") + late


def end_all() -> None:
    """End everything that is running; the runs come to their end by that."""
    for process in tuple(_RUNNING):
        _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    _RUNNING.discard(process)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _server(server: str, folder: Path, port: int) -> Iterator[None]:
    """A server on a port, with the data folder of its own."""
    if server == "redis":
        program = [shutil.which("redis-server") or "redis-server"]
    else:
        program = [sys.executable, "-m", "ferrite"]
    if _answers(port):
        raise RunError(f"port {port} is in use; choose others by --port")
    data = folder / "data"
    data.mkdir()
    options = ("--port", str(port), "--enable-debug-command", "yes", "--save", "")
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*program, *options, "--dir", str(data)],
            cwd=data,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _RUNNING.add(process)
        try:
            _await_port(process, port, folder / "server.log")
            yield
        finally:
            _end_group(process)


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RunError(f"the server did not start: {log.read_text()}")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    """Whether somebody listens on a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
