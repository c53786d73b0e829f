"""Linear memory (spec 4.2.8): a bytearray that grows in place.

Copying to a new buffer at each growth would let a guest that grows page by page spend quadratic
host time; a bytearray extends itself in amortised constant time instead. For that no view of it
may be alive, so nobody outside of this module keeps one.

A memory provider may make a subclass that moves to another buffer, with its own `_resize` and
`save`. Engines use nothing of `data` that a memoryview of bytes has not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from wasm_vm.errors import LimitExceeded, Trap, TrapKind
from wasm_vm.limits import PAGE_SIZE, Limits
from wasm_vm.runtime.budget import ByteBudget
from wasm_vm.types import I32, I64, Bounds, MemoryType


class Views(Protocol):
    """What an engine made of a memory's buffer; no part of it may be alive while that grows."""

    def release(self) -> None:
        """Before the memory grows."""

    def renew(self) -> None:
        """After it has grown, or has not."""


Restore = Callable[[], None]
"""Puts back what was saved; any number of times."""

_ZEROS = bytes(1 << 20)
_ZERO_PAGE = bytes(PAGE_SIZE)
_ADDRESSABLE_PAGES = {I32: 1 << 16, I64: 1 << 48}


class Memory:
    """A linear memory.

    data: its bytes; read and written by the engines, resized here alone. views: what an engine
    keeps of it, told before and after each change of the size.
    """

    data: bytearray | memoryview

    __slots__ = ("_budget", "_most", "address", "data", "maximum", "views")

    def __init__(
        self, kind: MemoryType, limits: Limits | None = None, budget: ByteBudget | None = None
    ) -> None:
        """A memory of zeros. Raises LimitExceeded where the least size breaks a bound."""
        limits = limits or Limits()
        self.views: Views | None = None
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
        return after <= self.most_pages and self._budget.allows(pages * PAGE_SIZE)

    @property
    def most_pages(self) -> int:
        """Pages that it can ever have, as far as its type and the limits of memories say."""
        return self._most if self.maximum is None else min(self._most, self.maximum)

    def grow(self, pages: int) -> int:
        """Grow by zeroed pages; the size before in pages, or -1 where a bound forbids it."""
        before = self.pages
        if not self.may_grow(pages):
            return -1
        try:
            self._change_size(len(self.data) + pages * PAGE_SIZE)
        except MemoryError:
            return -1
        self._budget.take(pages * PAGE_SIZE)
        return before

    def save(self) -> Restore:
        """Remember the bytes and the size; what this returns puts them back.

        That compares every page, which takes time in proportion to the memory.
        """
        data, size = self._bytearray(), self.size
        pages = [bytes(data[at : at + PAGE_SIZE]) for at in range(0, size, PAGE_SIZE)]
        pages = [_ZERO_PAGE if page == _ZERO_PAGE else page for page in pages]

        def restore() -> None:
            self._shrink(size)
            for number, page in enumerate(pages):
                address = number * PAGE_SIZE
                if not data.startswith(page, address):
                    data[address : address + PAGE_SIZE] = page

        return restore

    def _shrink(self, size: int) -> None:
        """Give back all bytes behind the first `size`."""
        surplus = self.size - size
        if surplus:
            self._change_size(size)
            self._budget.give_back(surplus)

    def _change_size(self, size: int) -> None:
        """Raises MemoryError, and nothing has changed."""
        if self.views is not None:
            self.views.release()
        try:
            self._resize(size)
        finally:
            if self.views is not None:
                self.views.renew()

    def _resize(self, size: int) -> None:
        """Make the buffer longer by zeros, or shorter. Raises MemoryError, and it is as before."""
        data = self._bytearray()
        before = len(data)
        try:
            while len(data) < size:
                missing = size - len(data)
                data += _ZEROS if missing >= len(_ZEROS) else bytes(missing)
        except MemoryError:
            del data[before:]
            raise
        del data[size:]

    def _bytearray(self) -> bytearray:
        if not isinstance(self.data, bytearray):
            raise TypeError("a memory over another buffer has ways of its own to change its size")
        return self.data

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
