"""Linear memory (spec 4.2.8): a bytearray that grows in place.

Copying to a new buffer at each growth would let a guest that grows page by page spend quadratic
host time; a bytearray extends itself in amortised constant time instead. For that no view of it
may be alive, so nobody outside of this module keeps one.
"""

from __future__ import annotations

from wasm_vm.errors import LimitExceeded, Trap, TrapKind
from wasm_vm.limits import PAGE_SIZE, Limits
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.types import I32, I64, Bounds, MemoryType

_ZEROS = bytes(1 << 20)
_ADDRESSABLE_PAGES = {I32: 1 << 16, I64: 1 << 48}


class Memory:
    """A linear memory.

    data: its bytes; read and written by the engines, resized by `grow` alone.
    """

    __slots__ = ("_budget", "_most", "address", "data", "maximum")

    def __init__(
        self, kind: MemoryType, limits: Limits | None = None, budget: ByteBudget | None = None
    ) -> None:
        """A memory of zeros. Raises LimitExceeded where the least size breaks a bound."""
        limits = limits or Limits()
        pages = kind.bounds.minimum
        self.maximum = kind.bounds.maximum
        self.address = kind.address
        self._most = min(limits.memory_pages, _ADDRESSABLE_PAGES[kind.address])
        self._budget = budget or ByteBudget(limits.total_bytes)
        if pages > self._most:
            raise LimitExceeded("memory_pages", f"a memory of {pages} pages, at most {self._most}")
        if not self._budget.take(pages * PAGE_SIZE):
            raise LimitExceeded("total_bytes", f"a memory of {pages} pages does not fit")
        try:
            self.data = bytearray(pages * PAGE_SIZE)
        except MemoryError:
            self._budget.give_back(pages * PAGE_SIZE)
            raise LimitExceeded("total_bytes", f"no memory for {pages} pages") from None

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    @property
    def pages(self) -> int:
        """Pages of 64 KiB."""
        return len(self.data) // PAGE_SIZE

    @property
    def type(self) -> MemoryType:
        """The type at this moment: its size now is its minimum (spec 4.2.8)."""
        return MemoryType(Bounds(self.pages, self.maximum), self.address)

    def may_grow(self, pages: int) -> bool:
        """True when growing by that many pages breaks no bound."""
        after = self.pages + pages
        most = self._most if self.maximum is None else min(self._most, self.maximum)
        return after <= most and self._budget.allows(pages * PAGE_SIZE)

    def grow(self, pages: int) -> int:
        """Grow by zeroed pages; the size before in pages, or -1 where a bound forbids it."""
        before = self.pages
        if not self.may_grow(pages):
            return -1
        wanted = len(self.data) + pages * PAGE_SIZE
        try:
            while len(self.data) < wanted:
                missing = wanted - len(self.data)
                self.data += _ZEROS if missing >= len(_ZEROS) else bytes(missing)
        except MemoryError:
            del self.data[before * PAGE_SIZE :]
            return -1
        self._budget.take(pages * PAGE_SIZE)
        return before

    def read(self, address: int, size: int) -> bytes:
        """A copy of `size` bytes; raises Trap (MEMORY_BOUNDS)."""
        self.check(address, size)
        return bytes(self.data[address : address + size])

    def write(self, address: int, data: bytes) -> None:
        """Store bytes; raises Trap (MEMORY_BOUNDS) and writes nothing."""
        self.check(address, len(data))
        self.data[address : address + len(data)] = data

    def check(self, address: int, size: int) -> None:
        """Raise Trap (MEMORY_BOUNDS) unless the whole range lies inside."""
        if address < 0 or size < 0 or address + size > len(self.data):
            raise out_of_bounds(address, size, len(self.data))


def out_of_bounds(address: int, size: int, length: int) -> Trap:
    """The trap of an access outside of a memory or of a data segment."""
    return Trap(TrapKind.MEMORY_BOUNDS, f"{size} bytes at {address} of {length} bytes")
