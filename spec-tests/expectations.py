"""What is expected to miss, and how a run differs from it.

Rule: an expectation is exact. A miss that is not expected is a difference, and so is an expected
miss that passes: a list that nobody has to shorten grows stale.

expectations.toml holds `[[expect]]` tables:

    level = "2.0"
    file = "simd/*"                           glob over the names of scripts; * crosses folders
    lines = [236, 248]                        the commands that miss, by line; or
    misses = { exec = 12, validation = 3 }    how many miss, by category, over all those scripts
    reason = "why they miss"                  or, for a feature that is not built yet,
    absent = "what is not built"

A miss belongs to the first table that fits. Counts are compared only when every script of the
glob was run.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from runner import FileResult, Miss
from script import Category

_KEYS = {"level", "file", "lines", "misses", "reason", "absent"}


class ExpectationError(Exception):
    """expectations.toml does not follow its format."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One table: either `lines` or `misses` (count by category) is given."""

    file: str
    lines: frozenset[int]
    misses: dict[str, int]
    reason: str
    absent: bool

    def covers(self, file: str, miss: Miss) -> bool:
        """Tell whether a miss belongs to this table."""
        named = miss.line in self.lines or miss.category.value in self.misses
        return named and fnmatch(file, self.file)


@dataclass(slots=True)
class Comparison:
    """How a run compares: unexpected misses in full, and every other difference as a sentence."""

    unexpected: list[tuple[str, Miss]]
    differences: list[str]
    expected: Counter[str]  # misses that were expected, by reason
    partly_run: list[str]  # globs whose counts could not be compared

    @property
    def as_expected(self) -> bool:
        """No difference at all."""
        return not self.unexpected and not self.differences


def read_expectations(path: Path, level: str) -> list[Expectation]:
    """Read the tables of one level; raises ExpectationError."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("expect", [])
    except tomllib.TOMLDecodeError as error:
        raise ExpectationError(f"{path.name}: {error}") from error
    read = [(table.get("level"), _expectation(table, f"{path.name}: {table}")) for table in tables]
    return [expectation for table_level, expectation in read if table_level == level]


def _expectation(table: dict[str, Any], where: str) -> Expectation:
    unknown = sorted(table.keys() - _KEYS)
    if unknown:
        raise ExpectationError(f"{where}: unknown key {unknown[0]}")
    if not isinstance(table.get("level"), str) or not isinstance(table.get("file"), str):
        raise ExpectationError(f"{where}: level and file are needed, as strings")
    if ("lines" in table) == ("misses" in table):
        raise ExpectationError(f"{where}: one of lines and misses is needed")
    if ("reason" in table) == ("absent" in table):
        raise ExpectationError(f"{where}: one of reason and absent is needed")
    misses = table.get("misses", {})
    if not set(misses) <= set(Category):
        raise ExpectationError(f"{where}: misses are by {', '.join(Category)}")
    return Expectation(
        table["file"],
        frozenset(table.get("lines", ())),
        misses,
        table.get("reason") or table.get("absent", ""),
        "absent" in table,
    )


def compare(
    expectations: list[Expectation], results: list[FileResult], suite: Iterable[str]
) -> Comparison:
    """Compare the results of a run with what was expected; `suite` names all scripts."""
    unexpected = []
    claimed: list[list[tuple[str, Miss]]] = [[] for _ in expectations]
    for result in results:
        for miss in result.misses:
            for expectation, own in zip(expectations, claimed, strict=True):
                if expectation.covers(result.file, miss):
                    own.append((result.file, miss))
                    break
            else:
                unexpected.append((result.file, miss))
    ran = {result.file for result in results}
    differences, partly_run = [], []
    for expectation, own in zip(expectations, claimed, strict=True):
        files = {name for name in suite if fnmatch(name, expectation.file)}
        if not files:
            differences.append(f"{expectation.file}: there is no such script")
        elif files <= ran:
            differences.extend(_differences(expectation, own))
        elif files & ran:
            partly_run.append(expectation.file)
    expected = Counter(
        expectation.reason
        for expectation, own in zip(expectations, claimed, strict=True)
        for _ in own
    )
    return Comparison(unexpected, differences, expected, partly_run)


def _differences(expectation: Expectation, own: list[tuple[str, Miss]]) -> list[str]:
    passed = expectation.lines - {miss.line for _, miss in own}
    found = [
        f"{expectation.file}:{line} was expected to miss and passed ({expectation.reason})"
        for line in sorted(passed)
    ]
    counts = Counter(miss.category.value for _, miss in own)
    found += [
        f"{expectation.file}: {counts[category]:,} {category} missed, "
        f"{wanted:,} were expected to ({expectation.reason})"
        for category, wanted in expectation.misses.items()
        if counts[category] != wanted
    ]
    return found
