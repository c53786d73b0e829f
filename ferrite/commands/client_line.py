"""A client in one line, as CLIENT LIST and the access log show it."""

from __future__ import annotations

from ferrite.session import Session
from ferrite.state import ServerState


def client_line(session: Session, state: ServerState) -> bytes:
    """The line of a client, without its end."""
    now = state.clock.now()
    fields = {
        "id": session.id,
        "addr": session.address,
        "laddr": session.local_address,
        "name": session.name.decode("ascii"),
        "age": (now - session.created_at) // 1000,
        "idle": (now - session.last_command_at) // 1000,
        "flags": "b" if session.id in state.blocked else "N",
        "db": session.database,
        "sub": 0,
        "psub": 0,
        "multi": -1,
        "cmd": session.last_command or "NULL",
        "user": session.user,
        "resp": session.protocol,
        "lib-name": session.library_name.decode("ascii"),
        "lib-ver": session.library_version.decode("ascii"),
    }
    line = " ".join(f"{name}={field}" for name, field in fields.items())
    return line.encode("utf-8", "surrogateescape")
