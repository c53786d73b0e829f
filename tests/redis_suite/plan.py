"""Which units are run, what is left out of them, and what is known to miss.

Rule: tests are named in full, unit by unit, and each has its reason. A name that no test has, and
an expected miss that passes, is a fault of the list: `verdict` reports both.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.redis_suite.outcome import Outcome
from tests.redis_suite.runner import Unit

HERE = Path(__file__).parent
SUITE = HERE / "suite.toml"
EXPECTATIONS = HERE / "expectations.toml"


class PlanError(Exception):
    """The lists cannot be used."""


@dataclass
class Plan:
    """The two lists, read."""

    units: dict[str, Unit]
    yardstick: dict[str, int]
    """Unit -> how many of its tests redis-server passes."""
    left_out: dict[str, dict[str, str]]
    """Unit -> test -> why it is not run."""
    misses: dict[str, dict[str, str]]
    """Unit -> test -> why it misses."""


@dataclass
class Verdict:
    """What a unit's outcome means."""

    unit: str
    mode: str
    redis_ok: int
    ours_ok: int
    misses: dict[str, str] = field(default_factory=dict)
    """Test -> reason: the expected one, or what the suite said."""
    unexpected: list[str] = field(default_factory=list)
    """Misses without a reason of ours."""
    stale: list[str] = field(default_factory=list)
    """Faults of the lists, in words."""


def load(suite: Path = SUITE, expectations: Path = EXPECTATIONS) -> Plan:
    """Read the lists; raises PlanError."""
    chosen, expected = _toml(suite), _toml(expectations)
    plan = Plan({}, {}, expected.get("left-out", {}), expected.get("misses", {}))
    for mode in ("external", "native"):
        table = dict(chosen.get(mode, {}))
        tags = table.pop("tags", "")
        for name, count in table.items():
            if not isinstance(count, int) or name in plan.units:
                raise PlanError(f"{suite}: {mode}.{name} must be a count, and be there once")
            plan.units[name] = Unit(name, mode, tags, tuple(plan.left_out.get(name, ())))
            plan.yardstick[name] = count
    for name in (*plan.left_out, *plan.misses):
        if name not in plan.units:
            raise PlanError(f"{expectations}: {name} is no unit of {suite.name}")
    return plan


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PlanError(f"{path}: {error}") from error


def verdict(plan: Plan, unit: Unit, outcome: Outcome) -> Verdict:
    """Compare an outcome with what the lists say."""
    expected = plan.misses.get(unit.name, {})
    found = Verdict(unit.name, unit.mode, plan.yardstick[unit.name], outcome.ok)
    failed = dict(outcome.failed)
    unreached = found.redis_ok - outcome.ok - len(failed)
    if unreached > 0:
        failed[f"(not reached: {unreached})"] = "not run"
    if not outcome.ended:
        failed["(end of the unit)"] = "it ended early"
    for name, said in failed.items():
        found.misses[name] = expected.get(name) or said.partition("\n")[0]
        if name not in expected:
            found.unexpected.append(name)
    found.stale = [
        *(
            f"left out, but there is no such test: {name}"
            for name in _missing(unit.left_out, outcome.skipped)
        ),
        *(f"expected to miss, but it passes: {name}" for name in expected if name not in failed),
    ]
    return found


def _missing(names: Iterable[str], among: set[str]) -> list[str]:
    return [name for name in names if name not in among]


def record(counts: Mapping[str, int], suite: Path = SUITE) -> None:
    """Write redis-server's counts into the list; raises PlanError."""
    text = suite.read_text(encoding="utf-8")
    for name, count in counts.items():
        text, found = re.subn(
            rf'^"{re.escape(name)}" = \d+', f'"{name}" = {count}', text, flags=re.MULTILINE
        )
        if found != 1:
            raise PlanError(f"{suite}: there is no line for {name}")
    suite.write_text(text, encoding="utf-8")
