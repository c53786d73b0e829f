"""Errors are counted by their codes, of which there are not too many."""

from __future__ import annotations

from ferrite.stats import ERROR_CODES_MAX, Stats


def test_errors_by_code() -> None:
    stats = Stats()
    stats.count_error("ERR one")
    stats.count_error("ERR two")
    stats.count_error("WRONGTYPE three")
    assert stats.error_replies == 3
    assert stats.error_codes == {"ERR": 2, "WRONGTYPE": 1}
    for number in range(2 * ERROR_CODES_MAX):
        stats.count_error(f"CODE{number} x")
    assert len(stats.error_codes) == ERROR_CODES_MAX
    stats.reset()
    assert not stats.error_codes
