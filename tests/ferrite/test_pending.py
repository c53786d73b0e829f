from __future__ import annotations

import pytest

from ferrite.pending import Pending


def test_the_reply_reaches_all_who_wait_and_all_who_come_later() -> None:
    pending, seen = Pending(), []
    pending.on_done(seen.append)
    pending.on_done(seen.append)
    assert not pending.done
    pending.resolve(b"reply")
    pending.on_done(seen.append)
    assert seen == [b"reply"] * 3
    assert pending.done
    assert pending.value == b"reply"


def test_resolved_once() -> None:
    pending = Pending()
    pending.resolve(1)
    with pytest.raises(RuntimeError, match="once"):
        pending.resolve(2)


def test_abandoning_tells_once_and_resolving_stays_possible() -> None:
    pending, told = Pending(), []
    pending.on_abandon(lambda: told.append("first"))
    pending.abandon()
    pending.abandon()
    pending.on_abandon(lambda: told.append("late"))
    assert told == ["first", "late"]
    pending.resolve(None)
    assert pending.done


def test_nothing_is_abandoned_once_the_reply_is_there() -> None:
    pending, told = Pending(), []
    pending.on_abandon(lambda: told.append("told"))
    pending.resolve(1)
    pending.abandon()
    pending.on_abandon(lambda: told.append("told"))
    assert told == []
    assert not pending.abandoned
