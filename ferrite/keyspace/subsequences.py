"""The longest common subsequence of two strings.

Rule: a row of the usual table is one integer, whose bit j is clear where the length grows at
place j of the second string (Hyyro's bit-parallel form). So N x M cells take N additions of M-bit
integers, and a bit each of memory, where Redis's table has 32.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

Match: TypeAlias = tuple[int, int, int]
"""A run that both strings have: where it begins in the first and in the second, and its length."""


def _rows(first: bytes, second: bytes) -> Iterator[int]:
    """The rows of the table, the empty one at the top excluded."""
    places: dict[int, int] = {}
    for place, byte in enumerate(second):
        places[byte] = places.get(byte, 0) | 1 << place
    full = (1 << len(second)) - 1
    row = full
    for byte in first:
        grown = row & places.get(byte, 0)
        row = ((row + grown) | (row - grown)) & full
        yield row


def common_length(first: bytes, second: bytes) -> int:
    """How long the longest common subsequence is."""
    rows = deque(_rows(first, second), maxlen=1)
    return _length(rows[0], len(second)) if rows else 0


def common_runs(first: bytes, second: bytes) -> list[Match]:
    """The runs that make up the subsequence, from the last to the first.

    Of several longest ones it is the one that Redis finds: from the end, the way goes back in the
    second string unless going back in the first keeps more.
    """
    rows = [(1 << len(second)) - 1, *_rows(first, second)]
    runs: list[Match] = []
    i, j = len(first), len(second)
    end: tuple[int, int] | None = None
    while i and j:
        if first[i - 1] == second[j - 1]:
            end = end or (i, j)
            i, j = i - 1, j - 1
            continue
        if end is not None:
            runs.append((i, j, end[0] - i))
            end = None
        if _length(rows[i - 1], j) > _length(rows[i], j - 1):
            i -= 1
        else:
            j -= 1
    if end is not None:
        runs.append((i, j, end[0] - i))
    return runs


def _length(row: int, columns: int) -> int:
    """The cell of a row behind so many columns."""
    return columns - (row & ((1 << columns) - 1)).bit_count()
