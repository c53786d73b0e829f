from __future__ import annotations

from ferrite.options import OutputLimit
from ferrite.server.output_limits import OutputWatch
from ferrite.session import Session
from tests.ferrite.test_session import ALMIGHTY

LIMITS = (("normal", OutputLimit()), ("pubsub", OutputLimit(100, 50, 10)))


def test_hard_and_soft() -> None:
    watch, session = OutputWatch(), Session(1, ALMIGHTY)
    assert watch.least(LIMITS) == 50
    assert not watch.exceeded(LIMITS, session, 1 << 40, 0)
    from ferrite.pubsub import Kind, PubSub

    PubSub().subscribe(session, Kind.CHANNEL, b"c")
    assert watch.exceeded(LIMITS, session, 101, 0)
    assert not watch.exceeded(LIMITS, session, 60, 0)
    assert not watch.exceeded(LIMITS, session, 60, 10)
    assert watch.exceeded(LIMITS, session, 60, 10.5)
    assert not watch.exceeded(LIMITS, session, 10, 11)
    assert not watch.exceeded(LIMITS, session, 60, 12)
