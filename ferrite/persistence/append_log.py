"""AppendLog: the commands that were executed, on their way into one file.

Rule: entries are collected during a turn of the event loop and written at its end with one write,
before any reply of that turn leaves. With appendfsync always the write is synced there too; with
everysec a thread syncs it within a second. So a client has its reply when the command is in the
operating system's hands (no, everysec) or on the disk (always).

What was not written or synced is kept, and written again: behind what is known to be good, after
the file was cut there. Until that succeeds `failure` says why, and the server refuses writes; those
whose entries are kept have had no reply. (A kernel may forget pages that it failed to write, so a
second fsync that succeeds proves nothing.)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from ferrite.persistence.files import File
from ferrite.protocol import encoder
from ferrite.protocol.replies import Reply

LOG = logging.getLogger(__name__)

SYNC_SECONDS = 0.9
"""With everysec: how long after a write the thread is told to sync. It takes a while as well."""
RETRY_SECONDS = 1.0

Encode = Callable[[Sequence[Reply], int], bytes]


class Timer(Protocol):
    """What a call later can be stopped by (asyncio.TimerHandle)."""

    def cancel(self) -> None:
        """Do not call any more."""


class Loop(Protocol):
    """What the log needs of the part that runs the server."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call a function after some seconds."""

    def at_end_of_turn(self, callback: Callable[[], None]) -> None:
        """Call a function when all that is ready now is served."""

    def in_background(
        self, work: Callable[[], None], done: Callable[[OSError | None], None]
    ) -> None:
        """Do `work` in a thread, one piece after the other, then call `done` in this one."""

    def close(self) -> None:
        """Wait for what is under way in the background."""


class Options(Protocol):
    """The configuration that the log follows."""

    appendfsync: str
    aof_timestamp_enabled: bool


