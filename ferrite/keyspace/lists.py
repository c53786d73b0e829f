"""List: elements in order. https://redis.io/docs/latest/develop/data-types/lists/

Rule: two Python lists back to back, the front one in reverse, so both ends grow and shrink in O(1);
when one side is used up, it takes over half of the other. Against collections.deque this makes
LINDEX O(1) and LRANGE a copy of a slice wherever it begins; LINSERT and LREM in the middle move
pointers, which takes some 10 us for 100,000 elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ferrite.keyspace.container import Container
from ferrite.keyspace.graveyard import Contents
from ferrite.keyspace.thresholds import Thresholds

_CHUNK = 1_024
"""Elements turned round at a time when a list is searched against its order."""


class List(Container):
    """A value of type "list". An index is from 0 to below its length."""

    __slots__ = ("_back", "_front")

    type_name = "list"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(limits)
        self._front: list[bytes] = []
        self._back: list[bytes] = []

    def __len__(self) -> int:
        return len(self._front) + len(self._back)

    def __iter__(self) -> Iterator[bytes]:
        yield from reversed(self._front)
        yield from self._back

    def __reversed__(self) -> Iterator[bytes]:
        yield from reversed(self._back)
        yield from self._front

    @property
    def encoding(self) -> str:
        """Always "quicklist", as in Redis 7.0."""
        return "quicklist"

    def copy(self) -> List:
        """An independent list with the same elements."""
        twin = List.__new__(List)
        twin._limits, twin.undo = self._limits, None
        twin._front, twin._back = self._front.copy(), self._back.copy()
        return twin

    def at(self, index: int) -> bytes:
        """The element at an index."""
        left = len(self._front)
        return self._front[left - 1 - index] if index < left else self._back[index - left]

    def positions(self, element: bytes, *, last_first: bool = False) -> Iterator[int]:
        """The indexes of the elements equal to one, from the first or from the last on."""
        near, far = self._front, self._back
        if last_first:
            near, far = far, near
        last = len(self) - 1
        for place in _places_from_end(near, element):
            yield last - place if last_first else place
        for place in _places(far, element):
            yield last - len(near) - place if last_first else len(near) + place

    def slice(self, start: int, stop: int) -> list[bytes]:
        """The elements from index `start` to before `stop`; 0 <= start <= stop <= length."""
        left = len(self._front)
        if start >= left:
            return self._back[start - left : stop - left]
        front = self._front[max(left - stop, 0) : left - start]
        front.reverse()
        return front + self._back[: stop - left] if stop > left else front

    def push_left(self, *elements: bytes) -> None:
        """Put elements before the first, one after another."""
        if self.undo is not None:
            self.undo.append((self.pop_left, (len(elements),)))
        self._front += elements

    def push_right(self, *elements: bytes) -> None:
        """Put elements behind the last, one after another."""
        if self.undo is not None:
            self.undo.append((self.pop_right, (len(elements),)))
        self._back += elements

    def pop_left(self, count: int = 1) -> list[bytes]:
        """Remove the first `count` elements, first to last; `count` is at most the length."""
        popped = _pop(self._front, self._back, count)
        if self.undo is not None:
            self.undo.append((self.push_left, tuple(reversed(popped))))
        return popped

    def pop_right(self, count: int = 1) -> list[bytes]:
        """Remove the last `count` elements, last to first; `count` is at most the length."""
        popped = _pop(self._back, self._front, count)
        if self.undo is not None:
            self.undo.append((self.push_right, tuple(reversed(popped))))
        return popped

    def replace(self, index: int, element: bytes) -> None:
        """Put another element at an index."""
        if self.undo is not None:
            self.undo.append((self.replace, (index, self.at(index))))
        left = len(self._front)
        if index < left:
            self._front[left - 1 - index] = element
        else:
            self._back[index - left] = element

    def insert(self, index: int, element: bytes) -> None:
        """Put an element before the one at an index, behind the last at the length."""
        if self.undo is not None:
            self.undo.append((self._delete, (index,)))
        left = len(self._front)
        if index < left:
            self._front.insert(left - index, element)
        else:
            self._back.insert(index - left, element)

    def remove(self, element: bytes, count: int) -> int:
        """Remove the first `count` that are equal to an element, the last ones for a negative
        count, all for 0; how many there were."""
        elements = self.slice(0, len(self))
        if count < 0:
            elements.reverse()
        kept: list[bytes] = []
        start, most = 0, abs(count) or len(elements)
        for _ in range(min(most, elements.count(element))):
            place = elements.index(element, start)
            kept += elements[start:place]
            start = place + 1
        kept += elements[start:]
        removed = len(elements) - len(kept)
        if removed:
            if count < 0:
                kept.reverse()
            if self.undo is not None:
                self.undo.append((self._set_sides, (self._front, self._back)))
            self._set_sides([], kept)
        return removed

    def _delete(self, index: int) -> None:
        left = len(self._front)
        if index < left:
            del self._front[left - 1 - index]
        else:
            del self._back[index - left]

    def _set_sides(self, front: list[bytes], back: list[bytes]) -> None:
        self._front, self._back = front, back

    def _contents(self) -> Sequence[Contents]:
        return self._front, self._back


def _pop(near: list[bytes], far: list[bytes], count: int) -> list[bytes]:
    """Take `count` elements from the end of `near`, and from the start of `far` behind that."""
    if len(near) < count:
        half = max(count - len(near), (len(far) + 1) // 2)
        near[:0] = reversed(far[:half])
        del far[:half]
    if count == 1:
        return [near.pop()]
    popped = near[len(near) - count :]
    del near[len(near) - count :]
    popped.reverse()
    return popped


def _places(elements: list[bytes], element: bytes) -> Iterator[int]:
    """Where in `elements` one is, counted from the start."""
    place = -1
    while True:
        try:
            place = elements.index(element, place + 1)
        except ValueError:
            return
        yield place


def _places_from_end(elements: list[bytes], element: bytes) -> Iterator[int]:
    """Where in `elements` one is, counted from the end."""
    size = len(elements)
    for start in range(0, size, _CHUNK):
        chunk = elements[max(size - start - _CHUNK, 0) : size - start]
        chunk.reverse()
        for place in _places(chunk, element):
            yield start + place
