from __future__ import annotations

import io
import json
from collections import Counter

from expectations import Comparison
from report import Progress, as_json, conclusion, describe, slowest, table
from runner import FileResult, Miss
from script import Category
from suite import RELEASES

MISS = Miss(7, Category.EXEC, "assert_return", "(x)", "1", "2", "Traceback\n  here")
RESULTS = [
    FileResult(
        "long_name.wast",
        {
            Category.EXEC: [1_000, 1_234],
            Category.VALIDATION: [0, 0],
            Category.TEXT: [0, 9],
            Category.SETUP: [3, 3],
        },
        [MISS],
        1.5,
    ),
    FileResult(
        "b.wast",
        {
            Category.EXEC: [0, 0],
            Category.VALIDATION: [5, 5],
            Category.TEXT: [0, 0],
            Category.SETUP: [1, 3],
        },
        [],
        0.25,
    ),
]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_table_is_aligned() -> None:
    note = "  2 modules or actions fail"
    assert table(RESULTS, RELEASES["1.0"]).splitlines() == [
        "long_name.wast     exec 1,000/1,234  validation   -  text n/a",
        "b.wast             exec           -  validation 5/5  text   -" + note,
        "wg-1.0: 2 scripts  exec 1,000/1,234  validation 5/5  text n/a" + note,
    ]


def test_progress_is_one_line_on_a_terminal_and_nothing_elsewhere() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress(4, stream)
        progress.show(2, "a.wast")
        progress.clear()
    assert "[############............] 2/4 a.wast" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()
    assert file.getvalue() == ""


def test_a_miss_in_full() -> None:
    assert describe("a.wast", MISS, traceback=False) == (
        "a.wast:7: (x)\n    expected 1\n    got      2"
    )
    assert describe("a.wast", MISS, traceback=True).endswith("| Traceback\n    |   here")


def test_the_conclusion_lists_differences() -> None:
    good = Comparison([], [], Counter({"SIMD": 1_000}), ["simd/*"])
    assert conclusion(good, traceback=False).splitlines() == [
        "1,000 missed as expected: SIMD",
        "simd/*: not compared, for it was run in part",
        "as expected",
    ]
    bad = Comparison([("a.wast", MISS)] * 1_000, ["b.wast:3 passed"], Counter(), [])
    text = conclusion(bad, traceback=False)
    assert text.count("a.wast:7") == 200
    assert text.splitlines()[-3:] == [
        "... and 800 more; --json FILE has them all",
        "b.wast:3 passed",
        "1,001 differences from expectations.toml",
    ]


def test_json() -> None:
    data = json.loads(json.dumps(as_json(RESULTS, RELEASES["1.0"], "reference", 2.0, True)))
    assert data["level"] == "1.0"
    assert data["commit"] == RELEASES["1.0"].commit
    assert (data["engine"], data["complete"], data["seconds"]) == ("reference", True, 2.0)
    assert data["totals"] == {
        "exec": [1_000, 1_234],
        "validation": [5, 5],
        "text": None,
        "text_assertions": 9,
        "setup": [4, 6],
    }
    assert data["files"][0]["file"] == "long_name.wast"
    assert data["files"][0]["misses"] == [
        {
            "line": 7,
            "category": "exec",
            "command": "assert_return",
            "text": "(x)",
            "expected": "1",
            "got": "2",
            "traceback": "Traceback\n  here",
        }
    ]


def test_slowest() -> None:
    assert slowest(RESULTS, 1) == "long_name.wast 1.5 s"
