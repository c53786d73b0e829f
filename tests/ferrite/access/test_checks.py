"""What the rest of the server asks of a session."""

from __future__ import annotations

from ferrite.access.checks import may_access_channel, may_access_key
from ferrite.access.user import User
from ferrite.commands import BUILT_IN
from ferrite.session import Session


def test_a_session_that_may_everything() -> None:
    session = Session(1, User.almighty(BUILT_IN))
    assert may_access_key(session, b"k", read=True, write=True)
    assert may_access_channel(session, b"c", pattern=True)


def test_a_session_that_may_some() -> None:
    user = User(b"bob", BUILT_IN, all_channels=False)
    user.change((b"%R~r", b"~rw", b"&news.*"))
    session = Session(1, user)
    assert may_access_key(session, b"r", read=True, write=False)
    assert may_access_key(session, b"r", read=False, write=False)
    assert not may_access_key(session, b"r", read=True, write=True)
    assert may_access_key(session, b"rw", read=True, write=True)
    assert not may_access_key(session, b"x", read=False, write=False)
    assert may_access_channel(session, b"news.1", pattern=False)
    assert not may_access_channel(session, b"news.1", pattern=True)
    assert may_access_channel(session, b"news.*", pattern=True)
