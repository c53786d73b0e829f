"""Up to which size Redis stores a container in its compact form.

Rule: our containers are stored one way whatever their size; the limits decide what OBJECT ENCODING
says, and what follows from it that clients see: the order of a small set of integers, and that one
HSCAN page holds all of a small hash. As in Redis a container that has once been large stays so.
The attributes are named as the configuration's options, which take this class's place in a server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Thresholds(Protocol):
    """What containers ask for; a server's options answer it."""

    hash_max_listpack_entries: int
    """Most fields of a "listpack" hash."""
    hash_max_listpack_value: int
    """Longest field and value of one, in bytes."""
    set_max_intset_entries: int
    """Most members of an "intset" set, which are all integers."""
    zset_max_listpack_entries: int
    """Most members of a "listpack" sorted set."""
    zset_max_listpack_value: int
    """Longest member of one, in bytes."""


@dataclass(slots=True)
class DefaultThresholds:
    """Redis's defaults (config.c of 7.0)."""

    hash_max_listpack_entries: int = 512
    hash_max_listpack_value: int = 64
    set_max_intset_entries: int = 512
    zset_max_listpack_entries: int = 128
    zset_max_listpack_value: int = 64
