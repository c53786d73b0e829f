"""Sample arguments of a command, from what it declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrite.plugins.manifest import CommandTable
from ferrite.plugins.programs.project import (
    argument_counts,
    module_of,
    read_program,
    sample_arguments,
)
from tests.support.guest_projects import copied
from tests.support.require import ROOT


@pytest.mark.parametrize(
    ("keys", "arguments"),
    [
        ((0, 0, 0), [b"1", b"1", b"1", b"1"]),
        ((1, 1, 1), [b"key:1", b"1", b"1", b"1"]),
        ((1, -1, 2), [b"key:1", b"1", b"key:3", b"1"]),
        ((2, -1, 1), [b"1", b"key:2", b"key:3", b"key:4"]),
        ((1, 9, 1), [b"key:1", b"key:2", b"key:3", b"key:4"]),
        ((1, -2, 1), [b"key:1", b"key:2", b"key:3", b"1"]),
    ],
)
def test_sample_arguments(keys: tuple[int, int, int], arguments: list[bytes]) -> None:
    table = CommandTable(name="X", first_key=keys[0], last_key=keys[1], step=keys[2])
    assert sample_arguments(table, 4) == arguments
    assert sample_arguments(table, 0) == []


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, [0, 2]),
        ({"max_args": 0}, [0]),
        ({"min_args": 1, "max_args": 3}, [1, 3]),
        ({"arity": 3}, [2]),
        ({"arity": -3}, [2, 4]),
    ],
)
def test_argument_counts(given: dict[str, int], counts: list[int]) -> None:
    table = CommandTable(name="X", **given)  # type: ignore[arg-type]
    assert argument_counts(table) == counts


def test_a_folder_is_built_and_a_file_taken(tmp_path: Path) -> None:
    path = tmp_path / "none.wasm"
    assert module_of(path) == path
    hello = copied(ROOT / "plugins" / "hello", tmp_path / "hello")
    assert module_of(hello) == hello / "hello.wasm"
    assert read_program(hello / "hello.wasm").manifest.package.name == "hello"
