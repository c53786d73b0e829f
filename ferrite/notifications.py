"""Keyspace notifications: what happens to keys, published to channels.

Rule: the notice point tells that a key was written or removed; which event that is follows from the
command under way, by the table below. A command that is not in it has the class of its group and
its own name. Nothing is published, and nobody listens, unless notify-keyspace-events asks for it.
Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.journal import Change

if TYPE_CHECKING:
    from ferrite.commands.registry import Command

Publish: TypeAlias = Callable[[bytes, bytes], int]

GENERIC, STRING, LIST, SET, HASH, SORTED_SET = "g$lshz"
EXPIRED, EVICTED, MISSED, NEW = "xemn"
KEYSPACE, KEYEVENT = "KE"


class Running(NamedTuple):
    """The command under way."""

    command: Command
    request: list[bytes]
    absent: set[bytes]
    """Keys it names that did not exist before, where somebody wants to know of new ones."""


class Event(NamedTuple):
    """One event: its class and its name."""

    kind: str
    name: str


GROUPS = {
    "string": STRING, "bitmap": STRING, "list": LIST, "set": SET, "hash": HASH,
    "sorted_set": SORTED_SET, "sorted-set": SORTED_SET, "generic": GENERIC,
}  # fmt: skip
DELETE = Event(GENERIC, "del")

_SAME = {
    "set": Event(STRING, "set"), "setex": Event(STRING, "set"), "psetex": Event(STRING, "set"),
    "setnx": Event(STRING, "set"), "getset": Event(STRING, "set"), "mset": Event(STRING, "set"),
    "msetnx": Event(STRING, "set"), "bitop": Event(STRING, "set"), "incr": Event(STRING, "incrby"),
    "decr": Event(STRING, "incrby"), "decrby": Event(STRING, "incrby"),
    "bitfield": Event(STRING, "setbit"), "hmset": Event(HASH, "hset"),
    "hsetnx": Event(HASH, "hset"),
    "lpushx": Event(LIST, "lpush"), "rpushx": Event(LIST, "rpush"), "blpop": Event(LIST, "lpop"),
    "brpop": Event(LIST, "rpop"), "zincrby": Event(SORTED_SET, "zincr"),
    "bzpopmin": Event(SORTED_SET, "zpopmin"), "bzpopmax": Event(SORTED_SET, "zpopmax"),
    "rename": Event(GENERIC, "rename_to"), "renamenx": Event(GENERIC, "rename_to"),
    "move": Event(GENERIC, "move_to"), "copy": Event(GENERIC, "copy_to"),
    "sort": Event(LIST, "sortstore"),
}  # fmt: skip
"""Commands whose event is not their own name."""
_REMOVING = {
    "rename": Event(GENERIC, "rename_from"),
    "renamenx": Event(GENERIC, "rename_from"),
    "move": Event(GENERIC, "move_from"),
}
"""What the removal of a key by these is called."""
_EMPTYING = {
    "lpop", "rpop", "lmpop", "blpop", "brpop", "blmpop", "lrem", "ltrim", "lmove", "blmove",
    "rpoplpush", "brpoplpush", "srem", "spop", "smove", "hdel", "zrem", "zremrangebyrank",
    "zremrangebyscore", "zremrangebylex", "zpopmin", "zpopmax", "zmpop", "bzpopmin", "bzpopmax",
    "bzmpop",
}  # fmt: skip
"""Commands that take items away: their own event comes before the one of the key's end."""


def _moved_item(key: bytes, words: Sequence[bytes]) -> Event:
    """LMOVE and its kin: an item leaves one end of a list and comes to one of another."""
    name = words[0].lower()
    ends = (b"right", b"left") if name.endswith(b"rpoplpush") else (words[3], words[4])
    taken = key == words[1]
    side = "l" if ends[0 if taken else 1].lower() == b"left" else "r"
    return Event(LIST, f"{side}pop" if taken else f"{side}push")


