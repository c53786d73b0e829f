from __future__ import annotations

from ferrite.session import Session
from ferrite.slow_log import SlowLog, trimmed
from tests.ferrite.test_session import ALMIGHTY


def test_newest_first_and_no_more_than_wanted() -> None:
    log = SlowLog(lambda: 5000, lambda: 2)
    session = Session(1, ALMIGHTY, address="1.2.3.4:5")
    for number in range(3):
        log.add(session, [b"%d" % number], number)
    assert [(entry.number, entry.microseconds) for entry in log.entries] == [(2, 2), (1, 1)]
    assert log.entries[0].at == 5
    assert log.entries[0].address == "1.2.3.4:5"
    log.reset()
    log.add(session, [b"x"], 1)
    assert [entry.number for entry in log.entries] == [3]


def test_requests_are_trimmed_as_redis_does() -> None:
    assert trimmed([b"x"] * 32) == [b"x"] * 32
    assert trimmed([b"x"] * 34) == [b"x"] * 31 + [b"... (3 more arguments)"]
    assert trimmed([b"y" * 128]) == [b"y" * 128]
    assert trimmed([b"y" * 130]) == [b"y" * 128 + b"... (2 more bytes)"]
