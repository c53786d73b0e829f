"""Where the contents of large containers go when nobody refers to them any more.

Rule: freeing a million members takes tens of milliseconds and holds up everybody, so a container
hands its contents over here when it dies, however it came to that: deleted, replaced, expired, or
let go by the journal. They are taken apart a slice at a time between the turns of the event loop.
The dead belong to no server any more, so there is one place for all in the process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import MutableMapping, MutableSequence
from typing import Any, TypeAlias

LARGE = 4_096
"""Items from which on contents are freed in slices: fewer take some 100 us at most."""

Contents: TypeAlias = MutableMapping[Any, Any] | MutableSequence[Any]


class Graveyard:
    """Contents to be freed, oldest first."""

    __slots__ = ("_contents", "freed")

    def __init__(self) -> None:
        self._contents: deque[Contents] = deque()
        self.freed = 0
        """Containers' contents taken apart so far (INFO's lazyfreed_objects)."""

    def __len__(self) -> int:
        """Containers' contents not yet freed (INFO's lazyfree_pending_objects)."""
        return len(self._contents)

    def bury(self, contents: Contents) -> None:
        """Take contents that nobody else refers to."""
        self._contents.append(contents)

    def dig(self, items_max: int) -> bool:
        """Free at most `items_max` items; whether there are more."""
        while self._contents and items_max > 0:
            contents = self._contents[0]
            count = min(len(contents), items_max)
            items_max -= max(count, 1)
            if isinstance(contents, MutableSequence):
                del contents[len(contents) - count :]
            else:
                for _ in range(count):
                    contents.popitem()
            if not contents:
                self._contents.popleft()
                self.freed += 1
        return bool(self._contents)


GRAVEYARD = Graveyard()
