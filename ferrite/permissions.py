"""What a plugin may touch: rights by resource and action, and the keys they reach.

Rule: pure decisions, no state and no effects. A right that nobody granted does not exist. For
storage, a key is reached when some granted pattern matches it (no patterns: every key) and no
pattern with `!` does; a denial wins over every other entry of the same action.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher

DENIAL = "!"
ANY = "*"


class Right(Enum):
    """Everything that can be granted; the value is how a manifest and a message spell it."""

    STORAGE_READ = "storage.read"
    STORAGE_WRITE = "storage.write"
    STORAGE_DELETE = "storage.delete"
    NETWORK_HTTP_GET = "network.http_get"
    NETWORK_HTTP_POST = "network.http_post"
    NETWORK_TCP_CONNECT = "network.tcp_connect"
    FILESYSTEM_READ = "filesystem.read"
    FILESYSTEM_WRITE = "filesystem.write"
    SYSTEM_TIME = "system.time"
    SYSTEM_RANDOM = "system.random"
    SYSTEM_ENV = "system.env"

    @property
    def resource(self) -> str:
        """The first word: storage, network, filesystem or system."""
        return self.value.partition(".")[0]

    @property
    def action(self) -> str:
        """The second word."""
        return self.value.partition(".")[2]


WRITING = frozenset((Right.STORAGE_WRITE, Right.STORAGE_DELETE))
"""Rights a command without the flag `write` does not have."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One entry of a manifest: a right, and what it is narrowed to."""

    right: Right
    keys: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in self.keys:
            try:
                matcher(_bytes(pattern))
            except CommandError as error:
                raise ValueError(error.text.removeprefix("ERR ")) from error


class Grant:
    """The rights a plugin has in the end."""

    __slots__ = ("_by_right",)

    def __init__(self, permissions: Iterable[Permission] = ()) -> None:
        self._by_right: dict[Right, list[Permission]] = {}
        for permission in permissions:
            self._by_right.setdefault(permission.right, []).append(permission)

    @property
    def rights(self) -> list[Right]:
        """What is granted, in the order of Right."""
        return [right for right in Right if right in self._by_right]

    def allows(self, right: Right) -> bool:
        """Whether the right is granted at all."""
        return right in self._by_right

    def reaches(self, right: Right, key: bytes) -> bool:
        """Whether the right is granted for this key."""
        entries = self._by_right.get(right)
        if not entries:
            return False
        denials = (p[1:] for e in entries for p in e.keys if p.startswith(DENIAL))
        if any(matcher(_bytes(pattern))(key) for pattern in denials):
            return False
        return any(_reached_by(entry, key) for entry in entries)

    def narrowed(self, most: Iterable[str]) -> Grant:
        """What is left under a `default_grant`: rights or resources by name, `*` for any part.

        Raises ValueError for a name that fits no right.
        """
        allowed: set[Right] = set()
        for name in most:
            fitting = [right for right in Right if _fits(right, name)]
            if not fitting:
                raise ValueError(f"default_grant: '{name}' is no right")
            allowed.update(fitting)
        kept = (entry for entries in self._by_right.values() for entry in entries)
        return Grant(entry for entry in kept if entry.right in allowed)

    def describe(self) -> list[str]:
        """The grant as text, one line a permission."""
        return [
            " ".join((right.value, *entry.keys, *entry.hosts, *entry.paths))
            for right in self.rights
            for entry in self._by_right[right]
        ]


def _reached_by(permission: Permission, key: bytes) -> bool:
    patterns = [p for p in permission.keys if not p.startswith(DENIAL)]
    return not patterns or any(matcher(_bytes(pattern))(key) for pattern in patterns)


def _fits(right: Right, name: str) -> bool:
    resource, _, action = name.partition(".")
    return resource in (ANY, right.resource) and action in ("", ANY, right.action)


def _bytes(pattern: str) -> bytes:
    return pattern.encode("utf-8", "surrogateescape")
