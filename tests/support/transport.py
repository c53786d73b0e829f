"""The transport of a connection that has no socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class FakeTransport(asyncio.Transport):
    """Remembers what was written, and what became of it."""

    def __init__(self, *, taken: bool = True) -> None:
        """`taken` says whether the client reads what is written to it."""
        super().__init__()
        self._taken = taken
        self.written = b""
        self.reading = True
        self.aborted = False
        self.closed = False
        self.full: Callable[[], None] = lambda: None
        """Called by each write."""

    def get_write_buffer_size(self) -> int:
        return 0 if self._taken else len(self.written)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data
        self.full()

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed
