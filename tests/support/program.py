"""A program in a process of its own, whose lines are waited for.

Rule: no wait is without a bound, and one that is in vain shows what has been printed until then.
The program has no terminal and no input; a pipe of it never fills up; it is gone at the end of the
`with`, however that comes.
"""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.require import ROOT
from tests.support.waiting import SECONDS_MAX

SHOWN_LINES = 40


class Program:
    """One that is under way; use it as a context."""

    def __init__(
        self,
        *command: str,
        folder: Path = ROOT,
        errors: IO[bytes] | int = subprocess.DEVNULL,
        **variables: str,
    ) -> None:
        """Start it, with these variables of the environment beside those of this process."""
        self._name = " ".join(command)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._printed: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for text in lines:
                self._lines.put(text)
        self._lines.put(None)

    def line(self, pattern: str = "") -> re.Match[str]:
        """The next of its lines that has a pattern in it; those before it are passed over.

        Raises AssertionError where it ends before, or takes longer than SECONDS_MAX.
        """
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            try:
                text = self._lines.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                raise self._failure(f"in {SECONDS_MAX:.0f} s no line with {pattern!r}") from None
            if text is None:
                raise self._failure(f"it ended without a line with {pattern!r}")
            self._printed.append(text)
            found = re.search(pattern, text)
            if found:
                return found

    def rest(self) -> str:
        """What else it prints, until it ends."""
        text = ""
        while True:
            try:
                line = self._lines.get(timeout=SECONDS_MAX)
            except queue.Empty:
                raise self._failure(f"no end in {SECONDS_MAX:.0f} s") from None
            if line is None:
                return text
            text += line

    def ended(self) -> int:
        """Its exit code, once it has ended by itself or was told to."""
        return self.process.wait(SECONDS_MAX)

    def stop(self) -> int:
        """Tell it to end, as SIGTERM does; its exit code."""
        self.process.terminate()
        return self.ended()

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.kill()
        self.ended()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _failure(self, what: str) -> AssertionError:
        printed = "".join(self._printed[-SHOWN_LINES:]) or "(nothing)"
        return AssertionError(f"{self._name}: {what}; it had printed:\n{printed}")


@contextmanager
def killed(process: subprocess.Popen[Any]) -> Iterator[subprocess.Popen[Any]]:
    """A process with pipes of its own that is gone at the end of the block."""
    with process:
        try:
            yield process
        finally:
            process.kill()


def python(*words: str, errors: IO[bytes] | int = subprocess.DEVNULL) -> Program:
    """A program of the tree, as `python -m`."""
    return Program(sys.executable, "-m", *words, errors=errors, PYTHONPATH=str(ROOT))
