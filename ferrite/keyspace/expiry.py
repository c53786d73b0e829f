"""When keys die: the deadlines in order, so that the due ones are found without searching.

Rule: the keyspace's dict of deadlines is the truth; this is a heap over it. A deadline that was
moved or removed leaves its old entry behind, which is recognised when it comes up and rebuilt away
when such entries outnumber the live ones. Times are Unix milliseconds; the caller brings the clock.
A key is dead once the time is past its deadline, at it the key still lives (Redis: now > when).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

STALE_ENTRIES_MIN = 64
"""Below this many entries a rebuild is not worth its while."""


class ExpiryQueue:
    """A heap of (deadline, key) over `deadlines`, which its owner fills and empties."""

    __slots__ = ("_deadlines", "entries")

    def __init__(self, deadlines: dict[bytes, int]) -> None:
        self._deadlines = deadlines
        self.entries: list[tuple[int, bytes]] = []
        """The heap, stale entries included."""

    def __len__(self) -> int:
        return len(self.entries)

    def add(self, key: bytes, deadline: int) -> None:
        """Note the deadline a key has got."""
        heap = self.entries
        heappush(heap, (deadline, key))
        if len(heap) > 2 * len(self._deadlines) + STALE_ENTRIES_MIN:
            heap[:] = [(deadline, key) for key, deadline in self._deadlines.items()]
            heapify(heap)

    def due(self, now: int, keys_max: int) -> list[bytes]:
        """At most `keys_max` keys whose deadline is past, earliest first. The caller removes them:
        a key that stays is not named again until its deadline is added again."""
        heap, deadlines = self.entries, self._deadlines
        keys: list[bytes] = []
        while heap and heap[0][0] < now and len(keys) < keys_max:
            deadline, key = heappop(heap)
            repeated = bool(keys) and keys[-1] == key
            if deadlines.get(key) == deadline and not repeated:
                keys.append(key)
        return keys
