from __future__ import annotations

from pathlib import Path

import pytest

from tests.redis_suite.plan import Verdict
from tests.redis_suite.table import BEGIN, END, TableError, render, report, write

_MISSES = {"One": "why | not", "Two": "why | not", "New": "x"}
VERDICTS = [
    Verdict("unit/a", "external", 100, 97, _MISSES, ["New"]),
    Verdict("unit/b", "external", 100, 101, {}, [], ["expected to miss, but it passes: One"]),
    Verdict("unit/c", "native", 4, 4),
]


def test_the_table_adds_up_and_gives_reasons() -> None:
    assert render(VERDICTS).splitlines()[2:] == [
        "| **external mode** | **200** | **197** | 98.5 % |",
        "| unit/a | 100 | 97 | 2: why \\| not; 1: not explained |",
        "| unit/b | 100 | 101 |  |",
        "| **native mode** | **4** | **4** | 100.0 % |",
        "| unit/c | 4 | 4 |  |",
    ]


def test_the_report_names_each_miss() -> None:
    assert report(VERDICTS).splitlines() == [
        "unit/a: One: why | not",
        "unit/a: Two: why | not",
        "unit/a: UNEXPECTED New: x",
        "unit/b: LIST expected to miss, but it passes: One",
    ]


def test_the_table_goes_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n")
    write(path, "new")
    assert path.read_text() == f"a\n{BEGIN}\nnew\n{END}\nb\n"
    path.write_text("a\n")
    with pytest.raises(TableError, match="needs the lines"):
        write(path, "new")
