"""Memory: how much is used, how much may be, and what happens when it is not enough.

Rule: used memory is what clients have put here, which is what maxmemory is to bound: keys, values,
what is kept on them, and clients with their buffers. The interpreter, the program, the plugins' own
memories and the ledgers are not in it; INFO's used_memory_rss has everything.

While there is a limit, or uses of keys are recorded, every database has a ledger and the figure is
kept; else it is an estimate by the oldest and the newest keys, and nothing is done per command.
Keys are evicted before a command and never during one: not within a transaction or a plugin call.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from ferrite.client_memory import ClientMemory
from ferrite.eviction import Eviction, seconds_to_evict
from ferrite.keyspace.container import RANDOM
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.ledger import ROW_BYTES, Account, Growth, Ledger
from ferrite.keyspace.uses import Frequency, Recency

if TYPE_CHECKING:
    from ferrite.commands.registry import Command
    from ferrite.memory_options import MemoryOptions
    from ferrite.session import Session
    from ferrite.state import Call
    from ferrite.tracking import TrackingTable

DEADLINE_BYTES = 240
"""What a key's deadline takes: its entry in a dict, and in the queue of those to come."""
TRACKED_BYTES = 400
"""What a key takes in the table of keys that clients have in their caches."""
RECORDED_MS = 3_600_000
"""For how long uses are recorded after somebody has asked for one."""
EVICTIONS_PER_LOOK = 8
"""Keys evicted before the time is looked at."""


