"""The line of a client."""

from __future__ import annotations

from ferrite.access.user import User
from ferrite.commands import BUILT_IN
from ferrite.commands.client_line import client_line
from ferrite.config import Config
from ferrite.keyspace.clock import Clock
from ferrite.session import Session
from ferrite.state import ServerState


def test_the_line() -> None:
    session = Session(7, User(b"bob", BUILT_IN, all_channels=False), address="a:1", created_at=0)
    state = ServerState(Config(), BUILT_IN, Clock(lambda: 9000))
    session.last_command, session.last_command_at = "get", 4000
    line = client_line(session, state)
    assert line.startswith(b"id=7 addr=a:1 laddr= fd=-1 name= age=9 idle=5 flags=N db=0 ")
    assert b" cmd=get user=bob redir=-1 resp=2 " in line
    assert not line.endswith(b"\n")
