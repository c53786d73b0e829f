"""Room for the objects of a store: a part of its bytes, in which garbage may lie for a while.

Python frees an object when its last reference goes; objects in cycles wait for its collector, which
looks at all of the process and must not be a guest's to call at will. So:

- The heap has a capacity, booked in the store's byte budget in big steps. Three quarters of it are
  for objects, one quarter is for those to come before the room is looked at again.
- The collector is asked only when a quarter of the capacity has been allocated since the last look,
  and only if objects and garbage together take more than three quarters.
- If living objects alone do, the capacity grows; if the budget has no more, the guest traps.

Whether and when the capacity grows or a guest traps follows from its allocations and its living
objects alone, never from when Python happens to collect: the same run ends alike on every machine.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from wasm_vm.errors import Trap, TrapKind
from wasm_vm.runtime.budget import ByteBudget

STEP = 1 << 20
"""Bytes by which the capacity grows at the least, as long as the budget has them."""


class HeapBudget:
    """The account of a store's objects.

    capacity: bytes booked in the store's budget. used: bytes of objects, garbage that Python has
    not freed yet included.
    """

    __slots__ = ("_credit", "_shared", "capacity", "used")

    def __init__(self, shared: ByteBudget) -> None:
        self.capacity = 0
        self.used = 0
        self._credit = 0
        self._shared = shared

    def reserve(self, size: int) -> None:
        """Book the bytes of an object that is about to be made; raises Trap (ALLOCATION)."""
        if size > self._credit:
            self._make_room(size)
        self._credit -= size
        self.used += size

    def cancel(self, size: int) -> None:
        """The object was not made after all, as if nothing had been booked."""
        self._credit += size
        self.used -= size

    def give_back(self, size: int) -> None:
        """An object has gone."""
        self.used -= size

    def save(self) -> Callable[[], None]:
        """Remember the capacity; what this returns puts it back, for when the objects made
        meanwhile have gone."""
        capacity, credit = self.capacity, self._credit

        def restore() -> None:
            self._shared.give_back(self.capacity - capacity)
            self.capacity, self._credit = capacity, credit

        return restore

    def _make_room(self, size: int) -> None:
        """Look at the room: collect, grow or trap. Leaves credit for the object and a quarter."""
        if size > self._shared.limit:
            raise self._exhausted(size)
        if self.used and self._is_crowded(size):
            gc.collect()
        if self._is_crowded(size):
            self._grow(size)
        self._credit = size + self.capacity // 4

    def _is_crowded(self, size: int) -> bool:
        return (self.used + size) * 4 > self.capacity * 3

    def _grow(self, size: int) -> None:
        """Book as much as the objects need and, while the budget has it, as much again."""
        least = -((self.used + size) * 4 // -3) - self.capacity
        left = self._shared.limit - self._shared.used
        if least > left:
            raise self._exhausted(size)
        more = min(max(least, self.capacity, STEP), left)
        self._shared.take(more)
        self.capacity += more

    def _exhausted(self, size: int) -> Trap:
        """Says nothing of what is in use: that is as Python has collected."""
        free = self._shared.limit - self._shared.used
        detail = f"{size} bytes for an object; the heap has {self.capacity}, and {free} are left"
        return Trap(TrapKind.ALLOCATION, detail)