class Memory:
    """What one server uses."""

    __slots__ = (
        "_account", "_asked_at", "_call_later", "_changed", "_databases", "_eviction", "_frequency",
        "_idle", "_key_uses", "_last_count", "_last_use_at", "_ledgers", "_options", "_recency",
        "_scheduled", "_tracking", "clients", "evicted_keys", "peak",
    )  # fmt: skip

    def __init__(
        self,
        databases: Databases,
        options: MemoryOptions,
        clients: ClientMemory,
        tracking: TrackingTable,
        *,
        idle: Callable[[], bool],
        key_uses: Callable[[], int],
        changed: Callable[[], None],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        """`idle` says whether no command is under way, so that keys may be evicted; `key_uses`
        counts the commands so far that used keys; `changed` is called whenever recording of uses
        has begun or ended by itself."""
        self._databases = databases
        self._options = options
        self._tracking = tracking
        self._idle = idle
        self._key_uses = key_uses
        self._last_count = 0
        self._last_use_at = databases.clock.now()
        self._changed = changed
        self._call_later = call_later
        clock = databases.clock
        self._recency = Recency(clock)
        self._frequency = Frequency(
            clock,
            lambda: options.lfu_log_factor,
            lambda: options.lfu_decay_time,
            RANDOM,
        )
        self._account = Account()
        self._ledgers: tuple[Ledger, ...] = ()
        self._eviction = Eviction(databases, (), self._recency)
        self._asked_at: int | None = None
        self._scheduled = False
        self.clients = clients
        self.evicted_keys = 0
        """Since the start or CONFIG RESETSTAT."""
        self.peak = 0
        """The most that was used whenever it was looked at."""

    # --- how much -------------------------------------------------------------------------

    @property
    def used(self) -> int:
        """Bytes used, by the ledgers or by an estimate."""
        data = self._account.bytes if self._ledgers else self._databases.estimated_bytes()
        used = data + self.overhead + self.clients.total
        self.peak = max(self.peak, used)
        return used

    @property
    def overhead(self) -> int:
        """What is kept on keys besides their entries."""
        volatile = sum([database.volatile_keys for database in self._databases])
        return volatile * DEADLINE_BYTES + len(self._tracking.keys) * TRACKED_BYTES

    @property
    def uncounted(self) -> int:
        """What the ledgers take themselves."""
        return sum(map(len, self._ledgers)) * ROW_BYTES

    @property
    def client_limit(self) -> int:
        """What clients may take together; 0 for any number."""
        limit = self._options.maxmemory_clients
        return limit if limit >= 0 else self._options.maxmemory * -limit // 100

    # --- which way ------------------------------------------------------------------------

    @property
    def by_frequency(self) -> bool:
        """Whether uses are counted; else the time of the last use is kept."""
        return self._options.maxmemory_policy.endswith("lfu")

    @property
    def limited(self) -> bool:
        """Whether every command has to be asked whether there is room for it."""
        return bool(self._options.maxmemory or self._options.maxmemory_clients)

    @property
    def kept(self) -> bool:
        """Whether there are ledgers."""
        return bool(self._ledgers)

    def follow_config(self) -> None:
        """Options may have changed."""
        options = self._options
        recorded = options.maxmemory_policy.endswith(("lru", "lfu")) or self._asked_at is not None
        uses = self._frequency if self.by_frequency else self._recency
        if not (options.maxmemory or recorded):
            for ledger in self._ledgers:
                ledger.close()
            self._ledgers = ()
        elif not self._ledgers:
            self._account = Account()
            self._ledgers = tuple(
                Ledger(database, uses, self._account) for database in self._databases
            )
        elif self._eviction.uses is not uses:
            for ledger in self._ledgers:
                ledger.measure_anew(uses, uses.first())
        self._eviction = Eviction(self._databases, self._ledgers, uses)
        if self.limited:
            self.clients.note_all()
            self.clients.evict()
            self.make_room()

    def tick(self) -> None:
        """A few times a second: measure the clients, see whether any key was used, and record uses
        no longer than wanted."""
        self._look_for_uses()
        if self.limited:
            self.clients.note_all()
            self.clients.evict()
        asked_at = self._asked_at
        if asked_at is not None and self._databases.clock.now() - asked_at > RECORDED_MS:
            self._asked_at = None
            self.follow_config()
            self._changed()

    # --- uses of keys ---------------------------------------------------------------------

    def use(self, call: Call, command: Command, request: list[bytes]) -> None:
        """A command uses the keys it names, unless it only asks about them."""
        if command.uses_keys and not (call.session.no_touch and command.name != "touch"):
            ledger = self._ledgers[call.keyspace.index]
            for key in command.keys_of(request):
                ledger.use(key)

    def idle_seconds(self, database: int, key: bytes) -> int:
        """Seconds since a key that exists was last used; as far as that was recorded, which it is
        from the first question on. Before, it is only known when any key was used last."""
        if self._databases.journal.entries is None:
            self._asked_at = self._databases.clock.now()
            if not self._ledgers:
                self._look_for_uses()
                self.follow_config()
                for ledger in self._ledgers:
                    ledger.measure_anew(self._recency, self._last_use_at)
                self._changed()
        if not self._ledgers:
            return 0
        return self._recency.rank(self._ledgers[database].stamp(key) or 0) // 1000

    def _look_for_uses(self) -> None:
        count = self._key_uses()
        if count != self._last_count:
            self._last_count = count
            self._last_use_at = self._databases.clock.now()

    def frequency(self, database: int, key: bytes) -> int:
        """How often a key that exists was used of late, 0 to 255, where that is counted."""
        return self._frequency.counter(self._ledgers[database].stamp(key) or 0)

    def set_use(self, database: int, key: bytes, idle: int | None, frequency: int | None) -> None:
        """Take over what another server knew of a key: seconds without use, or the counter; the
        one that is not kept here is passed over."""
        if not self._ledgers:
            return
        ledger = self._ledgers[database]
        if self.by_frequency and frequency is not None:
            ledger.set_stamp(key, self._frequency.stamp(frequency))
        elif not self.by_frequency and idle is not None:
            ledger.set_stamp(key, self._recency.first() - idle * 1000)

    # --- making room ----------------------------------------------------------------------

    def has_room(self, session: Session, request: list[bytes]) -> bool:
        """Before a command: disconnect clients and evict keys where that is due. Whether what is
        used is within maxmemory, or soon will be."""
        self.clients.begin(session, request)
        self.clients.evict()
        return self.make_room()

    def grown(self, session: Session) -> None:
        """Something piles up at a client that runs no command."""
        if self.limited:
            self.clients.note(session)
            self.clients.evict()

    def make_room(self) -> bool:
        """Evict keys until what is used is within maxmemory; whether it is, or soon will be, or it
        is not the time to. What evicting takes itself, in messages to clients, is left to the next
        time."""
        options = self._options
        excess = self.used - options.maxmemory if options.maxmemory else 0
        if excess <= 0:
            return True
        if not self._idle():
            return True
        seconds = seconds_to_evict(options.maxmemory_eviction_tenacity)
        deadline = None if seconds is None else perf_counter() + seconds
        goal, evicted = self._account.bytes - excess, 0
        while self._account.bytes > goal:
            if not self._eviction.evict(options.maxmemory_policy, options.maxmemory_samples):
                return False
            evicted += 1
            self.evicted_keys += 1
            if evicted % EVICTIONS_PER_LOOK == 0 and deadline and perf_counter() > deadline:
                self._go_on_later()
                break
        return True

    def growth(self) -> Growth:
        """Follows what a plugin call adds, which the ledgers hear of when it is kept."""
        return Growth(self._databases.journal, self._ledgers)

    def is_full(self, growth: Growth) -> bool:
        """Whether more than maxmemory is used and no key may go, so that nothing is to grow: for
        who writes where nothing is evicted."""
        options = self._options
        return 0 < options.maxmemory < self.used + growth.total and not self._eviction.may_evict(
            options.maxmemory_policy
        )

    def _go_on_later(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._call_later(0.0, self._go_on)

    def _go_on(self) -> None:
        self._scheduled = False
        self.make_room()
