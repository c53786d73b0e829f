"""A server for one plugin, in a process and a folder of its own, both gone afterwards.

Rule: it keeps nothing, loads nothing but what it is given, and serves this machine alone. It goes
with the program that started it, also where that is told to end by a signal.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ferrite.client.connection import Connection
from ferrite.client.options import Options
from ferrite.errors import CommandError, StartError
from ferrite.plugins.programs.output import ProgramError

CONFIG = """\
[redis]
save = ""
bind = ["127.0.0.1"]
[plugins]
plugin_dir = "."
auto_load = false
hot_reload = false
"""
_READY = re.compile(r"Ready to accept connections on port (\d+)")
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
STOP_SECONDS_MAX = 10
REPLY_SECONDS_MAX = 60


class Server:
    """A server under way."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self._connections: dict[int, Connection] = {}

    def connection(self, protocol: int = 3) -> Connection:
        """The connection that speaks a version of the protocol. Raises ProgramError."""
        found = self._connections.get(protocol)
        if found is None:
            try:
                found = Connection(Options(port=self.port, protocol=protocol))
            except StartError as error:
                raise ProgramError(error.text) from error
            found.socket.settimeout(REPLY_SECONDS_MAX)
            self._connections[protocol] = found
        return found

    def ask(self, *request: str | bytes, protocol: int = 3) -> Any:
        """The reply to a request; an error reply is a CommandError value.

        Raises ProgramError where the server is gone or answers what is no RESP.
        """
        words = [word if isinstance(word, bytes) else word.encode() for word in request]
        try:
            return self.connection(protocol).ask(*words)
        except (StartError, OSError) as error:
            raise ProgramError(f"{words[0].decode()}: the server: {error}") from error

    def demand(self, *request: str | bytes) -> Any:
        """As `ask`, and an error reply is raised as a ProgramError."""
        reply = self.ask(*request)
        if isinstance(reply, CommandError):
            raise ProgramError(reply.text)
        return reply

    def close(self) -> None:
        """End the connections."""
        for connection in self._connections.values():
            connection.close()


@contextmanager
def running(module: Path, port: int = 0, *, quiet: bool = True) -> Iterator[Server]:
    """A server that has loaded a plugin; 0 is any free port. `quiet` keeps its log to itself.

    Raises ProgramError with its last words where it does not start.
    """
    with (
        _ended_as_by_the_user(),
        TemporaryDirectory(prefix="ferrite-plugin-") as folder,
        Path(folder, "log").open("w+") as log,
    ):
        config = Path(folder, "ferrite.toml")
        config.write_text(CONFIG)
        command = [sys.executable, "-m", "ferrite", "--config", str(config), "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--plugin", str(module.resolve())],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log if quiet else None,
            text=True,
        )
        server = None
        try:
            found = _port_of(process)
            if found is None:
                log.seek(0)
                words = log.read().strip().splitlines()
                raise ProgramError(words[-1] if words else "the server did not start")
            server = Server(process, found)
            yield server
        finally:
            if server is not None:
                server.close()
            _stop(process)


@contextmanager
def _ended_as_by_the_user() -> Iterator[None]:
    """What ends a program at once, and would leave its server behind, is as Ctrl-C here."""
    in_main = threading.current_thread() is threading.main_thread()
    taken = [each for each in _ENDING if in_main and signal.getsignal(each) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _port_of(process: subprocess.Popen[str]) -> int | None:
    """The port it serves, once it does; None when it ends before."""
    for text in process.stdout or ():
        match = _READY.search(text)
        if match:
            return int(match[1])
    return None


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
