"""LZF, the compression of long strings in snapshots. Reading only: we write strings as they are.

A piece is either a run of 1 to 32 bytes as they are, or a copy of 3 to 264 bytes from at most
8 KiB back, which may overlap what it makes. http://oldhome.schmorp.de/marc/liblzf.html
"""

from __future__ import annotations

RATIO_MAX = 88
"""At most so many bytes come from one: a copy of 264 takes three."""

_LITERALS_MAX = 32
_LONG = 7


def decompress(data: bytes, size: int) -> bytes | None:
    """The `size` bytes that `data` stands for; None when it stands for anything else."""
    out = bytearray()
    position, end = 0, len(data)
    while position < end:
        control = data[position]
        position += 1
        if control < _LITERALS_MAX:
            out += data[position : position + control + 1]
            position += control + 1
            if position > end:
                return None
            continue
        length, distance = control >> 5, (control & 0x1F) << 8
        if position + (length == _LONG) >= end:
            return None
        if length == _LONG:
            length += data[position]
            position += 1
        start = len(out) - distance - data[position] - 1
        position += 1
        if start < 0 or len(out) + length + 2 > size:
            return None
        out += _copied(out, start, length + 2)
    return bytes(out) if len(out) == size else None


def _copied(out: bytearray, start: int, count: int) -> bytearray:
    """`count` bytes from `start` on, which repeat where they run into the end."""
    piece = out[start : start + count]
    if len(piece) < count:
        piece = (piece * (count // len(piece) + 1))[:count]
    return piece
