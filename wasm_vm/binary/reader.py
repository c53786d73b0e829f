"""A cursor over the bytes of a module: LEB128 integers, names, vectors; errors with positions.

Every method moves the cursor and raises Malformed with the offset in the whole binary. Nothing is
allocated from an announced length before the bytes are there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wasm_vm.errors import LimitExceeded, Malformed

Item = TypeVar("Item")


class Reader:
    """A cursor at `position`, which may not pass `end`."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data = data
        self.position = position
        self.end = end

    def fail(self, message: str, offset: int | None = None) -> Malformed:
        """The error to raise, at the cursor or at the offset given."""
        return Malformed(message, self.position if offset is None else offset)

    def byte(self) -> int:
        """One byte."""
        position = self.position
        if position >= self.end:
            raise self.fail("unexpected end")
        self.position = position + 1
        return self.data[position]

    def take(self, size: int) -> bytes:
        """That many bytes."""
        start = self.position
        if size > self.end - start:
            raise self.fail("unexpected end")
        self.position = start + size
        return self.data[start : self.position]

    def u32(self) -> int:
        """An unsigned LEB128 integer of 32 bits."""
        position = self.position
        if position < self.end and (value := self.data[position]) < 0x80:
            self.position = position + 1
            return value
        return self.unsigned(32)

    def u64(self) -> int:
        """An unsigned LEB128 integer of 64 bits."""
        return self.unsigned(64)

    def unsigned(self, bits: int) -> int:
        """An unsigned LEB128 integer of that many bits (spec 5.2.2)."""
        start = self.position
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift >= bits:
                raise self.fail("integer representation too long", start)
        if value >> bits:
            raise self.fail("integer too large", start)
        return value

    def signed(self, bits: int) -> int:
        """A signed LEB128 integer of that many bits (spec 5.2.2)."""
        start = self.position
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= bits:
                raise self.fail("integer representation too long", start)
        if byte & 0x40:
            value -= 1 << shift
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise self.fail("integer too large", start)
        return value

    def name(self, limit: int) -> str:
        """A name of at most `limit` bytes (spec 5.2.4)."""
        start = self.position
        size = self.u32()
        if size > self.end - self.position:
            raise self.fail("unexpected end")
        if size > limit:
            raise LimitExceeded("name_bytes", f"a name of {size} bytes (at byte {start:#x})")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail("malformed UTF-8 encoding", start) from None

    def vector(self, item: Callable[[], Item], limit: str, most: int) -> tuple[Item, ...]:
        """A vector (spec 5.1.3) of at most `most` items; `limit` names the bound."""
        start = self.position
        count = self.u32()
        if count > self.end - self.position:
            raise self.fail("unexpected end: the vector announces more items than bytes", start)
        if count > most:
            raise LimitExceeded(limit, f"{count} of at most {most} (at byte {start:#x})")
        return tuple([item() for _ in range(count)])
