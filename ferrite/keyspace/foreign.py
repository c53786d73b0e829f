"""ForeignValue: a value of a type that somebody else knows, a plugin as a rule.

Rule: a name, a version and bytes that are never looked into. It is replaced and never changed in
place, so it needs no undo log, and it stays what it is when nobody knows its type any more.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from sys import getsizeof

from ferrite.keyspace.container import Container
from ferrite.keyspace.graveyard import Contents

_HEAD = struct.Struct("<B")
_VERSION = struct.Struct("<I")
ENCODING_UNKNOWN = "raw"
"""What OBJECT ENCODING answers for a type that nobody knows."""


class ForeignValue(Container):
    """A value of a foreign type."""

    __slots__ = ("data", "name", "version")

    def __init__(self, name: str, version: int, data: bytes) -> None:
        """`version` is the unsigned 32-bit version of the encoding of `data`."""
        self._limits = None
        self.undo = None
        self.name = name
        self.version = version
        self.data = data

    @property
    def type_name(self) -> str:  # type: ignore[override]
        """What TYPE answers: the type's own name."""
        return self.name

    def __len__(self) -> int:
        return 1

    @property
    def encoding(self) -> str:
        """What OBJECT ENCODING answers where nobody knows the type."""
        return ENCODING_UNKNOWN

    def copy(self) -> ForeignValue:
        """An independent value of the same bytes."""
        return ForeignValue(self.name, self.version, self.data)

    def memory_bytes(self, samples: int) -> int:  # noqa: ARG002
        """About how much memory it takes."""
        return getsizeof(self) + getsizeof(self.data)

    def frame(self) -> bytes:
        """Name, version and bytes as one text."""
        name = self.name.encode()
        return _HEAD.pack(len(name)) + name + _VERSION.pack(self.version) + self.data

    @classmethod
    def from_frame(cls, frame: bytes) -> ForeignValue:
        """The value of a frame. Raises ValueError."""
        size = frame[0] if frame else 0
        name, start = frame[1 : 1 + size], 1 + size
        if not size or len(frame) < start + _VERSION.size:
            raise ValueError("the frame of a foreign value is too short")
        (version,) = _VERSION.unpack_from(frame, start)
        return cls(name.decode("utf-8"), version, frame[start + _VERSION.size :])

    def _contents(self) -> Sequence[Contents]:
        return ()
