"""Snapshots: when the databases are written to the RDB file, and read from it at the start.

Rule: a snapshot in the background is written by a forked child, as in Redis. While another child is
at work a snapshot waits for its end, or is refused.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from ferrite.errors import CommandError, StartError
from ferrite.keyspace.databases import Databases
from ferrite.persistence import rdb
from ferrite.persistence.child import Child
from ferrite.persistence.cursor import BadFormat
from ferrite.persistence.files import Disk, Files, replace

LOG = logging.getLogger(__name__)

SNAPSHOT = "rdb"
"""The purpose of a child that writes one."""
RETRY_SECONDS = 5
"""How long a save point waits after a snapshot that failed."""
UNABLE = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error "
    "option). Please check the Redis logs for details about the RDB error."
)


class Options(Protocol):
    """The configuration that snapshots follow."""

    dir: str
    dbfilename: str
    save: str
    stop_writes_on_bgsave_error: bool
    rdb_key_save_delay: int


class Snapshots:
    """The snapshots of one server."""

    __slots__ = (
        "_changes_at_fork",
        "_changes_saved",
        "_child",
        "_databases",
        "_files",
        "_notes",
        "_options",
        "_save_last",
        "_tried_at",
        "last_save",
        "last_succeeded",
        "scheduled",
        "status",
    )

    def __init__(
        self,
        databases: Databases,
        options: Options,
        child: Child,
        notes: dict[bytes, bytes],
        files: Files | None = None,
    ) -> None:
        """`notes` are the auxiliary fields of the files; `child` does what is in the background."""
        self._databases = databases
        self._options = options
        self._notes = notes
        self._files = files or Disk()
        self._child = child
        self._changes_saved = 0
        self._changes_at_fork = 0
        self._tried_at = 0
        self._save_last: bool | None = None
        self.last_save = databases.clock.now() // 1000
        """Unix seconds of the last snapshot that succeeded, the server's start before the first."""
        self.last_succeeded = True
        """Whether the last one in the background did."""
        self.scheduled = False
        """Whether one waits for another child to end."""
        self.status: Callable[[], None] = lambda: None
        """Called when `last_succeeded` has been set."""

    @property
    def running(self) -> bool:
        """Whether a snapshot is being written in the background."""
        return self._child.purpose == SNAPSHOT

    @property
    def failure(self) -> str:
        """Why writes are to be refused, as an error; "" when they are not."""
        options = self._options
        failed = options.save and options.stop_writes_on_bgsave_error and not self.last_succeeded
        return UNABLE if failed else ""

    @property
    def changes(self) -> int:
        """Changes of keys since the last snapshot."""
        return self._databases.changes - self._changes_saved

    @property
    def exists(self) -> bool:
        """Whether there is a file."""
        return (
            self._files.size(os.path.join(self._options.dir, self._options.dbfilename)) is not None
        )

    def load(self) -> None:
        """Read the file, if there is one, into the databases. Raises StartError."""
        path = os.path.join(self._options.dir, self._options.dbfilename)
        try:
            data = self._files.read(path)
            if data is None:
                return
            loaded = rdb.load(data, self._databases)
        except OSError as error:
            raise StartError(f"{path}: {error.strerror or error}") from error
        except BadFormat as error:
            raise StartError(f"{path}: {error}; move the file away to start empty") from error
        for what in loaded.left_out:
            LOG.warning("%s: %s is left out", path, what)
        LOG.info("%s: %d keys loaded, %d had expired", path, loaded.keys, loaded.expired)
        self.saved()

    def saved(self) -> None:
        """What the databases hold now is on the disk."""
        self._changes_saved = self._databases.changes

    def save(self) -> None:
        """Write the file now. Raises CommandError."""
        self._require_rest()
        try:
            self._write()
        except OSError as error:
            LOG.warning("the snapshot has failed: %s", error)
            raise CommandError(f"ERR the snapshot has failed: {error.strerror or error}") from error
        self._saved(self._databases.changes)

    def save_in_background(self, *, schedule: bool = False) -> bool:
        """Begin to write the file as everything is now; with `schedule`, later when another child
        is at work. Whether it has begun. Raises CommandError."""
        self._require_rest()
        if self._child.purpose:
            if not schedule:
                raise CommandError(
                    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use "
                    "BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."
                )
            self.scheduled = True
            return False
        self.scheduled = False
        self._tried_at = self._databases.clock.now()
        self._changes_at_fork = self._databases.changes
        try:
            self._child.start(SNAPSHOT, self._write, self._finished)
        except OSError as error:
            self._set_succeeded(False)
            raise CommandError(f"ERR the snapshot has failed: {error.strerror or error}") from error
        return True

    def save_if_due(self) -> None:
        """Begin to write the file if a save point is reached and no plugin call is under way."""
        if self._databases.journal.entries is None and not self._child.purpose and self._due():
            try:
                self.save_in_background()
            except CommandError as error:
                LOG.warning("%s", error.text)

    def save_last(self, wanted: bool | None = None, *, force: bool = False) -> None:
        """Save before the server ends, while it can still stay; None is to do so with save points.

        Raises CommandError where that fails, unless by `force`. What a plugin's call has not
        finished is left to `close`, as is what plugins write when they are told of the end.
        """
        self._save_last = wanted
        if not (wanted or (self._ends_saved and self.changes)):
            return
        if self._databases.journal.entries is not None:
            return
        self._give_up()
        try:
            self.save()
        except CommandError as error:
            if not force:
                self._save_last = None
                raise CommandError("ERR Errors trying to SHUTDOWN. Check logs.") from error

    @property
    def _ends_saved(self) -> bool:
        return bool(self._options.save) if self._save_last is None else self._save_last

    def _give_up(self) -> None:
        if self.running:
            self._child.kill()

    def close(self) -> None:
        """The server ends: what is under way is given up; with save points, save a last time."""
        self._give_up()
        if self._ends_saved and self.changes:
            try:
                self.save()
            except CommandError as error:
                LOG.error("%s", error.text)

    def _due(self) -> bool:
        """Whether one is scheduled, or a save point is reached: changes in so many seconds."""
        now = self._databases.clock.now()
        if self.scheduled:
            return True
        if not self.last_succeeded and now - self._tried_at < RETRY_SECONDS * 1000:
            return False
        numbers = [int(word) for word in self._options.save.split()]
        age = now // 1000 - self.last_save
        return any(
            self.changes >= changes and age >= seconds
            for seconds, changes in zip(numbers[::2], numbers[1::2], strict=True)
        )

    def _require_rest(self) -> None:
        if self.running:
            raise CommandError("ERR Background save already in progress")

    def _write(self) -> None:
        notes = {**self._notes, b"ctime": b"%d" % (self._databases.clock.now() // 1000)}
        pieces = rdb.write(self._databases, notes, self._options.rdb_key_save_delay)
        replace(self._files, self._options.dir, self._options.dbfilename, pieces)

    def _finished(self, succeeded: bool, child: int) -> None:
        self._set_succeeded(succeeded)
        if succeeded:
            self._saved(self._changes_at_fork)
        else:
            LOG.warning("the snapshot in the background has failed")
            temporary = f"temp-{child}-{self._options.dbfilename}"
            with suppress(OSError):
                self._files.remove(os.path.join(self._options.dir, temporary))

    def _saved(self, changes: int) -> None:
        self._changes_saved = changes
        self.last_save = self._databases.clock.now() // 1000
        self._set_succeeded(True)

    def _set_succeeded(self, succeeded: bool) -> None:
        self.last_succeeded = succeeded
        self.status()
