"""Transaction: the commands that MULTI collects for EXEC. https://redis.io/docs/latest/develop/interact/transactions/

Rule: plain data. A command that was refused while it was queued makes EXEC refuse all of them.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrite.commands.registry import Command


class Transaction:
    """What one client has queued."""

    __slots__ = ("bytes", "failed", "queued")

    def __init__(self) -> None:
        self.queued: list[tuple[Command, list[bytes]]] = []
        self.bytes = 0
        """About what the queue takes."""
        self.failed = False
        """Whether a command was refused, so that EXEC must be as well."""

    def add(self, command: Command, request: list[bytes]) -> None:
        """Queue a command."""
        self.queued.append((command, request))
        self.bytes += getsizeof(request) + sum(map(getsizeof, request))
