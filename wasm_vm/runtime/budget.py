"""Bytes that all memories and tables of a store may take together (Limits.total_bytes)."""

from __future__ import annotations


class ByteBudget:
    """A count of bytes that never passes its limit."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def allows(self, size: int) -> bool:
        """True when that many bytes more would fit."""
        return self.used + size <= self.limit

    def take(self, size: int) -> bool:
        """Book that many bytes; False, and nothing booked, where they do not fit."""
        if not self.allows(size):
            return False
        self.used += size
        return True

    def give_back(self, size: int) -> None:
        """Return bytes that were booked."""
        self.used -= size
