"""tests.toml: commands of a plugin and the replies they have to give.

Rule: cases run in their order, each file on an empty keyspace. A reply is compared as a value of
TOML: text for strings and status lines alike, arrays, tables for maps; `null = true` is the null
reply and `error` the beginning of an error's text.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrite.errors import CommandError
from ferrite.plugins.programs.output import ProgramError
from ferrite.protocol.replies import NULL_ARRAY, Verbatim
from ferrite.toml_source import TomlSource

FILE_NAME = "tests.toml"
FOLDER_NAME = "tests"
KEYS = ("command", "reply", "error", "null")


@dataclass(frozen=True, slots=True)
class Case:
    """A command and what it must answer; without an expectation, any reply but a fault will do."""

    place: str
    """File and line."""
    command: tuple[bytes, ...]
    expected: Any
    """A value of TOML, None for the null reply, or NOTHING."""
    error: str | None = None
    """How the error must begin."""

    def complaint(self, reply: Any) -> str:
        """What is wrong with a reply; "" when it is right."""
        if self.error is not None:
            if isinstance(reply, CommandError) and reply.text.startswith(self.error):
                return ""
            return f"{shown(reply)}, expected the error {self.error!r}"
        if self.expected is NOTHING or equal(reply, self.expected):
            return ""
        return f"{shown(reply)}, expected {shown(self.expected)}"


NOTHING = object()


def files_of(folder: Path) -> list[Path]:
    """The files of cases of a project."""
    first = folder / FILE_NAME
    more = sorted((folder / FOLDER_NAME).glob("*.toml"))
    return [first, *more] if first.is_file() else more


def read_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises ProgramError that names file, line and key."""
    try:
        source = TomlSource(path.read_text("utf-8"), str(path))
        tables = source.data.get("case", [])
        unknown = [key for key in source.data if key != "case"]
        if unknown or not isinstance(tables, list):
            raise source.problem(tuple(unknown[:1]) or ("case",), "must be tables [[case]]")
        return [_case(source, index, table) for index, table in enumerate(tables)]
    except OSError as error:
        raise ProgramError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ProgramError(str(error)) from error


def _case(source: TomlSource, index: int, table: Any) -> Case:
    place = ("case", index)
    if not isinstance(table, dict):
        raise source.problem(place, "must be a table")
    for key in table:
        if key not in KEYS:
            raise source.problem((*place, key), f"is no known key (known are {', '.join(KEYS)})")
    if sum(key in table for key in KEYS[1:]) > 1:
        raise source.problem(place, f"has more than one of {', '.join(KEYS[1:])}")
    command = table.get("command")
    words = shlex.split(command) if isinstance(command, str) else command
    if not words or not all(isinstance(word, str) for word in words):
        raise source.problem((*place, "command"), "must be a command: a text, or an array of texts")
    if table.get("null", True) is not True:
        raise source.problem((*place, "null"), "can only be true")
    if not isinstance(table.get("error", ""), str):
        raise source.problem((*place, "error"), "must be a text")
    line = source.line_of((*place, "command"))
    expected = None if "null" in table else table.get("reply", NOTHING)
    request = tuple(word.encode() for word in words)
    return Case(f"{source.name}:{line}", request, expected, table.get("error"))


def equal(reply: Any, expected: Any) -> bool:
    """Whether a reply is a value of TOML; a number is not the text of it."""
    reply = _plain(reply)
    if isinstance(expected, dict):
        if not isinstance(reply, dict) or len(reply) != len(expected):
            return False
        keys = {_text(key): value for key, value in reply.items()}
        return all(key in keys and equal(keys[key], value) for key, value in expected.items())
    if isinstance(expected, list):
        same = isinstance(reply, Sequence) and not isinstance(reply, str | bytes)
        return same and len(reply) == len(expected) and all(map(equal, reply, expected))
    if isinstance(expected, str):
        return isinstance(reply, str | bytes) and _text(reply) == expected
    if isinstance(reply, bool) or isinstance(expected, bool):
        return reply is expected
    if reply is None or expected is None:
        return reply is expected
    return isinstance(reply, int | float) and bool(reply == expected)


def shown(value: Any) -> str:
    """A reply, as a message has it."""
    value = _plain(value)
    if isinstance(value, CommandError):
        return f"(error) {value.text}"
    if isinstance(value, bytes):
        return repr(value)[1:]
    return "(null)" if value is None else repr(value)


def _plain(reply: Any) -> Any:
    if isinstance(reply, Verbatim):
        return reply.value
    return None if reply is NULL_ARRAY else reply


def _text(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
