"""What rules can name: commands and categories, as far as this package has to know them.

Rule: rules outlive commands. A rule that names a plugin's command stays valid after the plugin has
gone, and may come before the plugin does, so a name is judged by its form where no command has it.
The same goes for commands of Redis that are not served here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ferrite.access.absent import is_absent
from ferrite.access.categories import CATEGORIES

PLUGIN_NAME_MARK = "."
"""No command of Redis has it in its name, and commands and categories of plugins should."""


class Ruled(Protocol):
    """A command, as rules see it."""

    @property
    def name(self) -> str:
        """Full name in lower case: "get", "config|get"."""

    @property
    def categories(self) -> Sequence[str]:
        """ACL categories, without "@"."""

    @property
    def no_auth(self) -> bool:
        """Whether everybody may run it."""

    @property
    def subcommands(self) -> Mapping[bytes, Ruled]:
        """Those of a container."""

    def accesses(self, request: Sequence[bytes]) -> list[tuple[int, str]]:
        """The items of a request that are keys, each with what is done to it ("RW access")."""

    def channels_in(self, request: Sequence[bytes]) -> list[tuple[int, bool]]:
        """The items of a request that are channels; True for those that are patterns."""


class Vocabulary(Protocol):
    """The commands of a server."""

    @property
    def names_met(self) -> set[str]:
        """Names and "@categories" of all commands there are or have been."""

    def get(self, name: str) -> Ruled | None:
        """The command or subcommand of a name in any case."""


def is_known(name: str, vocabulary: Vocabulary) -> bool:
    """Whether a rule may name this command, subcommand or "@category" (lower case)."""
    if vocabulary.get(name) is not None or name in vocabulary.names_met:
        return True
    if name.startswith("@") and name[1:] in CATEGORIES:
        return True
    return PLUGIN_NAME_MARK in name or is_absent(name)
