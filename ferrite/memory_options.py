"""The directives of redis.conf about memory: how much there may be, and who goes when it is short.

https://redis.io/docs/latest/develop/reference/eviction/
"""

from __future__ import annotations

from dataclasses import dataclass

from ferrite.options import Choice, Flag, Integer, Memory, option

EVICTION_POLICIES = (
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
)
_ALWAYS_LAZY = "Taken for clients that set it; large values are always freed in slices."


@dataclass(frozen=True)
class MemoryOrPercent(Memory):
    """A number of bytes, or a part of maxmemory: a negative number of percent."""

    low: int = -100

    def from_text(self, text: str) -> int:
        """As in redis.conf: "512mb" or "5%"."""
        if not text.endswith("%"):
            return super().from_text(text)
        percent = Integer().from_text(text[:-1])
        if percent > 100:
            raise ValueError("percentage argument must be less or equal to 100")
        return -percent

    def to_text(self, value: int) -> str:
        """In bytes or with the percent sign."""
        return f"{-value}%" if value < 0 else str(value)


@dataclass  # no slots: one of several bases
class MemoryOptions:
    """Those directives, by their own names with `_` for `-`."""

    maxmemory: int = option(
        Memory(), 0, "Bytes that keys and clients may take together; 0 for any number."
    )
    maxmemory_policy: str = option(
        Choice(EVICTION_POLICIES), "noeviction", "Which keys go when maxmemory is exceeded."
    )
    maxmemory_samples: int = option(
        Integer(1), 5, "Keys compared by chance to find one that should go."
    )
    maxmemory_eviction_tenacity: int = option(
        Integer(0, 100), 10, "How long a command waits for keys to go; 100 for as long as it takes."
    )
    lfu_log_factor: int = option(Integer(0), 10, "How slowly the counter of a key's uses rises.")
    lfu_decay_time: int = option(
        Integer(0), 1, "Minutes without use that lower the counter by one; 0 for never."
    )
    maxmemory_clients: int = option(
        MemoryOrPercent(),
        0,
        "Bytes, or percent of maxmemory, that all clients may take together; 0 for any number.",
    )
    lazyfree_lazy_eviction: bool = option(Flag(), False, _ALWAYS_LAZY)
    lazyfree_lazy_expire: bool = option(Flag(), False, _ALWAYS_LAZY)
    lazyfree_lazy_server_del: bool = option(Flag(), False, _ALWAYS_LAZY)
    lazyfree_lazy_user_del: bool = option(Flag(), False, _ALWAYS_LAZY)
    lazyfree_lazy_user_flush: bool = option(Flag(), False, _ALWAYS_LAZY)
