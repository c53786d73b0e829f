"""A loaded plugin's log."""

from __future__ import annotations

import logging

import pytest

from ferrite.plugins.limits import LIMITS
from ferrite.plugins.plugin import PluginLog


def test_lines_are_kept_with_their_level_and_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    log = PluginLog("p")
    with caplog.at_level(logging.DEBUG, "ferrite.plugin.p"):
        for level, line in enumerate(("a", "b", "c", "d")):
            log.write(level, line)
    assert log.lines() == ["DEBUG a", "INFO b", "WARNING c", "ERROR d"]
    assert [record.getMessage() for record in caplog.records] == ["a", "b", "c", "d"]


def test_a_log_is_bounded() -> None:
    seconds = iter(range(10_000))
    log = PluginLog("p", lambda: next(seconds))
    for number in range(LIMITS.log_lines_max + 5):
        log.write(1, str(number))
    assert len(log.lines()) == LIMITS.log_lines_max
    assert log.lines()[0] == "INFO 5"


def test_control_characters_are_shown() -> None:
    log = PluginLog("p")
    log.write(1, "a\r\n%s \x1b[0m \u202e caf\u00e9")
    assert log.lines() == ["INFO a\\r\\n%s \\x1b[0m \\u202e caf\u00e9"]


def test_a_flood_of_lines_is_cut_and_says_so() -> None:
    now = [5.0]
    log = PluginLog("t", lambda: now[0])
    for number in range(3000):
        log.write(1, f"line {number}")
    assert len(log.lines()) == LIMITS.log_lines_per_second_max
    assert log.lines()[-1] == "WARNING more than 1000 lines a second: the rest is dropped"
    now[0] = 6.0
    log.write(1, "again")
    assert log.lines()[-1] == "INFO again"
