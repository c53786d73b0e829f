"""docs/security.md: every defence has its test, and every hostile plugin its row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.hostile_plugins import HOSTILE
from tests.support.require import ROOT
from tests.support.sources import read

PAGE = (ROOT / "docs" / "security.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/[\w/.]+(?:::\w+)?)`", PAGE)))
PLUGINS_MIN = 25


@pytest.mark.parametrize("test", TESTS)
def test_every_test_that_is_named_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert (ROOT / file).exists()
    tree = ast.parse(read(Path(file)))
    assert not name or name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}


def test_every_row_has_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and " test |" not in line]
    trust = PAGE.index("## Defences")
    assert len(rows) > 40
    assert all("`tests/" in row for row in rows if PAGE.index(row) > trust)


def test_every_hostile_plugin_has_its_row() -> None:
    names = {path.stem for path in HOSTILE.iterdir()}
    listed = {
        name.strip()
        for row in re.findall(r"^\| ([a-z, ]+) \|.*\|.*\|.*\|$", PAGE, re.MULTILINE)
        for name in row.split(",")
    }
    assert names <= listed
    assert len(names) >= PLUGINS_MIN
