"""Transaction: the commands that MULTI collects for EXEC. https://redis.io/docs/latest/develop/interact/transactions/

Rule: plain data. A command that was refused while it was queued makes EXEC refuse all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrite.commands.registry import Command


class Transaction:
    """What one client has queued."""

    __slots__ = ("failed", "queued")

    def __init__(self) -> None:
        self.queued: list[tuple[Command, list[bytes]]] = []
        self.failed = False
        """Whether a command was refused, so that EXEC must be as well."""
