from __future__ import annotations

from ferrite.persistence.rewrite_limit import RewriteLimit

MINUTE = 60_000


def test_after_three_failures_the_pauses_double() -> None:
    now = 0
    limit = RewriteLimit(lambda: now)
    for _ in range(2):
        limit.note(False)
        assert not limit.reached()
    limit.note(False)
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        assert limit.reached()
        now += minutes * MINUTE - 1
        assert limit.reached()
        now += 1
        assert not limit.reached()
    assert limit.failures == 3


def test_a_success_ends_it() -> None:
    limit = RewriteLimit(lambda: 0)
    for succeeded in (False, False, False, True):
        limit.note(succeeded)
    assert not limit.reached()
