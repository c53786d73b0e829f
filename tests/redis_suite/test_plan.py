from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.redis_suite.outcome import Outcome
from tests.redis_suite.plan import Plan, PlanError, load, record, verdict

SUITE = """\
[external]
tags = "-slow"
"unit/a" = 3
[native]
tags = ""
"unit/b" = 1
"""
EXPECTATIONS = """\
[left-out."unit/a"]
"Stream" = "streams"
[misses."unit/a"]
"Known" = "a reason"
"""


def plan(folder: Path, suite: str = SUITE, expectations: str = EXPECTATIONS) -> Plan:
    (folder / "suite.toml").write_text(suite)
    (folder / "expectations.toml").write_text(expectations)
    return load(folder / "suite.toml", folder / "expectations.toml")


def outcome(passed: int, failed: dict[str, str], *skipped: str) -> Outcome:
    return Outcome(Counter({"Passes": passed}), failed, set(skipped), True)


def test_the_lists_of_this_repository_can_be_read() -> None:
    ours = load()
    assert ours.units["unit/auth"].mode == "native"
    assert all(ours.yardstick.values())
    reasons = [reason for unit in ours.left_out.values() for reason in unit.values()]
    assert all(reasons)


def test_an_expected_miss_is_a_miss_with_its_reason(tmp_path: Path) -> None:
    lists = plan(tmp_path)
    found = verdict(lists, lists.units["unit/a"], outcome(2, {"Known": "said"}, "Stream"))
    assert (found.redis_ok, found.ours_ok, found.misses) == (3, 2, {"Known": "a reason"})
    assert not found.unexpected
    assert not found.stale


def test_what_the_lists_do_not_say_is_unexpected_and_what_is_not_so_is_stale(
    tmp_path: Path,
) -> None:
    lists = plan(tmp_path)
    found = verdict(lists, lists.units["unit/a"], outcome(1, {"New": "one\ntwo"}))
    assert found.misses == {"New": "one", "(not reached: 1)": "not run"}
    assert found.unexpected == list(found.misses)
    assert found.stale == [
        "left out, but there is no such test: Stream",
        "expected to miss, but it passes: Known",
    ]


def test_a_unit_that_does_not_end_is_unexpected(tmp_path: Path) -> None:
    lists = plan(tmp_path)
    stopped = outcome(3, {"Known": "said"}, "Stream")
    stopped.ended = False
    assert verdict(lists, lists.units["unit/a"], stopped).unexpected == ["(end of the unit)"]


@pytest.mark.parametrize(
    ("suite", "expectations"),
    [
        (SUITE, '[misses."unit/c"]\n"x" = "y"'),
        ('[external]\n"unit/a" = "many"', ""),
        ('[external]\n"unit/a" = 1\n[native]\n"unit/a" = 1', ""),
        ("[", ""),
    ],
)
def test_lists_that_cannot_be(tmp_path: Path, suite: str, expectations: str) -> None:
    with pytest.raises(PlanError):
        plan(tmp_path, suite, expectations)


def test_recording_changes_the_counts_alone(tmp_path: Path) -> None:
    plan(tmp_path)
    path = tmp_path / "suite.toml"
    record({"unit/a": 12}, path)
    assert path.read_text() == SUITE.replace('"unit/a" = 3', '"unit/a" = 12')
    with pytest.raises(PlanError, match="no line for unit/z"):
        record({"unit/z": 1}, path)