def _popped(_key: bytes, words: Sequence[bytes]) -> Event:
    """LMPOP, ZMPOP and their blocking forms: the word behind the keys says from which end."""
    at = 2 if words[0][:1].lower() == b"b" else 1
    side = words[at + 1 + int(words[at])].lower().decode()
    if side in ("left", "right"):
        return Event(LIST, f"{side[0]}pop")
    return Event(SORTED_SET, f"zpop{side}")


def _moved_member(key: bytes, words: Sequence[bytes]) -> Event:
    return Event(SET, "srem" if key == words[1] else "sadd")


def _scored(_key: bytes, words: Sequence[bytes]) -> Event:
    options = (word.lower() for word in words[2:-2])
    return Event(SORTED_SET, "zincr" if b"incr" in options else "zadd")


_BY_REQUEST: dict[str, Callable[[bytes, Sequence[bytes]], Event]] = {
    "lmove": _moved_item, "blmove": _moved_item, "rpoplpush": _moved_item,
    "brpoplpush": _moved_item, "lmpop": _popped, "blmpop": _popped, "zmpop": _popped,
    "bzmpop": _popped, "smove": _moved_member, "zadd": _scored,
}  # fmt: skip


def events_of(change: Change, key: bytes, running: Running | None) -> list[Event]:
    """What is published for one change of a key."""
    if change is Change.EXPIRED:
        return [Event(EXPIRED, "expired")]
    if change is Change.EVICTED:
        return [Event(EVICTED, "evicted")]
    if running is None:
        return [DELETE] if change is Change.DELETED else []
    name = running.command.name
    if change is Change.DEADLINE:
        kept = name == "persist" or running.request[-1].lower() == b"persist"
        return [Event(GENERIC, "persist" if kept else "expire")]
    if change is Change.DELETED:
        if name in _EMPTYING:
            return [_written(key, running), DELETE]
        return [_REMOVING.get(name, DELETE)]
    return [_written(key, running)]


def _written(key: bytes, running: Running) -> Event:
    command = running.command
    if command.module:
        return Event(STRING, "set")
    if command.name in _BY_REQUEST:
        return _BY_REQUEST[command.name](key, running.request)
    return _SAME.get(command.name) or Event(GROUPS.get(command.group, GENERIC), command.name)


class Notifications:
    """Publishes the events of one server's keys."""

    __slots__ = ("_databases", "_publish", "classes", "quiet", "running")

    def __init__(self, databases: Databases, publish: Publish) -> None:
        self._databases = databases
        self._publish = publish
        self.classes = ""
        """Classes and channels wanted, one letter each; "" for off."""
        self.running: Running | None = None
        """The command under way, where that is known."""
        self.quiet = False
        """Set while a database is emptied, of which nothing is published."""

    def choose(self, classes: str) -> None:
        """Publish events of these classes from now on: what notify-keyspace-events says, with
        "A" spelled out."""
        if bool(classes) != bool(self.classes):
            if classes:
                self._databases.listen(self._heard)
            else:
                self._databases.unlisten(self._heard)
        self.classes = classes

    def missed(self, database: int, keys: Iterable[bytes]) -> None:
        """Keys were read that do not exist."""
        if MISSED in self.classes:
            for key in keys:
                self._send(database, Event(MISSED, "keymiss"), key)

    def _heard(self, keyspace: Keyspace, change: Change, key: bytes) -> None:
        if self.quiet:
            return
        running = self.running
        if change is Change.WRITTEN and running is not None and key in running.absent:
            running.absent.discard(key)
            self._send(keyspace.index, Event(NEW, "new"), key)
        for event in events_of(change, key, running):
            if event.kind in self.classes:
                self._send(keyspace.index, event, key)

    def _send(self, database: int, event: Event, key: bytes) -> None:
        name = event.name.encode()
        if KEYSPACE in self.classes:
            self._publish(b"__keyspace@%d__:%b" % (database, key), name)
        if KEYEVENT in self.classes:
            self._publish(b"__keyevent@%d__:%b" % (database, name), key)
