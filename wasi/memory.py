"""The guest's memory as a system call sees it: every byte that is moved is checked and paid.

One unit of fuel a byte, in either direction, before anything happens: a call asks for all that it
is going to write (`claim`), does its work, and puts the results there, which cannot fail any more.
An address outside is Trap (MEMORY_BOUNDS), which the door makes FAULT.
"""

from __future__ import annotations

from collections.abc import Sequence

from wasi.abi import IOVEC, Errno, WasiError
from wasm_vm import Memory, Meter

PATH_BYTES_MAX = 4_096
VECTORS_MAX = 1_024

Buffers = Sequence[tuple[int, int]]
"""Addresses and lengths."""


class GuestMemory:
    """The memory of the guest that makes a call.

    moved: bytes that the call has paid for.
    """

    __slots__ = ("_memory", "_meter", "moved")

    def __init__(self, memory: Memory, meter: Meter) -> None:
        self._memory = memory
        self._meter = meter
        self.moved = 0

    def pay(self, units: int) -> None:
        """Pay for bytes; raises OutOfFuel."""
        self._meter.charge(units)
        self.moved += units

    def checkpoint(self) -> None:
        """Give the embedder a turn; a call that waits does so now and then."""
        if self._meter.checkpoint is not None:
            self._meter.checkpoint()

    def check(self, address: int, size: int) -> None:
        """Raise Trap (MEMORY_BOUNDS) unless the whole range lies inside."""
        self._memory.check(address, size)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the guest."""
        self._memory.check(address, size)
        self.pay(size)
        return self._memory.read(address, size)

    def claim(self, address: int, size: int) -> None:
        """Pay for bytes that `put` is going to store there."""
        self._memory.check(address, size)
        self.pay(size)

    def put(self, address: int, data: bytes) -> None:
        """Store bytes that are paid already."""
        self._memory.write(address, data)

    def write(self, address: int, data: bytes) -> None:
        """Store bytes."""
        self.claim(address, len(data))
        self.put(address, data)

    def path(self, address: int, size: int) -> bytes:
        """A path; raises WasiError for what no path can be."""
        self._memory.check(address, size)
        if size > PATH_BYTES_MAX:
            raise WasiError(Errno.NAMETOOLONG)
        path = self.read(address, size)
        if not path:
            raise WasiError(Errno.NOENT)
        if b"\0" in path:
            raise WasiError(Errno.INVAL)
        try:
            path.decode("utf-8")
        except UnicodeDecodeError:
            raise WasiError(Errno.ILSEQ) from None
        return path

    def buffers(self, address: int, count: int) -> Buffers:
        """The buffers of a vector, each of which lies inside; raises WasiError (INVAL)."""
        if count > VECTORS_MAX:
            raise WasiError(Errno.INVAL)
        found = list(IOVEC.iter_unpack(self.read(address, count * IOVEC.size)))
        for start, size in found:
            self._memory.check(start, size)
        return found

    def gather(self, buffers: Buffers, most: int) -> bytes:
        """What buffers hold, up to so many bytes."""
        data = bytearray()
        for address, size in buffers:
            data += self.read(address, min(size, most - len(data)))
        return bytes(data)

    def scatter(self, buffers: Buffers, data: bytes) -> None:
        """Store bytes that are paid already, buffer by buffer; they fit."""
        start = 0
        for address, size in buffers:
            self.put(address, data[start : start + size])
            start += size


def room(buffers: Buffers) -> int:
    """Bytes that buffers can hold."""
    return sum(size for _, size in buffers)
