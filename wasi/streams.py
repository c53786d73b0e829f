"""Standard input, output and error: descriptors whose other end is the embedder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from wasi.abi import STREAM_RIGHTS, Filetype, Rights
from wasi.descriptors import Descriptor

STDIN, STDOUT, STDERR = range(3)


class Input(Protocol):
    """A stream of bytes, such as a buffered reader."""

    def read1(self, size: int, /) -> bytes:
        """What is there, at most `size` bytes; waits where nothing is, b"" at the end."""


class InputStream(Descriptor):
    """Standard input. What was looked at and not yet read is kept."""

    filetype = Filetype.CHARACTER_DEVICE
    applicable = STREAM_RIGHTS | Rights.FD_READ

    def __init__(self, source: Input) -> None:
        super().__init__(self.applicable)
        self._source = source
        self._ahead = b""

    def fileno(self) -> int | None:
        """The embedder's descriptor, if it has one and nothing was looked at."""
        fileno = getattr(self._source, "fileno", None)
        if fileno is None or self._ahead:
            return None
        try:
            number: int = fileno()
        except OSError:
            return None
        return number

    def peek(self, size: int) -> bytes:
        """What is there."""
        if size and not self._ahead:
            self._ahead = self._source.read1(size)
        return self._ahead[:size]

    def advance(self, count: int) -> None:
        """Take what was looked at."""
        self._ahead = self._ahead[count:]

    def save(self) -> Callable[[], None]:
        """See `Descriptor.save`. What was read from the source meanwhile does not come back."""
        restore_rest, ahead = super().save(), self._ahead

        def restore() -> None:
            restore_rest()
            self._ahead = ahead

        return restore


class OutputStream(Descriptor):
    """Standard output or standard error."""

    filetype = Filetype.CHARACTER_DEVICE
    applicable = STREAM_RIGHTS | Rights.FD_WRITE

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__(self.applicable)
        self._write = write

    def write(self, data: bytes) -> int:
        """Hand it to the embedder."""
        self._write(data)
        return len(data)
