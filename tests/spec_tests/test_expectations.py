from __future__ import annotations

from pathlib import Path

import pytest
from expectations import ExpectationError, compare, read_expectations
from runner import FileResult, Miss
from script import Category
from suite import RELEASES, load

SUITE = ["a.wast", "simd/b.wast", "simd/c.wast"]
FILE = """
[[expect]]
level = "2.0"
file = "a.wast"
lines = [3, 5]
reason = "superseded"

[[expect]]
level = "2.0"
file = "simd/*"
misses = { exec = 2, validation = 1 }
absent = "SIMD"

[[expect]]
level = "1.0"
file = "*"
lines = [1]
reason = "of another level"
"""


def result(file: str, *misses: tuple[int, Category]) -> FileResult:
    counts = {category: [0, 0] for category in Category}
    found = [Miss(line, category, "assert_return", "", "", "") for line, category in misses]
    return FileResult(file, counts, found)


E, V, S = Category.EXEC, Category.VALIDATION, Category.SETUP
AS_EXPECTED = [
    result("a.wast", (3, E), (5, S)),
    result("simd/b.wast", (1, E), (2, V)),
    result("simd/c.wast", (3, E)),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "expectations.toml"
    file.write_text(FILE)
    return file


def test_a_run_as_expected(path: Path) -> None:
    comparison = compare(read_expectations(path, "2.0"), AS_EXPECTED, SUITE)
    assert comparison.as_expected
    assert comparison.expected == {"superseded": 2, "SIMD": 3}


def test_a_miss_that_is_not_expected_is_a_difference(path: Path) -> None:
    results = [result("a.wast", (3, E), (4, E), (5, E)), *AS_EXPECTED[1:]]
    comparison = compare(read_expectations(path, "2.0"), results, SUITE)
    assert [(file, miss.line) for file, miss in comparison.unexpected] == [("a.wast", 4)]
    assert not comparison.as_expected


def test_an_expected_miss_that_passes_is_a_difference(path: Path) -> None:
    results = [result("a.wast", (5, S)), AS_EXPECTED[1], result("simd/c.wast")]
    comparison = compare(read_expectations(path, "2.0"), results, SUITE)
    assert comparison.differences == [
        "a.wast:3 was expected to miss and passed (superseded)",
        "simd/*: 1 exec missed, 2 were expected to (SIMD)",
    ]


def test_too_many_misses_and_other_kinds_of_misses_are_differences(path: Path) -> None:
    results = [*AS_EXPECTED[:2], result("simd/c.wast", (3, E), (4, E), (5, S))]
    comparison = compare(read_expectations(path, "2.0"), results, SUITE)
    assert comparison.differences == ["simd/*: 3 exec missed, 2 were expected to (SIMD)"]
    assert [miss.category for _, miss in comparison.unexpected] == [S]


def test_counts_are_not_compared_where_part_was_run(path: Path) -> None:
    comparison = compare(read_expectations(path, "2.0"), AS_EXPECTED[:2], SUITE)
    assert comparison.as_expected
    assert comparison.partly_run == ["simd/*"]
    comparison = compare(read_expectations(path, "2.0"), AS_EXPECTED[:1], SUITE)
    assert comparison.partly_run == []


def test_a_glob_of_no_script_is_a_difference(path: Path) -> None:
    comparison = compare(read_expectations(path, "2.0"), [], ["x.wast"])
    assert comparison.differences == [
        "a.wast: there is no such script",
        "simd/*: there is no such script",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[expect]", "expectations.toml"),
        ('[[expect]]\nlevel="1.0"', "level and file"),
        ('[[expect]]\nlevel="1.0"\nfile="a"\nreason="x"', "one of lines and misses"),
        ('[[expect]]\nlevel="1.0"\nfile="a"\nlines=[1]', "one of reason and absent"),
        ('[[expect]]\nlevel="1.0"\nfile="a"\nline=1\nreason="x"', "unknown key line"),
        ('[[expect]]\nlevel="1.0"\nfile="a"\nmisses={exe=1}\nreason="x"', "misses are by"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "expectations.toml"
    path.write_text(text)
    with pytest.raises(ExpectationError, match=problem):
        read_expectations(path, "1.0")


@pytest.mark.parametrize("level", RELEASES)
def test_every_expectation_of_the_project_names_scripts(level: str, suites_present: None) -> None:
    path = Path(__file__).parents[2] / "spec-tests" / "expectations.toml"
    comparison = compare(read_expectations(path, level), [], load(RELEASES[level]))
    assert comparison.differences == []
