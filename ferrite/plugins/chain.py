"""The audit file: every host call as a line, each with the hash of all before it.

Rule: a line is JSON and ends with "hash": the SHA-256 of the hash before it and of the line without
it. Whoever changes, drops or inserts a line breaks every hash behind it; whoever cuts the end off
is found by the last hash, which is worth keeping elsewhere. `verify` needs nothing but the file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TextIO

from ferrite.plugins.study import HostCallRecord

START = "0" * 64
"""What stands for the hash before the first line."""


class BrokenChain(Exception):
    """The file is not as it was written; the text names the line."""


class AuditFile:
    """An audit file that is written."""

    def __init__(self, path: Path) -> None:
        """Go on with a file, or begin one. Raises OSError, and BrokenChain for another file."""
        self._last = verify(path) if path.exists() else START
        self._file: TextIO = path.open("a", encoding="utf-8")

    def write(self, plugin: str, record: HostCallRecord) -> None:
        """Add a line."""
        text = json.dumps({"plugin": plugin, **record._asdict()}, separators=(",", ":"))
        self._last = _hash(self._last, text)
        self._file.write(f'{text[:-1]},"hash":"{self._last}"}}\n')
        self._file.flush()

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def verify(path: Path) -> str:
    """The hash of a file's last line. Raises OSError, and BrokenChain at the first line that does
    not follow from those before it."""
    last = START
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            text, mark, found = line.rstrip("\n").rpartition(',"hash":"')
            if not mark or found.removesuffix('"}') != _hash(last, text + "}"):
                raise BrokenChain(f"{path}:{number}: does not follow from the lines before it")
            last = found.removesuffix('"}')
    return last


def _hash(last: str, text: str) -> str:
    return hashlib.sha256(f"{last}{text}".encode()).hexdigest()
