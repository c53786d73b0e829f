"""Tables (spec 4.2.7): vectors of references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wasm_vm.errors import LimitExceeded, Trap, TrapKind
from wasm_vm.limits import TABLE_ELEMENT_BYTES, Limits
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.types import I32, I64, Bounds, ReferenceType, TableType

_ADDRESSABLE = {I32: (1 << 32) - 1, I64: (1 << 64) - 1}


class Table:
    """A table; None is the null reference.

    written: False as long as no instruction can have changed it since its instance was made.
    Engines set it when they run such an instruction, or before, when they link one.
    """

    __slots__ = ("_budget", "_most", "address", "element", "elements", "maximum", "written")

    def __init__(
        self,
        kind: TableType,
        limits: Limits | None = None,
        budget: ByteBudget | None = None,
        initial: Any = None,
    ) -> None:
        """A table whose elements are `initial`. Raises LimitExceeded."""
        limits = limits or Limits()
        size = kind.bounds.minimum
        self.element: ReferenceType = kind.element
        self.maximum = kind.bounds.maximum
        self.address = kind.address
        self._most = min(limits.table_elements, _ADDRESSABLE[kind.address])
        self._budget = budget or ByteBudget(limits.total_bytes)
        if size > self._most:
            raise LimitExceeded("table_elements", f"a table of {size}, at most {self._most}")
        if not self._budget.take(size * TABLE_ELEMENT_BYTES):
            raise LimitExceeded("total_bytes", f"a table of {size} elements does not fit")
        self.elements: list[Any] = [initial] * size
        self.written = False

    @property
    def size(self) -> int:
        """Elements."""
        return len(self.elements)

    @property
    def type(self) -> TableType:
        """The type at this moment: its size now is its minimum (spec 4.2.7)."""
        return TableType(self.element, Bounds(self.size, self.maximum), self.address)

    def may_grow(self, count: int) -> bool:
        """True when growing by that many elements breaks no bound."""
        after = self.size + count
        most = self._most if self.maximum is None else min(self._most, self.maximum)
        return after <= most and self._budget.allows(count * TABLE_ELEMENT_BYTES)

    def grow(self, count: int, value: Any = None) -> int:
        """Grow by elements of that value; the size before, or -1 where a bound forbids it."""
        before = self.size
        if not self.may_grow(count):
            return -1
        self.written = True
        self.elements.extend([value] * count)
        self._budget.take(count * TABLE_ELEMENT_BYTES)
        return before

    def get(self, index: int) -> Any:
        """An element; raises Trap (TABLE_BOUNDS)."""
        self.check(index, 1)
        return self.elements[index]

    def set(self, index: int, value: Any) -> None:
        """Replace an element; raises Trap (TABLE_BOUNDS)."""
        self.check(index, 1)
        self.put(index, [value])

    def put(self, start: int, values: list[Any]) -> None:
        """Replace elements that are there."""
        self.written = True
        self.elements[start : start + len(values)] = values

    def save(self) -> Callable[[], None]:
        """Remember the elements and the size; what this returns puts them back."""
        kept = self.elements[:]

        def restore() -> None:
            if self.written:
                self._budget.give_back((self.size - len(kept)) * TABLE_ELEMENT_BYTES)
                self.elements[:] = kept

        return restore

    def check(self, index: int, count: int) -> None:
        """Raise Trap (TABLE_BOUNDS) unless the whole range lies inside."""
        if index < 0 or index + count > len(self.elements):
            raise out_of_bounds(index, count, len(self.elements))


def out_of_bounds(index: int, count: int, length: int) -> Trap:
    """The trap of an access outside of a table or of an element segment."""
    return Trap(TrapKind.TABLE_BOUNDS, f"{count} elements at {index} of {length}")
