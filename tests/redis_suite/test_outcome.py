from __future__ import annotations

from tests.redis_suite.outcome import OUTSIDE, read

OUTPUT = """\
Starting test server at port 23008
[ready]: 26999
\x1b[1;37;49mTesting unit/x\x1b[0m
[\x1b[0;32;49mok\x1b[0m]: One (1) thing (12 ms)
[\x1b[0;32;49mok\x1b[0m]: One (1) thing (3 ms)
[\x1b[0;33;49mskip\x1b[0m]: Left out
[\x1b[0;36;49mignore\x1b[0m]: Slow: Tag: slow denied
[\x1b[0;31;49merr\x1b[0m]: Two in tests/unit/x.tcl
Expected 'a
b' to be 'c'
[\x1b[0;31;49merr\x1b[0m]: n subcommand
ERR unknown subcommand
    while executing
"r x"
[1/1 \x1b[0;33;49mdone\x1b[0m]: unit/x (8 seconds)

                   The End

*** [\x1b[0;31;49merr\x1b[0m]: Two in tests/unit/x.tcl
"""


def test_a_report_is_read_by_its_lines() -> None:
    outcome = read(OUTPUT)
    assert outcome.passed == {"One (1) thing": 2}
    assert outcome.ok == 2
    assert outcome.skipped == {"Left out"}
    assert outcome.failed["Two"] == "Expected 'a\nb' to be 'c'"
    assert outcome.failed[OUTSIDE].startswith("n subcommand\nERR unknown")
    assert len(outcome.failed) == 2
    assert outcome.ended


def test_a_unit_that_stops_in_the_middle() -> None:
    outcome = read("[ok]: One (1 ms)\n[exception]: Executing test client: gone.\n  while\n")
    assert outcome.failed == {OUTSIDE: "Executing test client: gone.\n  while"}
    assert not outcome.ended
    late = read("[ok]: One (1 ms)\n\n[TIMEOUT]: not at its end after 3 seconds\n")
    assert late.failed == {OUTSIDE: "not at its end after 3 seconds"}
