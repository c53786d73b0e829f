"""A cursor over the bytes of a snapshot or a payload: lengths, numbers, strings.

Rule: nothing is believed. A length is checked against what is left before anything is made from
it, so a hostile payload costs no more memory than what it carries, compressed strings included
(they say their size, and no more than LZF can express is made room for). Errors name the place.
"""

from __future__ import annotations

import struct

from ferrite.persistence.lzf import RATIO_MAX, decompress

INT8, INT16, INT32, LZF = range(4)
"""What a string with a special length is instead."""

_SHORT_MAX = 63
_INTEGERS = {INT8: struct.Struct("<b"), INT16: struct.Struct("<h"), INT32: struct.Struct("<i")}
_DOUBLE = struct.Struct("<d")


class BadFormat(Exception):
    """The bytes are no snapshot or payload; says what is wrong and where."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"{reason} at byte {position}")


class Cursor:
    """Reads from `position` on."""

    __slots__ = ("_data", "_end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self._data = data
        self._end = len(data) if end is None else end
        self.position = position

    @property
    def left(self) -> int:
        """Bytes from here to the end."""
        return self._end - self.position

    def error(self, reason: str) -> BadFormat:
        """An error at this place."""
        return BadFormat(reason, self.position)

    def take(self, size: int) -> bytes:
        """The next `size` bytes. Raises BadFormat."""
        start = self.position
        end = start + size
        if end > self._end:
            raise self.error(f"{size} bytes are missing")
        self.position = end
        return self._data[start:end]

    def byte(self) -> int:
        """The next byte. Raises BadFormat."""
        position = self.position
        if position >= self._end:
            raise self.error("a byte is missing")
        self.position = position + 1
        return self._data[position]

    def unsigned(self, size: int) -> int:
        """A little-endian number. Raises BadFormat."""
        return int.from_bytes(self.take(size), "little")

    def signed(self, size: int) -> int:
        """A little-endian number. Raises BadFormat."""
        return int.from_bytes(self.take(size), "little", signed=True)

    def double(self) -> float:
        """An IEEE 754 number, little-endian. Raises BadFormat."""
        number: float = _DOUBLE.unpack(self.take(8))[0]
        return number

    def length(self) -> int:
        """A length or another unsigned number. Raises BadFormat."""
        number, special = self._length()
        if special:
            raise self.error("a string stands in place of a length")
        return number

    def count(self, bytes_each: int = 1) -> int:
        """How many items follow, each of `bytes_each` bytes at least, one or more.

        Raises BadFormat; so a count costs nothing that the items do not pay for.
        """
        number = self.length()
        if not 0 < number <= self.left // bytes_each:
            raise self.error(f"a count of {number} cannot be")
        return number

    def string(self) -> bytes:
        """A string in any of its spellings. Raises BadFormat."""
        start = self.position
        if start < self._end and self._data[start] <= _SHORT_MAX:  # the most frequent one
            end = start + 1 + self._data[start]
            if end <= self._end:
                self.position = end
                return self._data[start + 1 : end]
        number, special = self._length()
        if not special:
            return self.take(number)
        if number == LZF:
            return self._compressed()
        spelling = _INTEGERS.get(number)
        if spelling is None:
            raise self.error(f"there is no kind {number} of string")
        integer: int = spelling.unpack(self.take(spelling.size))[0]
        return b"%d" % integer

    def _length(self) -> tuple[int, bool]:
        """A number, and whether it is a kind of string and no length."""
        first = self.byte()
        kind = first >> 6
        if kind == 0:
            return first, False
        if kind == 1:
            return (first & 0x3F) << 8 | self.byte(), False
        if kind == 3:
            return first & 0x3F, True
        if first == 0x80:
            return int.from_bytes(self.take(4), "big"), False
        if first == 0x81:
            return int.from_bytes(self.take(8), "big"), False
        raise self.error(f"there is no length of kind {first:#x}")

    def _compressed(self) -> bytes:
        packed_size, size = self.length(), self.length()
        if size > packed_size * RATIO_MAX:
            raise self.error(f"{packed_size} bytes cannot hold {size} compressed ones")
        text = decompress(self.take(packed_size), size)
        if text is None:
            raise self.error("a compressed string is broken")
        return text
