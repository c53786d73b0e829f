"""The order SCAN walks in: keys by a hash of their name, in buckets.

Rule: a cursor is a point of the hash space, never a position in a list. A key's hash does not
depend on the other keys, so a key that is there from a scan's start to its end is met, whatever is
added or removed meanwhile; splitting or merging buckets moves no key across a cursor. Cursors need
no memory on the server and never become invalid. The hash is CRC-32 and not Python's own, which
differs from run to run: a recorded plugin call must see the same order when it is replayed.

It is built when a database is first scanned and kept up to date from then on, so a database that
nobody scans pays nothing for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from zlib import crc32

HASH_BITS = 32
BUCKET_KEYS = 8
"""Keys per bucket that a build aims at."""
BALANCE = 4
"""How far the number of keys may drift from what the buckets were built for, as a factor."""
EMPTY_BUCKETS_PER_KEY = 10
"""Buckets a page looks through for each key asked for, so that a page's time is bounded."""


class ScanOrder:
    """All keys of one database in buckets of the top bits of their hash."""

    __slots__ = ("_buckets", "_count", "_shift")

    def __init__(self, keys: Iterable[bytes], count: int) -> None:
        """`count` is about how many `keys` there are; it only sets the size of the buckets."""
        bits = max(count // BUCKET_KEYS, 1).bit_length() - 1
        self._shift = HASH_BITS - min(bits, HASH_BITS)
        self._buckets: list[dict[bytes, None]] = [{} for _ in range(1 << (HASH_BITS - self._shift))]
        buckets, shift = self._buckets, self._shift
        for key in keys:
            buckets[crc32(key) >> shift][key] = None
        self._count = sum(map(len, buckets))

    def __len__(self) -> int:
        return self._count

    @property
    def unbalanced(self) -> bool:
        """Whether the buckets are so full or so empty that the order should be built anew."""
        wanted = max(self._count // BUCKET_KEYS, 1)
        return wanted > BALANCE * len(self._buckets) or len(self._buckets) > BALANCE * wanted

    def add(self, key: bytes) -> None:
        """Note that a key exists; no change when it did."""
        bucket = self._buckets[crc32(key) >> self._shift]
        if key not in bucket:
            bucket[key] = None
            self._count += 1

    def discard(self, key: bytes) -> None:
        """Note that a key does not exist; no change when it did not."""
        bucket = self._buckets[crc32(key) >> self._shift]
        if key in bucket:
            del bucket[key]
            self._count -= 1

    def page(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The keys of whole buckets from `cursor` on, about `count` of them, and the cursor to go
        on with: 0 at the end. Any cursor is accepted."""
        keys: list[bytes] = []
        index = cursor >> self._shift
        end = min(len(self._buckets), index + EMPTY_BUCKETS_PER_KEY * count)
        while index < end and len(keys) < count:
            keys += self._buckets[index]
            index += 1
        return (index << self._shift if index < len(self._buckets) else 0), keys

    def random_key(self, generator: random.Random) -> bytes | None:
        """A key by chance, every key about as likely as any other; None when there is none."""
        if not self._count:
            return None
        while True:
            bucket = generator.choice(self._buckets)
            if bucket:
                return generator.choice(list(bucket))
