"""Who used how much fuel: plugins, commands, users, clients; and what they may use in a time.

Rule: every unit is booked once, with the plugin whose guest used it, however deep that was called.
A quota is a bucket that fills at its rate up to its size; a call may use what is in it, and what a
call has used is taken out of it even where that is all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ferrite.errors import CommandError
from ferrite.plugin_options import Quota

UNSORTED_MAX = 1_000
"""Kinds of calls that are booked apart before they are sorted into the accounts."""
CLIENTS_MAX = 10_000
"""Clients booked before those that have gone are forgotten."""
PLUGIN_QUOTA = "plugin:"
"""How the name of a quota begins that is a plugin's."""
MILLISECONDS = 1000


Payer: TypeAlias = tuple[str, str, str, int]
"""Plugin, command, user and client id of a call; a command or user of "" is none, and no client's.
"""


class Ledger:
    """Units of fuel by who used them.

    A call is booked by one number; the four accounts are made of these when somebody asks.
    """

    def __init__(self, present: Container[int] = ()) -> None:
        """`present` are the ids of the clients that are connected."""
        self._present = present
        self._plugins: Counter[str] = Counter()
        self._commands: Counter[str] = Counter()
        self._users: Counter[str] = Counter()
        self._clients: Counter[int] = Counter()
        self._booked: dict[Payer, list[int]] = {}

    def book(self, payer: Payer, units: int) -> None:
        """Book what one call used."""
        self.account(payer)[0] += units

    def account(self, payer: Payer) -> list[int]:
        """Where calls of one payer can be booked: its one item is what is not sorted yet. It holds
        until somebody else books."""
        if len(self._booked) > UNSORTED_MAX:
            self._sort()
            self._booked.clear()
        return self._booked.setdefault(payer, [0])

    @property
    def plugins(self) -> Counter[str]:
        """By plugin."""
        return self._sort()._plugins

    @property
    def commands(self) -> Counter[str]:
        """By command, in lower case."""
        return self._sort()._commands

    @property
    def users(self) -> Counter[str]:
        """By ACL user."""
        return self._sort()._users

    @property
    def clients(self) -> Counter[int]:
        """By client id."""
        return self._sort()._clients

    def _sort(self) -> Ledger:
        for (plugin, command, user, client), account in self._booked.items():
            units, account[0] = account[0], 0
            if not units:
                continue
            self._plugins[plugin] += units
            if command:
                self._commands[command.lower()] += units
            if user:
                self._users[user] += units
                self._clients[client] += units
        if len(self._clients) > CLIENTS_MAX:
            known = self._clients.items()
            self._clients = Counter({client: n for client, n in known if client in self._present})
        return self


@dataclass(slots=True)
class _Bucket:
    """A quota under way."""

    quota: Quota
    level: float
    at: int
    """When `level` held, in Unix milliseconds."""

    def fill(self, now: int) -> float:
        """What is in it now."""
        gained = max(now - self.at, 0) * self.quota.refill_per_second / MILLISECONDS
        self.level, self.at = min(self.level + gained, self.quota.fuel), now
        return self.level

    def milliseconds_to(self, units: float) -> int | None:
        """How long until it holds so much; None for never."""
        rate = self.quota.refill_per_second
        return None if not rate else int((units - self.level) * MILLISECONDS / rate) + 1


class Quotas:
    """The quotas of one server, by user and by plugin."""

    def __init__(self, quotas: Mapping[str, Quota], now: Callable[[], int]) -> None:
        self._quotas = quotas
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def __bool__(self) -> bool:
        return bool(self._quotas)

    def left(self, user: str, plugin: str) -> int | None:
        """Units that a call may use; None where nobody limits them.

        Raises CommandError where a quota is used up.
        """
        found = [bucket.fill(self._now()) for bucket in self._found(user, plugin)]
        for bucket, level, name in zip(
            self._found(user, plugin), found, self._names(user, plugin), strict=True
        ):
            if level < 1:
                raise CommandError(_used_up(name, bucket))
        return int(min(found)) if found else None

    def take(self, user: str, plugin: str, units: int) -> None:
        """Take out what a call has used."""
        for bucket in self._found(user, plugin):
            bucket.fill(self._now())
            bucket.level -= units

    def _names(self, user: str, plugin: str) -> list[str]:
        return [name for name in (user, PLUGIN_QUOTA + plugin) if name in self._quotas]

    def _found(self, user: str, plugin: str) -> list[_Bucket]:
        for name in self._names(user, plugin):
            if name not in self._buckets:
                quota = self._quotas[name]
                self._buckets[name] = _Bucket(quota, quota.fuel, self._now())
        return [self._buckets[name] for name in self._names(user, plugin)]


def _used_up(name: str, bucket: _Bucket) -> str:
    is_plugin = name.startswith(PLUGIN_QUOTA)
    who = f"plugin '{name.removeprefix(PLUGIN_QUOTA)}'" if is_plugin else f"user '{name}'"
    wait = bucket.milliseconds_to(1)
    when = "it is not refilled" if wait is None else f"try again in {wait} ms"
    return f"QUOTA the fuel of {who} is used up ({bucket.quota.fuel} units): {when}"
