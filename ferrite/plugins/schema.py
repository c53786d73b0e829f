"""Tables of a manifest as dataclasses: each key is declared once, with its kind and its meaning.

Rule: a key that is not declared, a value of another type and a missing key that has no default are
errors that name file, line and key. Nothing is guessed and nothing is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from ferrite.options import Flag, Integer, Kind, Text, Words
from ferrite.toml_source import TomlSource

Table = TypeVar("Table")

Place = tuple[str | int, ...]
"""Where a table stands in its document: ("commands", 1)."""


@dataclass(frozen=True)
class Matching(Text):
    """Text of a certain form."""

    pattern: re.Pattern[str] = re.compile("")
    example: str = ""

    def from_text(self, text: str) -> str:
        """The text; raises ValueError when it has another form."""
        if not self.pattern.fullmatch(text):
            raise ValueError(f"must be of the form {self.example}, not {text!r}")
        return text


@dataclass(frozen=True)
class OneOf(Text):
    """One of several words, spelled exactly."""

    words: tuple[str, ...] = ()

    def from_text(self, text: str) -> str:
        """The word; raises ValueError for any other."""
        if text not in self.words:
            raise ValueError(f"must be one of {', '.join(self.words)}, not {text!r}")
        return text


@dataclass(frozen=True)
class Several(Words):
    """An array, each item of one kind of text."""

    item: Text = field(default_factory=Text)

    def from_toml(self, value: object) -> tuple[str, ...]:
        """The items; raises ValueError for the first that does not fit."""
        return tuple(self.item.from_text(word) for word in super().from_toml(value))


VERSION = Matching(re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}([-+][0-9A-Za-z.+-]+)?"), "1.2.3")
IDENTIFIER = Matching(re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"), "my-plugin")
COMMAND_NAME = Matching(re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}"), "HELLO.WORLD")
EXPORT_NAME = Matching(re.compile(r"[^\s]{1,256}"), "hello_world")
TEXT, TEXTS, FLAG, COUNT = Text(), Words(), Flag(), Integer(0, 2**31 - 1)


def key(kind: Kind, meaning: str, default: Any = MISSING, name: str = "") -> Any:
    """A key of a table; without a default it must be there. `name` differs from the field's."""
    metadata = {"kind": kind, "meaning": meaning, "name": name}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def read_table(source: TomlSource, place: Place, table: object, kind: type[Table]) -> Table:
    """An instance of a dataclass whose fields are `key`s, from a table of the document.

    Raises ValueError that names file, line and key.
    """
    if not isinstance(table, dict):
        raise source.problem(place, "must be a table")
    declared = {f.metadata["name"] or f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in declared:
            known = ", ".join(declared)
            raise source.problem((*place, name), f"is no known key (known are {known})")
        try:
            values[declared[name].name] = declared[name].metadata["kind"].from_toml(value)
        except ValueError as error:
            reason = str(error).removeprefix("argument ")
            raise source.problem((*place, name), reason) from error
    for name, declaration in declared.items():
        if declaration.default is MISSING and declaration.name not in values:
            raise source.problem(place, f"needs a {name}")
    return kind(**values)


def read_tables(source: TomlSource, name: str, kind: type[Table]) -> tuple[Table, ...]:
    """All tables of an array of tables; none when it is absent."""
    tables = source.data.get(name, [])
    if not isinstance(tables, Sequence) or isinstance(tables, str):
        raise source.problem((name,), f"must be an array of tables: [[{name}]]")
    return tuple(read_table(source, (name, i), table, kind) for i, table in enumerate(tables))
