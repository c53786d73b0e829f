"""The denominators, counted from the scripts without any VM or assembler."""

from __future__ import annotations

from collections import Counter

import pytest
from script import Assertion, Category, ModuleSource, read_script
from suite import RELEASES, load

COUNTS = {
    "1.0": (16_358, 1_650, 430),
    "2.0": (48_274, 2_865, 1_091),
    "3.0": (57_893, 3_420, 1_229),
}
MODULES = {"1.0": (780, 2_177), "2.0": (1_599, 4_073), "3.0": (2_229, 4_903)}


@pytest.mark.parametrize("level", RELEASES)
def test_denominators(level: str, suites_present: None) -> None:
    """Assertions by category, modules as commands, and modules inside assertions."""
    counts: Counter[Category] = Counter()
    modules = inside = 0
    for text in load(RELEASES[level]).values():
        for command in read_script(text):
            counts[command.category] += 1
            modules += isinstance(command.body, ModuleSource)
            inside += isinstance(command.body, Assertion) and isinstance(
                command.body.subject, ModuleSource
            )
    found = (counts[Category.EXEC], counts[Category.VALIDATION], counts[Category.TEXT])
    release = RELEASES[level]
    assert found == COUNTS[level] == (release.exec, release.validation, release.text)
    assert (modules, inside) == MODULES[level]
