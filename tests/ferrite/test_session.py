from __future__ import annotations

from ferrite.access.user import User
from ferrite.commands import BUILT_IN
from ferrite.session import Session

ALMIGHTY = User.almighty(BUILT_IN)


def test_a_new_session() -> None:
    session = Session(7, ALMIGHTY, address="a:1", local_address="b:2", created_at=5)
    assert (session.id, session.address, session.local_address) == (7, "a:1", "b:2")
    assert (session.created_at, session.last_command_at, session.last_command) == (5, 5, "")
    assert (session.database, session.protocol, session.user) == (0, 2, "default")
    assert session.authenticated
    assert not session.close_after_reply


def test_reset_keeps_the_id_and_the_library() -> None:
    session = Session(7, ALMIGHTY)
    session.database, session.protocol, session.name = 3, 3, b"me"
    session.library_name = b"lib"
    session.reset(ALMIGHTY, authenticated=False)
    assert (session.id, session.library_name) == (7, b"lib")
    assert (session.database, session.protocol, session.name) == (0, 2, b"")
    assert not session.authenticated


def test_rights_follow_the_user_and_the_login() -> None:
    user = User(b"bob", BUILT_IN, all_channels=False)
    session = Session(7, ALMIGHTY)
    assert session.unrestricted
    session.log_in(user)
    assert (session.user, session.authenticated, session.unrestricted) == ("bob", True, False)
    user.change((b"+@all", b"~*", b"&*"))
    session.follow_account()
    assert session.unrestricted
    session.log_out(ALMIGHTY)
    assert (session.user, session.authenticated, session.unrestricted) == ("default", False, False)
