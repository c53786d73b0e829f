"""Container: the base of the values that change in place (hashes, sets, lists, sorted sets).

Rule: a container is changed by its own methods only, and while its `undo` log is open each of them
notes what takes the change back, exactly: order of fields and encoding included. The journal opens
the log when a key is first touched and plays it backwards to a mark. That is cheaper than a copy
as soon as a container is large (copying a million fields takes 30 ms, noting one less than 1 us);
where an exact inverse would cost more than a copy of a small container, the note is that copy.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import islice
from sys import getsizeof
from typing import Any, ClassVar, TypeAlias

from ferrite.keyspace.graveyard import GRAVEYARD, LARGE, Contents
from ferrite.keyspace.thresholds import Thresholds

UndoLog: TypeAlias = list[tuple[Callable[..., Any], tuple[Any, ...]]]


class Container(ABC):
    """A value with items, which is never empty while a key holds it."""

    __slots__ = ("_limits", "undo")

    type_name: ClassVar[str]
    """What TYPE answers."""

    def __init__(self, limits: Thresholds) -> None:
        """Empty, and compact until it exceeds `limits`."""
        self._limits: Thresholds | None = limits
        self.undo: UndoLog | None = None
        """What takes the changes since `mark` back, oldest first; None while nobody asks."""

    @abstractmethod
    def __len__(self) -> int:
        """How many items there are."""

    @property
    @abstractmethod
    def encoding(self) -> str:
        """What OBJECT ENCODING answers."""

    @abstractmethod
    def copy(self) -> Container:
        """An independent container with the same items."""

    @abstractmethod
    def _contents(self) -> Sequence[Contents]:
        """The collections that hold the items."""

    def _indexes(self) -> Sequence[Contents]:
        """Further collections over the same items."""
        return ()

    @property
    def compact(self) -> bool:
        """Whether it never exceeded its limits."""
        return self._limits is not None

    def memory_bytes(self, samples: int) -> int:
        """About how much memory it takes; items are measured by the first `samples` of each of
        its collections, 0 for all."""
        total = getsizeof(self)
        for contents in self._contents():
            total += getsizeof(contents)
            count = min(len(contents), samples) if samples else len(contents)
            measured = sum(map(_item_bytes, islice(contents, count)))
            if isinstance(contents, dict):
                measured += sum(map(_item_bytes, islice(contents.values(), count)))
            if count:
                total += measured * len(contents) // count
        return total + sum(map(getsizeof, self._indexes()))

    def mark(self) -> int:
        """The point that `undo_to` goes back to; the log is open from now on."""
        if self.undo is None:
            self.undo = []
        return len(self.undo)

    def undo_to(self, mark: int) -> None:
        """Take back all changes since `mark`."""
        log, self.undo = self.undo or [], None
        while len(log) > mark:
            inverse, arguments = log.pop()
            inverse(*arguments)
        self.undo = log

    def forget(self) -> None:
        """Close the log."""
        self.undo = None

    def _outgrow(self) -> None:
        """Be compact no more."""
        if self.undo is not None:
            self.undo.append((self._set_limits, (self._limits,)))
        self._limits = None

    def _set_limits(self, limits: Thresholds | None) -> None:
        self._limits = limits

    def __del__(self, bury: Callable[[Contents], None] = GRAVEYARD.bury) -> None:
        if len(self) > LARGE:
            for contents in (*self._indexes(), *self._contents()):
                bury(contents)


def _item_bytes(item: Any) -> int:
    return getsizeof(item) if item is not None else 0


RANDOM = random.Random()
"""What commands choose members by: one generator, so that a replay can set its state."""
