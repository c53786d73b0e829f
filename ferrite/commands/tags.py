"""What a command is, in words that gates, categories and clients go by."""

from __future__ import annotations

from enum import Flag, auto


class Tag(Flag):
    """What a command is, for gates and for clients. https://redis.io/commands/command/"""

    WRITE = auto()
    READONLY = auto()
    DENYOOM = auto()
    MODULE = auto()
    ADMIN = auto()
    NOSCRIPT = auto()
    LOADING = auto()
    STALE = auto()
    FAST = auto()
    BLOCKING = auto()
    """May answer later, when another client has done something."""
    NO_AUTH = auto()
    """May be sent before the client has logged in."""
    NO_MULTI = auto()
    NO_ASYNC_LOADING = auto()
    ALLOW_BUSY = auto()
    PUBSUB = auto()
    SKIP_SLOWLOG = auto()
    SKIP_MONITOR = auto()
    MAY_REPLICATE = auto()
    ALWAYS = auto()
    """Served at once even while a plugin call owns the keyspace. Ours: clients do not see it."""
    UNQUEUED = auto()
    """Runs at once within MULTI. Ours."""
    SUBSCRIBED = auto()
    """May be sent by a RESP2 client that is subscribed to something. Ours."""
    PEEK = auto()
    """Only asks about keys, which is no use of them. Ours."""
    PROTECTED = auto()
    """Only where a configuration option of its own allows it. Ours."""
    PROPAGATED = auto()
    """Logged even when no key of the client's database has changed. Ours."""
    HEALTH = auto()
    """Answers whether the server is well: refused like a write while it cannot save. Ours."""


HIDDEN_TAGS = Tag.ALWAYS | Tag.UNQUEUED | Tag.SUBSCRIBED | Tag.PROTECTED | Tag.MAY_REPLICATE
HIDDEN_TAGS |= Tag.SKIP_MONITOR | Tag.PROPAGATED | Tag.HEALTH | Tag.PEEK
