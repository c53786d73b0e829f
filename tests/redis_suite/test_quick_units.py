"""A tenth of the suite: the units that take seconds, in both modes."""

from __future__ import annotations

import os

import pytest

from tests.redis_suite.plan import load, verdict
from tests.redis_suite.runner import PORTS_PER_RUN, run_unit
from tests.redis_suite.source import fetch
from tests.support.require import require

FIRST_PORT = 20_000 + os.getpid() % 8 * 4 * PORTS_PER_RUN
UNITS = ("unit/protocol", "unit/quit", "unit/type/incr", "unit/auth")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_passes_but_for_what_is_expected(name: str) -> None:
    require("tcl")
    require("redis")
    plan = load()
    unit = plan.units[name]
    port = FIRST_PORT + UNITS.index(name) * PORTS_PER_RUN
    found = verdict(plan, unit, run_unit(unit, "ferrite", fetch(), port, 120))
    assert not found.unexpected, found.misses
    assert not found.stale
    assert found.ours_ok + len(found.misses) >= found.redis_ok > 0
