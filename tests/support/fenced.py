"""The fenced blocks of a Markdown page, run as a reader would who follows it.

Rule, by a block's info string: `LANGUAGE file=PATH` is written to that file in the current folder;
`sh` is pasted into one shell that lasts for the whole page; `sh server` runs in a terminal of its
own until the next server begins; `text` must appear in what the block before it printed, line by
line in this order, `...` standing for anything. Other blocks are only to be read.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import Program
from tests.support.require import ROOT

SECONDS_MAX = 300
"""For one block, which may have a compiler at work."""
END_SECONDS_MAX = 20
PROGRAMS = {"ferrite": "ferrite", "ferrite-cli": "ferrite.client"}
READY = "^(Ready to accept connections|serving )"
_FENCE = re.compile(r"^```(.*?)$\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
_END = "--- end of block"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block, and the headings above it."""

    info: str
    text: str
    headings: tuple[str, ...]
    line: int


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    marks: list[tuple[int, re.Match[str], bool]] = []
    fences = list(_FENCE.finditer(page))
    inside = [range(match.start(), match.end()) for match in fences]
    marks += [(match.start(), match, True) for match in fences]
    marks += [
        (match.start(), match, False)
        for match in _HEADING.finditer(page)
        if not any(match.start() in span for span in inside)
    ]
    headings: list[str] = []
    found = []
    for position, match, is_fence in sorted(marks, key=lambda mark: mark[0]):
        if is_fence:
            line = page.count("\n", 0, position) + 1
            found.append(Block(match[1], match[2], tuple(headings), line))
        else:
            headings = [*headings[: len(match[1]) - 1], match[2]]
    return found


class Reader:
    """Somebody who pastes a page's blocks into a shell; use it as a context."""

    def __init__(self, folder: Path, replacing: Mapping[str, str]) -> None:
        """Work in an empty folder. `replacing` is what is typed in place of other words: ports."""
        self._replacing = replacing
        programs = folder / ".programs"
        programs.mkdir(parents=True)
        for name, module in PROGRAMS.items():
            path = programs / name
            path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            path.chmod(0o755)
        search = os.pathsep.join([str(programs), os.environ["PATH"]])
        self._environment = {**os.environ, "PATH": search, "PYTHONPATH": str(ROOT)}
        self._server: Program | None = None
        self._shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._folder = folder
        self._output = ""

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_server()
        _end(self._shell)

    def follow(self, blocks: Iterable[Block]) -> None:
        """Do what the blocks say. Raises AssertionError naming the line of one that fails."""
        for block in blocks:
            text = block.text
            for old, new in self._replacing.items():
                text = text.replace(old, new)
            words = block.info.split()
            if words[-1:] and words[-1].startswith("file="):
                path = self._folder / words[-1].removeprefix("file=")
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            elif words == ["sh"]:
                self._output = self._paste(text, block.line)
            elif words == ["sh", "server"]:
                self._serve(text, block.line)
            elif words == ["text"]:
                compare(self._output, text, block.line)

    def _paste(self, text: str, line: int) -> str:
        shell = self._shell
        assert shell.stdin is not None
        assert shell.stdout is not None
        status = f'echo "{_END} $? $PWD"'
        shell.stdin.write(f"{text.rstrip()}\n{status}\n")
        shell.stdin.flush()
        timer = threading.Timer(SECONDS_MAX, _end, [shell])
        timer.daemon = True
        timer.start()
        output = []
        try:
            for printed in shell.stdout:
                if printed.startswith(_END):
                    code, _, folder = printed.removeprefix(_END).strip().partition(" ")
                    self._folder = Path(folder)
                    assert code == "0", f"line {line}: exit code {code}:\n{''.join(output)}"
                    return "".join(output)
                output.append(printed)
        finally:
            timer.cancel()
        raise AssertionError(f"line {line}: the shell has ended:\n{''.join(output)}")

    def _serve(self, text: str, line: int) -> None:
        self._end_server()
        self._server = Program(
            "bash", "-c", f"exec {text}",
            folder=self._folder, errors=subprocess.STDOUT, **self._environment,
        )  # fmt: skip
        try:
            self._server.line(READY)
        except AssertionError as error:
            raise AssertionError(f"line {line}: the server does not start: {error}") from None

    def _end_server(self) -> None:
        if self._server is not None:
            with self._server as server:
                server.stop()
            self._server = None


def _end(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(END_SECONDS_MAX)
            return


def compare(printed: str, expected: str, line: int = 0) -> None:
    """Raises AssertionError unless the expected lines are among the printed ones, in their order,
    `...` in a line standing for anything."""
    rest = iter(printed.splitlines())
    for wanted in expected.splitlines():
        pattern = ".*".join(re.escape(part.rstrip()) for part in wanted.split("..."))
        if not any(re.fullmatch(pattern, each.rstrip()) for each in rest):
            raise AssertionError(f"line {line}: {wanted!r} is not in its place in:\n{printed}")
