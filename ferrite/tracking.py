"""Tracking: which clients have which keys in their caches, and telling them when one changes.

Rule: a key is remembered by name alone, whatever its database, and forgotten once its clients were
told. A client in broadcast mode is not remembered by key but by prefix; what changed is sent to it
in one message once the commands under way are over. The table is bounded by
tracking-table-max-keys: beyond it, clients are told of keys that have not changed.
Source: https://redis.io/docs/latest/develop/reference/client-side-caching/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ferrite.errors import CommandError
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.journal import Change
from ferrite.protocol.replies import Push, Reply
from ferrite.session import Session

CHANNEL = b"__redis__:invalidate"
"""Where a RESP2 client that others redirect to must be subscribed."""


@dataclass(slots=True)
class Tracking:
    """How one client wants to be told."""

    broadcast: bool = False
    prefixes: list[bytes] = field(default_factory=list)
    """In broadcast mode: the names it is told of begin with one of them."""
    opt_in: bool = False
    opt_out: bool = False
    no_loop: bool = False
    """Not of what it changes itself."""
    redirect: int = 0
    """Id of the client that is told in its place; 0 for none."""
    redirect_broken: bool = False
    caching: bool = False
    """CLIENT CACHING was given for the next command."""


@dataclass(slots=True)
class _Prefix:
    sessions: dict[Session, None] = field(default_factory=dict)
    changed: dict[bytes, Session | None] = field(default_factory=dict)
    """Keys to tell of, with who changed them last."""


class TrackingTable:
    """All that is tracked on a server."""

    __slots__ = (
        "_call_later", "_databases", "_prefixes", "_sessions", "_tell_scheduled",
        "clients", "current", "keys", "keys_max", "quiet",
    )  # fmt: skip

    def __init__(
        self,
        databases: Databases,
        sessions: dict[int, Session],
        keys_max: Callable[[], int],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._databases = databases
        self._sessions = sessions
        self._call_later = call_later
        self._prefixes: dict[bytes, _Prefix] = {}
        self._tell_scheduled = False
        self.keys_max = keys_max
        self.keys: dict[bytes, dict[int, None]] = {}
        """Key -> ids of the clients that have it."""
        self.clients: dict[Session, None] = {}
        """Those that track."""
        self.current: Session | None = None
        """Whose command is under way, where that is known."""
        self.quiet = False
        """Set while a database is emptied: that is told with one message."""

    @property
    def items(self) -> int:
        """Pairs of key and client."""
        return sum(map(len, self.keys.values()))

    @property
    def prefixes(self) -> int:
        """Different prefixes of clients in broadcast mode."""
        return len(self._prefixes)

    def start(self, session: Session, wanted: Tracking) -> None:
        """Track for a client, or in another way than so far. Prefixes it has stay.

        Raises CommandError for prefixes that overlap.
        """
        before = session.tracking
        if wanted.broadcast:
            present = before.prefixes if before is not None else []
            _check_prefixes(wanted.prefixes, present)
            added = [prefix for prefix in wanted.prefixes or [b""] if prefix not in present]
            wanted.prefixes = [*present, *added]
            for prefix in added:
                self._prefixes.setdefault(prefix, _Prefix()).sessions[session] = None
        if before is not None:
            wanted.caching = before.caching
        if not self.clients:
            self._databases.listen(self._heard)
        self.clients[session] = None
        session.tracking = wanted

    def stop(self, session: Session) -> None:
        """Track no more for a client. Keys it is remembered for are forgotten as they come up."""
        tracking = session.tracking
        if tracking is None:
            return
        for prefix in tracking.prefixes:
            state = self._prefixes[prefix]
            del state.sessions[session]
            if not state.sessions:
                del self._prefixes[prefix]
        session.tracking = None
        del self.clients[session]
        if not self.clients:
            self._databases.unlisten(self._heard)
            self.keys.clear()

    def remember(self, session: Session, keys: Iterable[bytes]) -> None:
        """A client has read some keys."""
        tracking = session.tracking
        if tracking is None or tracking.broadcast:
            return
        if (tracking.opt_in and not tracking.caching) or (tracking.opt_out and tracking.caching):
            return
        for key in keys:
            self.keys.setdefault(key, {})[session.id] = None

    def limit(self) -> None:
        """Forget keys as long as there are too many; that is nobody's own change."""
        keys_max = self.keys_max()
        if not keys_max or len(self.keys) <= keys_max:
            return
        current, self.current = self.current, None
        while len(self.keys) > keys_max:
            self._tell(next(iter(self.keys)))
        self.current = current

    def flushed(self) -> None:
        """A database was emptied: no cached key holds any more."""
        for session in tuple(self.clients):
            self._send(session, None)
        self.keys.clear()

    def _heard(self, _keyspace: Keyspace, _: Change, key: bytes) -> None:
        if self.quiet:
            return
        for prefix, state in self._prefixes.items():
            if key.startswith(prefix):
                state.changed[key] = self.current
                if not self._tell_scheduled:
                    self._tell_scheduled = True
                    self._call_later(0.0, self._tell_prefixes)
        if key in self.keys:
            self._tell(key)

    def _tell(self, key: bytes) -> None:
        for session_id in self.keys.pop(key):
            session = self._sessions.get(session_id)
            tracking = session.tracking if session is not None else None
            if session is None or tracking is None or tracking.broadcast:
                continue
            if not (tracking.no_loop and session is self.current):
                self._send(session, [key])

    def _tell_prefixes(self) -> None:
        self._tell_scheduled = False
        for state in tuple(self._prefixes.values()):
            changed, state.changed = state.changed, {}
            for session in tuple(state.sessions) if changed else ():
                own = session.tracking is not None and session.tracking.no_loop
                keys = [key for key, by in changed.items() if not (own and by is session)]
                if keys:
                    self._send(session, keys)

    def _send(self, session: Session, keys: list[bytes] | None) -> None:
        """Tell a client, or whom it redirects to, that some keys or all of them have changed."""
        tracking = session.tracking
        receiver: Session | None = session
        if tracking is not None and tracking.redirect:
            receiver = self._sessions.get(tracking.redirect)
            if receiver is None:
                tracking.redirect_broken = True
                if session.protocol > 2:
                    broken: Reply = Push([b"tracking-redir-broken", tracking.redirect])
                    session.push(broken, late=True)
                return
        if receiver is None:
            return
        if receiver.protocol > 2:
            receiver.push(Push([b"invalidate", keys]), late=True)
        elif receiver is not session and receiver.subscriptions is not None:
            receiver.push(Push([b"message", CHANNEL, keys]), late=True)


def _check_prefixes(given: Sequence[bytes], present: Iterable[bytes]) -> None:
    for index, prefix in enumerate(given):
        for other in present:
            if other.startswith(prefix) or prefix.startswith(other):
                raise _overlap(prefix, "an existing prefix", other)
        for other in given[index + 1 :]:
            if other.startswith(prefix) or prefix.startswith(other):
                raise _overlap(prefix, "another provided prefix", other)


def _overlap(prefix: bytes, what: str, other: bytes) -> CommandError:
    shown, seen = (text.decode("utf-8", "surrogateescape") for text in (prefix, other))
    return CommandError(
        f"ERR Prefix '{shown}' overlaps with {what} '{seen}'. "
        "Prefixes for a single client must not overlap."
    )
