"""A client in one line, as CLIENT LIST and the access log show it."""

from __future__ import annotations

from ferrite.pubsub import Kind
from ferrite.session import Session
from ferrite.state import ServerState


def client_line(session: Session, state: ServerState, request_bytes: int = 0) -> bytes:
    """The line of a client, without its end; `request_bytes` are of the request under way."""
    now = state.clock.now()
    subscriptions, transaction, link = session.subscriptions, session.transaction, session.link
    names = subscriptions.names if subscriptions is not None else dict.fromkeys(Kind, ())
    queued = transaction.queued if transaction is not None else []
    waiting = request_bytes + (link.input_bytes if link is not None else 0)
    unsent = link.output_bytes if link is not None else 0
    fields = {
        "id": session.id,
        "addr": session.address,
        "laddr": session.local_address,
        "fd": link.descriptor if link is not None else -1,
        "name": session.name.decode("ascii"),
        "age": (now - session.created_at) // 1000,
        "idle": (now - session.last_command_at) // 1000,
        "flags": _flags(session, state),
        "db": session.database,
        "sub": len(names[Kind.CHANNEL]),
        "psub": len(names[Kind.PATTERN]),
        "ssub": len(names[Kind.SHARD]),
        "multi": -1 if transaction is None else len(queued),
        "qbuf": waiting,
        "qbuf-free": 0,
        "argv-mem": 0,
        "multi-mem": 0 if transaction is None else transaction.bytes,
        "rbs": 0,
        "rbp": 0,
        "obl": 0,
        "oll": 0,
        "omem": unsent,
        "tot-mem": state.memory.clients.measure(session),
        "events": "r",
        "cmd": session.last_command or "NULL",
        "user": session.user,
        "redir": -1 if session.tracking is None else session.tracking.redirect,
        "resp": session.protocol,
        "lib-name": session.library_name.decode("ascii"),
        "lib-ver": session.library_version.decode("ascii"),
    }
    line = " ".join(f"{name}={field}" for name, field in fields.items())
    return line.encode("utf-8", "surrogateescape")


def _flags(session: Session, state: ServerState) -> str:
    tracking, transaction = session.tracking, session.transaction
    flags = {
        "O": session.monitor,
        "P": bool(session.subscriptions),
        "x": transaction is not None,
        "b": session.id in state.blocked,
        "t": tracking is not None,
        "R": tracking is not None and tracking.redirect_broken,
        "B": tracking is not None and tracking.broadcast,
        "d": state.watches.marked(session.id),
        "c": session.close_after_reply,
        "U": session.unix_socket,
        "e": session.no_evict,
        "T": session.no_touch,
    }
    return "".join(flag for flag, is_set in flags.items() if is_set) or "N"
