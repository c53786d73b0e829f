"""Watches: which clients want to know, before EXEC, whether a key has changed meanwhile.

Rule: what changes a key says so at the keyspace's one notice point; whoever watches the key is
marked then, and EXEC only looks at the mark. While nobody watches, nobody listens. A key that died
before anybody removed it has changed too: `changed` looks for it.
Source: https://redis.io/commands/watch/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.journal import Change

Place: TypeAlias = tuple[Keyspace, bytes]


class Watches:
    """All watched keys of a server, by the ids of sessions."""

    __slots__ = ("_by_session", "_changed", "_databases", "_watchers")

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._by_session: dict[int, set[Place]] = {}
        self._watchers: dict[Place, set[int]] = {}
        self._changed: set[int] = set()

    def __len__(self) -> int:
        """How many clients watch a key."""
        return len(self._by_session)

    def count(self, session_id: int) -> int:
        """How many keys a client watches."""
        return len(self._by_session.get(session_id, ()))

    def watch(self, session_id: int, keyspace: Keyspace, keys: Iterable[bytes]) -> None:
        """Mark the client when one of `keys` changes from now on."""
        if not self._by_session:
            self._databases.listen(self._heard)
        places = self._by_session.setdefault(session_id, set())
        for key in keys:
            keyspace.get(key)  # a dead key goes now: its end is no change to who watches from here
            places.add((keyspace, key))
            self._watchers.setdefault((keyspace, key), set()).add(session_id)

    def unwatch(self, session_id: int) -> None:
        """Forget what a client watches, and whether it has changed."""
        self._changed.discard(session_id)
        places = self._by_session.pop(session_id, None)
        if places is None:
            return
        for place in places:
            watchers = self._watchers[place]
            watchers.discard(session_id)
            if not watchers:
                del self._watchers[place]
        if not self._by_session:
            self._databases.unlisten(self._heard)

    def marked(self, session_id: int) -> bool:
        """Whether a change of a watched key was noticed."""
        return session_id in self._changed

    def changed(self, session_id: int) -> bool:
        """Whether a key that the client watches has changed since."""
        for keyspace, key in tuple(self._by_session.get(session_id, ())):
            keyspace.get(key)  # looking is what removes a dead key, and tells us
        return session_id in self._changed

    def _heard(self, keyspace: Keyspace, _: Change, key: bytes) -> None:
        watchers = self._watchers.get((keyspace, key))
        if watchers:
            self._changed |= watchers
