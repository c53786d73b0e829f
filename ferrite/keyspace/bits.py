"""Bits of strings. Bit 0 is the highest bit of the first byte, as in Redis.

Rule: Python's integers do the work, on pieces of bounded size where a string may be long. Behind
its end a string goes on with zeros.
"""

from __future__ import annotations

PIECE_BYTES = 1 << 20


def read(data: bytes | bytearray, offset: int, count: int) -> int:
    """The unsigned number in `count` bits from `offset` on."""
    first, end = offset >> 3, (offset + count + 7) >> 3
    number = int.from_bytes(data[first:end].ljust(end - first, b"\0"), "big")
    return number >> (end * 8 - offset - count) & ((1 << count) - 1)


def write(data: bytearray, offset: int, count: int, number: int) -> None:
    """Put an unsigned number into `count` bits from `offset` on, which are there."""
    first, end = offset >> 3, (offset + count + 7) >> 3
    shift = end * 8 - offset - count
    mask = ((1 << count) - 1) << shift
    present = int.from_bytes(data[first:end], "big")
    data[first:end] = ((present & ~mask) | number << shift).to_bytes(end - first, "big")


def count_ones(data: bytes, first: int, last: int) -> int:
    """How many of the bits from `first` to `last`, both included and there, are set."""
    if first > last:
        return 0
    start, end = first >> 3, (last >> 3) + 1
    total = 0
    for position in range(start, end, PIECE_BYTES):
        piece = data[position : min(position + PIECE_BYTES, end)]
        total += int.from_bytes(piece, "little").bit_count()
    before, behind = first & 7, 7 - (last & 7)
    total -= (data[start] >> (8 - before)).bit_count()
    return total - (data[end - 1] & ((1 << behind) - 1)).bit_count()


def find(data: bytes, bit: int, first: int, last: int) -> int | None:
    """The first place from `first` to `last`, both included and there, that is `bit`."""
    if first > last:
        return None
    start, end = first >> 3, (last >> 3) + 1
    piece = bytearray(data[start:end])
    outside = [0xFF & ~(0xFF >> (first & 7)), 0xFF >> ((last & 7) + 1)]
    if bit:
        piece[0] &= ~outside[0]
        piece[-1] &= ~outside[1]
    else:
        piece[0] |= outside[0]
        piece[-1] |= outside[1]
    skipped = len(piece) - len(piece.lstrip(b"\0" if bit else b"\xff"))
    if skipped == len(piece):
        return None
    byte = piece[skipped] if bit else piece[skipped] ^ 0xFF
    return (start + skipped) * 8 + 8 - byte.bit_length()
