"""Strict tables: unknown keys, wrong types and missing keys are errors with file, line and key."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ferrite.plugins.schema import (
    COMMAND_NAME,
    COUNT,
    FLAG,
    IDENTIFIER,
    TEXT,
    TEXTS,
    VERSION,
    OneOf,
    Several,
    key,
    read_table,
    read_tables,
)
from ferrite.toml_source import TomlSource


@dataclass(frozen=True, kw_only=True)
class Sample:
    name: str = key(IDENTIFIER, "Its name.")
    count: int = key(COUNT, "How many.", 7)
    loud: bool = key(FLAG, "Whether.", False)
    words: tuple[str, ...] = key(Several(OneOf(words=("a", "b"))), "Which.", ())
    kind: str = key(TEXT, "Called `class` in the table.", "", name="class")


def read(text: str) -> Sample:
    source = TomlSource(text, "s.toml")
    return read_table(source, ("t",), source.data["t"], Sample)


def test_defaults_and_values() -> None:
    assert read('[t]\nname = "x"') == Sample(name="x")
    full = '[t]\nname = "x"\ncount = 3\nloud = true\nwords = ["b", "a"]\nclass = "c"'
    assert read(full) == Sample(name="x", count=3, loud=True, words=("b", "a"), kind="c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t = 3", "s.toml:1: t must be a table"),
        ("[t]\ncount = 3", "s.toml:1: t needs a name"),
        ('[t]\nname = "x"\nnmae = 1', "s.toml:3: t.nmae is no known key (known are name, "),
        ("[t]\nname = 1", "s.toml:2: t.name must be a string, not an integer"),
        ('[t]\nname = ""', "s.toml:2: t.name must be of the form my-plugin, not ''"),
        ('[t]\nname = "a b"', "s.toml:2: t.name must be of the form my-plugin, not 'a b'"),
        ('[t]\nname = "x"\ncount = -1', "s.toml:3: t.count must be between 0 and 2147483647"),
        ('[t]\nname = "x"\ncount = true', "s.toml:3: t.count must be an integer, not a boolean"),
        ('[t]\nname = "x"\nloud = 1', "s.toml:3: t.loud must be a boolean, not an integer"),
        ('[t]\nname = "x"\nwords = "a"', "s.toml:3: t.words must be an array of strings"),
        ('[t]\nname = "x"\nwords = ["a", "c"]', "s.toml:3: t.words must be one of a, b, not 'c'"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"s\.toml") as caught:
        read(text)
    assert str(caught.value).startswith(message)


def test_tables_of_an_array_are_told_apart() -> None:
    source = TomlSource('[[t]]\nname = "x"\n[[t]]\nname = "y"\ncount = "z"', "s.toml")
    with pytest.raises(ValueError, match=r"s\.toml:5: t\[1\]\.count must be an integer"):
        read_tables(source, "t", Sample)
    assert read_tables(TomlSource("", "s.toml"), "t", Sample) == ()
    with pytest.raises(ValueError, match="must be an array of tables"):
        read_tables(TomlSource('t = "x"', "s.toml"), "t", Sample)


@pytest.mark.parametrize("text", ["1.2.3", "0.0.0", "1.2.3-rc.1", "10.20.30+build"])
def test_versions(text: str) -> None:
    assert VERSION.from_text(text) == text


@pytest.mark.parametrize("text", ["1.2", "1.2.3.4", "v1.2.3", "1.2.x", "", "1.2.3 "])
def test_no_versions(text: str) -> None:
    with pytest.raises(ValueError, match=r"1\.2\.3"):
        VERSION.from_text(text)


def test_names() -> None:
    assert COMMAND_NAME.from_text("HELLO.WORLD") == "HELLO.WORLD"
    for bad in ("", ".x", "a b", "a\n", "x" * 200, "a|b"):
        with pytest.raises(ValueError, match="form"):
            COMMAND_NAME.from_text(bad)
    assert TEXTS.from_toml(["a"]) == ("a",)
