from __future__ import annotations

from ferrite.stats import ERROR_CODES_MAX, Stats


def test_errors_are_counted_by_their_code_and_codes_are_bounded() -> None:
    stats = Stats()
    for number in range(ERROR_CODES_MAX + 10):
        stats.count_error(f"CODE{number} text")
    stats.count_error("CODE0 another text")
    assert stats.error_replies == ERROR_CODES_MAX + 11
    assert len(stats.error_codes) == ERROR_CODES_MAX
    assert stats.error_codes["CODE0"] == 2


def test_reset() -> None:
    stats = Stats()
    stats.count_error("ERR x")
    stats.input_bytes = 5
    stats.reset()
    assert (stats.error_replies, stats.input_bytes, dict(stats.error_codes)) == (0, 0, {})
