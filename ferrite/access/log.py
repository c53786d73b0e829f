"""AccessLog: what was refused lately. https://redis.io/commands/acl-log/

Rule: newest first. The same refusal within a minute of its like counts one up and comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ferrite.access.selector import Reason

GROUPED_MS_MAX = 60_000
COMPARED_MAX = 10
"""How many of the newest entries a refusal is compared with."""


@dataclass(slots=True)
class AccessLogEntry:
    """One kind of refusal."""

    id: int
    reason: Reason
    context: str
    """Where it came from: "toplevel", "multi" or "module"."""
    object: bytes
    """Name of the command, the key or the channel; for a login, the command that tried."""
    user: bytes
    client: bytes
    """The client's line of CLIENT LIST."""
    created_at: int
    """Unix milliseconds."""
    updated_at: int
    count: int = 1

    def is_like(self, other: AccessLogEntry) -> bool:
        """Whether both tell of the same."""
        return (
            (self.reason, self.context) == (other.reason, other.context)
            and (self.object, self.user) == (other.object, other.user)
            and abs(self.updated_at - other.updated_at) <= GROUPED_MS_MAX
        )


class AccessLog:
    """A bounded list of refusals."""

    def __init__(self) -> None:
        self._entries: list[AccessLogEntry] = []
        self._last_id = -1
        self.counts: Counter[Reason] = Counter()
        """Refusals since the start, those forgotten included."""

    def __iter__(self) -> Iterator[AccessLogEntry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        reason: Reason,
        context: str,
        object: bytes,
        *,
        user: bytes,
        client: bytes,
        now: int,
        entries_max: int,
    ) -> None:
        """Note a refusal at a time in Unix milliseconds."""
        self.counts[reason] += 1
        entry = AccessLogEntry(self._last_id + 1, reason, context, object, user, client, now, now)
        for position, known in enumerate(islice(self._entries, COMPARED_MAX)):
            if known.is_like(entry):
                known.client, known.updated_at = client, now
                known.count += 1
                self._entries.insert(0, self._entries.pop(position))
                return
        self._last_id += 1
        self._entries.insert(0, entry)
        del self._entries[entries_max:]

    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()
