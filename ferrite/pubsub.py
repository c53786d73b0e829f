"""Publish and subscribe: who gets which messages.

Rule: one table for each of channels, patterns and shard channels, from name to the sessions in the
order they came. A message is encoded once for each protocol version, however many get it. The
tables hold a client exactly as long as its `Subscriptions` name them.
Source: https://redis.io/docs/latest/develop/interact/pubsub/
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeAlias

from ferrite.keyspace.patterns import Matcher, matcher
from ferrite.protocol.encoder import encode
from ferrite.protocol.replies import Encoded, Push, Reply
from ferrite.session import Session

Names: TypeAlias = dict[bytes, None]
"""A set in the order its members came."""


class Kind(Enum):
    """What a client can be subscribed to; the value is what stands before "subscribe"."""

    CHANNEL = b""
    PATTERN = b"p"
    SHARD = b"s"


class Subscriptions:
    """What one client is subscribed to."""

    __slots__ = ("names",)

    def __init__(self) -> None:
        self.names: dict[Kind, Names] = {kind: {} for kind in Kind}

    def __bool__(self) -> bool:
        return any(self.names.values())

    def count(self, kind: Kind) -> int:
        """What a reply to a subscription of `kind` counts: shard channels by themselves."""
        if kind is Kind.SHARD:
            return len(self.names[Kind.SHARD])
        return len(self.names[Kind.CHANNEL]) + len(self.names[Kind.PATTERN])


class PubSub:
    """All subscriptions of a server."""

    __slots__ = ("_matchers", "held", "tables")

    def __init__(self) -> None:
        self.tables: dict[Kind, dict[bytes, dict[Session, None]]] = {kind: {} for kind in Kind}
        """Name -> sessions, in the order they came."""
        self._matchers: dict[bytes, Matcher] = {}
        self.held: list[tuple[bytes, bytes, bool]] | None = None

    def hold(self) -> int:
        """Keep messages back from now on, as long as a plugin call may still be undone; what
        `drop` takes."""
        if self.held is None:
            self.held = []
        return len(self.held)

    @property
    def holding(self) -> bool:
        """Whether messages are kept back."""
        return bool(self.held)

    def drop(self, mark: int) -> None:
        """Forget the messages kept back since `hold` gave this mark."""
        if self.held is not None:
            del self.held[mark:]

    def release(self) -> None:
        """Send what was kept back, and keep nothing back any more."""
        held, self.held = self.held, None
        if held:
            for channel, message, shard in held:
                self.publish(channel, message, shard=shard)

    def subscribe(self, session: Session, kind: Kind, name: bytes) -> Push:
        """Send the client what is published under a name from now on; the message that says so.

        Raises CommandError for a pattern that is too long.
        """
        if kind is Kind.PATTERN and name not in self._matchers:
            self._matchers[name] = matcher(name)
        if session.subscriptions is None:
            session.subscriptions = Subscriptions()
        session.subscriptions.names[kind][name] = None
        self.tables[kind].setdefault(name, {})[session] = None
        return _notice(kind, b"subscribe", name, session)

    def unsubscribe(self, session: Session, kind: Kind, names: Iterable[bytes]) -> list[Reply]:
        """Send no more of these names, of all of a kind when there are none given; a message for
        each."""
        subscriptions = session.subscriptions
        own = subscriptions.names[kind] if subscriptions is not None else {}
        notices: list[Reply] = []
        for name in tuple(names) or tuple(own):
            if name in own:
                del own[name]
                self._drop(session, kind, name)
            notices.append(_notice(kind, b"unsubscribe", name, session))
        if not notices:
            notices.append(_notice(kind, b"unsubscribe", None, session))
        if not session.subscriptions:
            session.subscriptions = None
        return notices

    def forget(self, session: Session) -> None:
        """The client has gone, or is as new."""
        if session.subscriptions is None:
            return
        for kind, names in session.subscriptions.names.items():
            for name in names:
                self._drop(session, kind, name)
        session.subscriptions = None

    def publish(self, channel: bytes, message: bytes, *, shard: bool = False) -> int:
        """Send a message to all who want it; how many times it was sent, or will be."""
        if self.held is not None:
            self.held.append((channel, message, shard))
            return self._count(channel, shard)
        if shard:
            receivers = self.tables[Kind.SHARD].get(channel, {})
            return _send(receivers, Push([b"smessage", channel, message]))
        receivers = self.tables[Kind.CHANNEL].get(channel, {})
        sent = _send(receivers, Push([b"message", channel, message])) if receivers else 0
        for pattern, matches in self._matchers.items():
            if matches(channel):
                receivers = self.tables[Kind.PATTERN][pattern]
                sent += _send(receivers, Push([b"pmessage", pattern, channel, message]))
        return sent

    def _count(self, channel: bytes, shard: bool) -> int:
        """How many times a message is sent."""
        if shard:
            return len(self.tables[Kind.SHARD].get(channel, ()))
        patterns = (p for p, matches in self._matchers.items() if matches(channel))
        by_pattern = sum(len(self.tables[Kind.PATTERN][pattern]) for pattern in patterns)
        return len(self.tables[Kind.CHANNEL].get(channel, ())) + by_pattern

    def _drop(self, session: Session, kind: Kind, name: bytes) -> None:
        sessions = self.tables[kind][name]
        del sessions[session]
        if not sessions:
            del self.tables[kind][name]
            if kind is Kind.PATTERN:
                del self._matchers[name]


def _notice(kind: Kind, word: bytes, name: bytes | None, session: Session) -> Push:
    subscriptions = session.subscriptions
    count = subscriptions.count(kind) if subscriptions is not None else 0
    return Push([kind.value + word, name, count])


def _send(receivers: Iterable[Session], message: Push) -> int:
    encoded: dict[int, Encoded] = {}
    sent = 0
    for session in tuple(receivers):
        protocol = session.protocol
        if protocol not in encoded:
            encoded[protocol] = Encoded(encode(message, protocol))
        session.push(encoded[protocol])
        sent += 1
    return sent