class AppendLog:
    """The file that entries are appended to now, if there is one."""

    __slots__ = (
        "_chunks", "_doubtful", "_file", "_kept", "_loop", "_now", "_options", "_requests",
        "_selected", "_stamped_at", "_started", "_sync_timer", "_syncing", "_tail", "_written",
        "delayed_syncs", "encode", "failure", "followers", "hold_syncs", "sleep_microseconds",
        "status",
    )  # fmt: skip

    def __init__(self, options: Options, loop: Loop, now: Callable[[], int]) -> None:
        """`now` is Unix time in ms."""
        self._options = options
        self._loop = loop
        self._now = now
        self.encode: Encode = encoder.encode_all
        """Makes RESP of several requests."""
        self._file: File | None = None
        self._requests: list[Reply] = []
        """Entries of this turn that are not encoded yet; they stand behind `_chunks`."""
        self._chunks: list[bytes] = []
        """Entries of this turn that are."""
        self._selected = -1
        """The database that the last SELECT in the file names."""
        self._stamped_at = 0
        self._written = 0
        """Bytes of the file up to which it is good."""
        self._tail: list[bytes] = []
        """The end of what was written, which is not synced, where somebody will sync it."""
        self._doubtful = False
        """Whether a sync of the tail has failed."""
        self._kept: list[bytes] = []
        """What could not be written."""
        self._syncing = 0
        """Counts the files and failures there were: a sync of an older one means nothing."""
        self._started = False
        self._sync_timer: Timer | None = None
        self.followers: list[Callable[[bool], None]] = []
        """Called at the end of a turn with entries: whether these are as safe as promised."""
        self.status: Callable[[], None] = lambda: None
        """Called when `failure` has changed."""
        self.failure = ""
        """Why the last write or sync has failed; "" when it has not."""
        self.hold_syncs: Callable[[], bool] = lambda: False
        """Whether nothing is to be synced at this moment (no-appendfsync-on-rewrite)."""
        self.delayed_syncs = 0
        """How often a sync was due while the one before was under way."""
        self.sleep_microseconds = 0
        """How long to wait before each write, for tests of what waits for it."""

    # --- entries --------------------------------------------------------------------------------

    def add(self, database_index: int, request: list[bytes]) -> None:
        """Log a command for the database of an index."""
        if not (self._requests or self._chunks):
            self._begin()
        if database_index != self._selected:
            self._select(database_index)
        self._requests.append(request)

    def append(self, database_index: int, resp: bytes) -> None:
        """Log commands for the database of an index that are RESP already."""
        if not self.due:
            self._begin()
        if database_index != self._selected:
            self._select(database_index)
        self._pack()
        self._chunks.append(resp)

    @property
    def due(self) -> bool:
        """Whether there are entries of this turn: replies have to wait for its end."""
        return bool(self._requests or self._chunks)

    @property
    def is_open(self) -> bool:
        """Whether there is a file."""
        return self._file is not None

    @property
    def size(self) -> int:
        """Bytes of the file that are good."""
        return self._written

    @property
    def buffered(self) -> int:
        """Bytes that are not in the file yet."""
        return sum(map(len, self._kept)) + sum(map(len, self._chunks))

    @property
    def pending_syncs(self) -> int:
        """Syncs under way in the background."""
        return int(self._started)

    def _begin(self) -> None:
        """The first entry of a turn."""
        self._loop.at_end_of_turn(self.commit)
        if self._options.aof_timestamp_enabled:
            seconds = self._now() // 1000
            if seconds != self._stamped_at:
                self._stamped_at = seconds
                self._chunks.append(b"#TS:%d\r\n" % seconds)

    def _select(self, database_index: int) -> None:
        self._requests.append([b"SELECT", b"%d" % database_index])
        self._selected = database_index

    def _pack(self) -> None:
        if self._requests:
            self._chunks.append(self.encode(self._requests, 2))
            self._requests.clear()

    # --- files ----------------------------------------------------------------------------------

    def open(self, file: File, size: int) -> None:
        """Write to a file that is good up to `size` bytes from now on; the one before is closed
        with what it has (see `settle`)."""
        self.discard()
        self._file = file
        self._written = size
        self._selected = -1

    def settle(self) -> None:
        """Have all entries on the disk, if there is a file. Raises OSError."""
        if self._file is None:
            return
        self.commit()
        if self.failure:
            self._write_again()
        elif self._tail or self._options.appendfsync == "no":
            self._file.sync()
            self._tail.clear()
            self._syncing += 1

    def close(self) -> None:
        """Settle, and close the file, if there is one. Raises OSError, then it stays open."""
        self.settle()
        self.discard()

    def discard(self) -> None:
        """Close the file, whatever has not reached it."""
        file, self._file = self._file, None
        if file is not None and self._started:
            self._loop.in_background(file.close, lambda _: None)  # behind the sync under way
        elif file is not None:
            with suppress(OSError):
                file.close()
        self._syncing += 1
        self._doubtful = False
        for entries in (self._requests, self._chunks, self._tail, self._kept):
            entries.clear()
        self._set_failure("")

    # --- the end of a turn ----------------------------------------------------------------------

    def commit(self) -> None:
        """Write what was added since the last time; nothing is raised, see `failure`."""
        self._pack()
        if self._chunks and self._file is not None:
            if self.sleep_microseconds:
                time.sleep(self.sleep_microseconds / 1_000_000)
            data = b"".join(self._chunks)
            self._chunks.clear()
            if self.failure:
                self._kept.append(data)
            else:
                self._write(self._file, data)
        self._chunks.clear()
        for follow in self.followers:
            follow(not self.failure)

    def _write(self, file: File, data: bytes) -> None:
        policy = self._options.appendfsync
        try:
            file.write(data)
        except OSError as error:
            self._failed(error, [data])
            return
        self._written += len(data)
        if policy == "no":
            return
        self._tail.append(data)
        if policy == "everysec":
            if self._sync_timer is None:
                self._sync_timer = self._loop.call_later(SYNC_SECONDS, self._sync_later)
        elif not self.hold_syncs():
            try:
                file.sync()
            except OSError as error:
                self._failed(error, [])
                return
            self._tail.clear()

    def _sync_later(self) -> None:
        """A second has passed since the first write that is not synced."""
        self._sync_timer = None
        file = self._file
        if file is None or self.failure or not self._tail:
            return
        if self._started or self.hold_syncs():
            self.delayed_syncs += self._started
            self._sync_timer = self._loop.call_later(SYNC_SECONDS / 10, self._sync_later)
            return
        count, generation = len(self._tail), self._syncing
        self._started = True

        def done(error: OSError | None) -> None:
            self._started = False
            if generation != self._syncing:
                return
            if error is not None:
                self._failed(error, [])
                return
            del self._tail[:count]
            if self._tail and self._sync_timer is None:
                self._sync_timer = self._loop.call_later(SYNC_SECONDS, self._sync_later)

        self._loop.in_background(file.sync, done)

    # --- failures -------------------------------------------------------------------------------

    def _failed(self, error: OSError, unwritten: list[bytes]) -> None:
        self._syncing += 1
        self._doubtful = self._doubtful or not unwritten
        self._kept += unwritten
        reason = error.strerror or str(error)
        LOG.error("Error writing to the AOF file: %s", reason)
        self._set_failure(reason)
        self._loop.call_later(RETRY_SECONDS, self._retry)

    def _retry(self) -> None:
        if self._file is None or not self.failure:
            return
        try:
            self._write_again()
        except OSError as error:
            self._set_failure(error.strerror or str(error))
            self._loop.call_later(RETRY_SECONDS, self._retry)

    def _write_again(self) -> None:
        """Write what is kept, and what a failed sync leaves in doubt in its place. Raises OSError.

        Nothing that a client knows of is cut off on the way: the process may end at any point.
        """
        file = self._file
        if file is None:
            return
        file.truncate(self._written)
        if self._doubtful:
            tail = b"".join(self._tail)
            file.rewind(self._written - len(tail))
            file.write(tail)
        data = b"".join(self._kept)
        file.write(data)
        file.sync()
        self._written += len(data)
        self._doubtful = False
        self._tail.clear()
        self._kept.clear()
        LOG.warning("AOF write error looks solved. The server can write again.")
        self._set_failure("")

    def _set_failure(self, reason: str) -> None:
        changed = bool(reason) != bool(self.failure)
        self.failure = reason
        if changed:
            self.status()
