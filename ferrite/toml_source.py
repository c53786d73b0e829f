"""A TOML text with its name, so that an error can say where it is.

Rule: tomli is the one parser. It keeps no positions, so the line of a key is found afterwards by
looking for its table header and its name; that is good enough for a message and used for nothing
else. A number in a path is the position of a table in an array of tables, from 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import tomli

Path: TypeAlias = Sequence[str | int]

_HEADER = re.compile(r"\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(#.*)?")
_KEY = re.compile(r"\s*((?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*[^=\s]+)*)\s*=")


class TomlSource:
    """A parsed TOML document."""

    def __init__(self, text: str, name: str) -> None:
        """Parse `text`; `name` is what messages call it, a path as a rule.

        Raises ValueError that names the file, and the line of what is no TOML.
        """
        self._text = text
        self.name = name
        """What messages call it."""
        try:
            self.data: dict[str, Any] = tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            raise ValueError(f"{name}: {error}") from error

    def problem(self, path: Path, what: str) -> ValueError:
        """An error about the key at `path`: "file:line: table.key what"."""
        line = self.line_of(path)
        where = f"{self.name}:{line}" if line else self.name
        return ValueError(f"{where}: {_spelled(path)} {what}")

    def line_of(self, path: Path) -> int | None:
        """The line (from 1) where the key or table at `path` is first named, if it is found."""
        wanted = list(path)
        table: list[str | int] = []
        seen: Counter[tuple[str | int, ...]] = Counter()
        for number, line in enumerate(self._text.splitlines(), 1):
            header = _HEADER.fullmatch(line)
            if header:
                table = _located(_parts(header[1]), line.lstrip().startswith("[["), seen)
                named = table
            else:
                key = _KEY.match(line)
                named = table + _parts(key[1]) if key else []
            if not any(isinstance(step, int) for step in wanted):
                named = [step for step in named if isinstance(step, str)]
            if named[: len(wanted)] == wanted:
                return number
        return None


def _located(
    names: Sequence[str | int], is_array: bool, seen: Counter[tuple[str | int, ...]]
) -> list[str | int]:
    """A table header with the positions in arrays of tables; `seen` counts the tables so far."""
    place: list[str | int] = []
    for index, name in enumerate(names):
        place.append(name)
        if is_array and index == len(names) - 1:
            seen[tuple(place)] += 1
        if seen[tuple(place)]:
            place.append(seen[tuple(place)] - 1)
    return place


def _spelled(path: Path) -> str:
    """A path as a person writes it: "commands[1].name"."""
    return "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path).removeprefix(".")


def _parts(dotted: str) -> list[str | int]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
