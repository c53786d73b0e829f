"""What a plugin may touch: rights by resource and action, and the keys they reach.

Rule: pure decisions, no state and no effects. A right that nobody granted does not exist. For
storage, a key is reached when some granted pattern matches it (no patterns: every key) and no
pattern with `!` does; a denial wins over every other entry of the same action.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

from ferrite.errors import CommandError
from ferrite.keyspace.patterns import matcher

DENIAL = "!"
ANY = "*"
NOTHING = "none"
"""The word for a grant without any right."""


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

    @property
    def narrowings(self) -> tuple[str, ...]:
        """What it is narrowed to, whichever it is."""
        return (*self.keys, *self.hosts, *self.paths)

    def __post_init__(self) -> None:
        for path in self.paths:
            if not path.startswith("/") or ".." in PurePosixPath(path).parts:
                raise ValueError(f"'{path}' must be an absolute path without '..'")
        for pattern in self.keys:
            try:
                matcher(_bytes(pattern))
            except CommandError as error:
                raise ValueError(error.text.removeprefix("ERR ")) from error


NARROWED_BY = {"storage": "keys", "network": "hosts", "filesystem": "paths"}
"""What the rights to a resource can be narrowed to."""


def permission(right: Right, narrowings: Iterable[str] = ()) -> Permission:
    """A permission narrowed to keys, hosts or paths, whatever its resource knows.

    Raises ValueError for narrowings of a resource that has none, and for a bad pattern.
    """
    texts = tuple(narrowings)
    if not texts:
        return Permission(right)
    kind = NARROWED_BY.get(right.resource)
    if kind is None:
        raise ValueError(f"{right.value} cannot be narrowed")
    return Permission(right, **{kind: texts})


def named_rights(name: str) -> list[Right]:
    """The rights a name stands for: "storage.read", "storage", "storage.*", "*".

    Raises ValueError for a name that fits no right.
    """
    fitting = [right for right in Right if _fits(right, name)]
    if not fitting:
        raise ValueError(f"'{name}' is no right")
    return fitting


class Grant:
    """Rights, and what each of them reaches."""

    __slots__ = ("_by_right", "_within")

    def __init__(self, permissions: Iterable[Permission] = (), within: Grant | None = None) -> None:
        """Where `within` is given, only what that grants as well is granted."""
        self._within = within
        self._by_right: dict[Right, list[Permission]] = {}
        for each in permissions:
            self._by_right.setdefault(each.right, []).append(each)

    @property
    def rights(self) -> list[Right]:
        """What is granted, in the order of Right."""
        return [right for right in Right if self.allows(right)]

    def allows(self, right: Right) -> bool:
        """Whether the right is granted at all."""
        return right in self._by_right and (self._within is None or self._within.allows(right))

    def entries(self, right: Right) -> tuple[Permission, ...]:
        """The entries of a right, without regard to what this grant is within."""
        return tuple(self._by_right.get(right, ()))

    def reaches(self, right: Right, key: bytes) -> bool:
        """Whether the right is granted for this key."""
        entries = self._by_right.get(right)
        if not entries or (self._within is not None and not self._within.reaches(right, key)):
            return False
        denials = (p[1:] for e in entries for p in e.keys if p.startswith(DENIAL))
        if any(matcher(_bytes(pattern))(key) for pattern in denials):
            return False
        return any(_reached_by(entry, key) for entry in entries)

    def reaches_all(self, right: Right) -> bool:
        """Whether the right is granted without any narrowing."""
        entries = self._by_right.get(right, ())
        denied = any(text.startswith(DENIAL) for entry in entries for text in entry.narrowings)
        whole = not denied and any(not entry.narrowings for entry in entries)
        return whole and (self._within is None or self._within.reaches_all(right))

    def reaches_host(self, right: Right, host: str, port: int) -> bool:
        """Whether the right is granted for a host, named alone or with this port. Without hosts
        a right to the network reaches none."""
        if self._within is not None and not self._within.reaches_host(right, host, port):
            return False
        names = [name.lower() for entry in self.entries(right) for name in entry.hosts]
        wanted = (host.lower(), f"{host.lower()}:{port}", ANY)
        denied = any(DENIAL + name in names for name in wanted)
        return not denied and any(name in names for name in wanted)

    def paths(self, right: Right) -> tuple[str, ...]:
        """The folders that the right is granted for: those that its entries name, as far as what
        this grant is within has them. Without paths a right to the file system reaches none."""
        named = (path for entry in self.entries(right) for path in entry.paths)
        within = self._within
        return tuple(
            path for path in named if within is None or within._reaches_folder(right, path)
        )

    def _reaches_folder(self, right: Right, path: str) -> bool:
        """Whether a folder with all that is in it is granted; without paths every one is."""
        entries = self.entries(right)
        if not entries or (self._within and not self._within._reaches_folder(right, path)):
            return False
        return any(
            not entry.paths or any(_is_below(path, folder) for folder in entry.paths)
            for entry in entries
        )

    def narrowed(self, most: Iterable[str]) -> Grant:
        """What is left under a `default_grant`: rights or resources by name, `*` for any part.

        Raises ValueError for a name that fits no right.
        """
        allowed: set[Right] = set()
        for name in most:
            try:
                allowed.update(named_rights(name))
            except ValueError as error:
                raise ValueError(f"default_grant: {error}") from error
        kept = (entry for entries in self._by_right.values() for entry in entries)
        return Grant((entry for entry in kept if entry.right in allowed), self._within)

    def describe(self) -> list[str]:
        """The grant as text, one line a permission; what it is within stands behind."""
        lines = []
        for right in self.rights:
            within = () if self._within is None else self._within.entries(right)
            narrowed = any(entry.narrowings for entry in within)
            limits = (
                [" or ".join(" ".join(e.narrowings) or ANY for e in within)] if narrowed else []
            )
            for entry in self._by_right[right]:
                text = " ".join((right.value, *entry.narrowings))
                lines.append(f"{text} (granted: {limits[0]})" if limits else text)
        return lines


def _is_below(path: str, folder: str) -> bool:
    return PurePosixPath(folder) in (PurePosixPath(path), *PurePosixPath(path).parents)


def grant_from_words(words: Iterable[str]) -> Grant:
    """The grant of `GRANT word ...`: "storage.read", "storage", "*", "none", or with a narrowing
    "storage.read=user:*"; several words for one right add up.

    Raises ValueError for the first word that is no right.
    """
    narrowings: dict[Right, list[str]] = {}
    for word in words:
        if word.lower() == NOTHING:
            continue
        name, _, narrowing = word.partition("=")
        for right in named_rights(name):
            narrowings.setdefault(right, []).extend([narrowing] if narrowing else [])
    return Grant(permission(right, texts) for right, texts in narrowings.items())


def words_of_grant(grant: Grant) -> list[str]:
    """The words that `grant_from_words` makes this grant of again."""
    words = []
    for right in grant.rights:
        texts = [text for entry in grant.entries(right) for text in entry.narrowings]
        words += [f"{right.value}={text}" for text in texts] or [right.value]
    return words or [NOTHING]


def grant_from_table(table: Mapping[str, Any]) -> Grant:
    """The grant of a table [plugins.grants.NAME]: `storage.read = true`, or an array of the key
    patterns, hosts or paths it is narrowed to; false and what is not named is not granted.

    Raises ValueError that names the key.
    """
    permissions = []
    for resource, actions in table.items():
        for action, value in _actions(resource, actions).items():
            name = f"{resource}.{action}"
            rights = [right for right in Right if right.value == name]
            if not rights:
                raise ValueError(f"'{name}' is no right")
            if isinstance(value, bool):
                permissions += [Permission(right) for right in rights if value]
            elif isinstance(value, list) and all(isinstance(text, str) for text in value):
                permissions += [permission(right, value) for right in rights if value]
            else:
                raise ValueError(f"{name} must be a boolean or an array of strings")
    return Grant(permissions)


def _actions(resource: str, table: object) -> Mapping[str, Any]:
    if isinstance(table, Mapping):
        return table
    raise ValueError(f"{resource} must be a table of actions")


def _reached_by(permission: Permission, key: bytes) -> bool:
    patterns = [p for p in permission.keys if not p.startswith(DENIAL)]
    return not patterns or any(matcher(_bytes(pattern))(key) for pattern in patterns)


def _fits(right: Right, name: str) -> bool:
    resource, _, action = name.partition(".")
    return resource in (ANY, right.resource) and action in ("", ANY, right.action)


def _bytes(pattern: str) -> bytes:
    return pattern.encode("utf-8", "surrogateescape")
