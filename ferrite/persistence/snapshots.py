"""Snapshots: when the databases are written to the RDB file, and read from it at the start.

Rule: a snapshot in the background is written by a forked child, as in Redis. The operating system
copies a page when the server changes it, so the child sees one moment, the server stops only for
the fork, and a failing child takes nothing with it. Writing in slices of the event loop would take
the same seconds away from clients, and would need every container to be copied before it changes.
Where there is no fork the snapshot is written at once.

Nobody else forks, and no plugin call is under way: its changes may still be undone.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from ferrite.errors import CommandError, StartError
from ferrite.keyspace.databases import Databases
from ferrite.persistence import rdb
from ferrite.persistence.cursor import BadFormat
from ferrite.persistence.files import Disk, Files, replace

LOG = logging.getLogger(__name__)

POLL_SECONDS = 0.05
"""How often a child is asked whether it has finished."""
RETRY_SECONDS = 5
"""How long a save point waits after a snapshot that failed."""
_DESCRIPTORS_MAX = 1 << 20
_STANDARD_ERROR = 2


class Options(Protocol):
    """The configuration that snapshots follow."""

    dir: str
    dbfilename: str
    save: str


class Timer(Protocol):
    """What a call later can be stopped by (asyncio.TimerHandle)."""

    def cancel(self) -> None:
        """Do not call any more."""


class Snapshots:
    """The snapshots of one server."""

    __slots__ = (
        "_call_later",
        "_changes_at_fork",
        "_changes_saved",
        "_child",
        "_databases",
        "_files",
        "_notes",
        "_options",
        "_timer",
        "_tried_at",
        "last_save",
        "last_succeeded",
    )

    def __init__(
        self,
        databases: Databases,
        options: Options,
        call_later: Callable[[float, Callable[[], None]], Timer],
        notes: dict[bytes, bytes],
        files: Files | None = None,
    ) -> None:
        """`notes` are the auxiliary fields of the files; `call_later` is the event loop's."""
        self._databases = databases
        self._options = options
        self._call_later = call_later
        self._notes = notes
        self._files = files or Disk()
        self._child: int | None = None
        self._timer: Timer | None = None
        self._changes_saved = 0
        self._changes_at_fork = 0
        self._tried_at = 0
        self.last_save = databases.clock.now() // 1000
        """Unix seconds of the last snapshot that succeeded, the server's start before the first."""
        self.last_succeeded = True
        """Whether the last one in the background did."""

    @property
    def running(self) -> bool:
        """Whether a snapshot is being written in the background."""
        return self._child is not None

    @property
    def changes(self) -> int:
        """Changes of keys since the last snapshot."""
        return self._databases.changes - self._changes_saved

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

    def save_in_background(self) -> None:
        """Begin to write the file as everything is now. Raises CommandError."""
        self._require_rest()
        if not hasattr(os, "fork"):
            self.save()
            return
        self._tried_at = self._databases.clock.now()
        self._changes_at_fork = self._databases.changes
        try:
            child = self._fork()
        except OSError as error:
            self.last_succeeded = False
            raise CommandError(f"ERR the snapshot has failed: {error.strerror or error}") from error
        self._child = child
        self._timer = self._call_later(POLL_SECONDS, self._poll)

    def save_if_due(self) -> None:
        """Begin to write the file if a save point is reached and no plugin call is under way."""
        if self._options.save and self._databases.journal.entries is None and self._due():
            try:
                self.save_in_background()
            except CommandError as error:
                LOG.warning("%s", error.text)

    def close(self) -> None:
        """The server ends: what is under way is given up; with save points, save a last time."""
        self._stop()
        if self._options.save and self.changes:
            try:
                self.save()
            except CommandError as error:
                LOG.error("%s", error.text)

    def _stop(self) -> None:
        """End a snapshot in the background, unfinished."""
        if self._timer is not None:
            self._timer.cancel()
        if self._child is not None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._finished(False)

    def _due(self) -> bool:
        """Whether a save point is reached: so many changes in so many seconds."""
        now = self._databases.clock.now()
        if self.running or (
            not self.last_succeeded and now - self._tried_at < RETRY_SECONDS * 1000
        ):
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
        pieces = rdb.write(self._databases, notes)
        replace(self._files, self._options.dir, self._options.dbfilename, pieces)

    def _fork(self) -> int:
        """The child's id. It only encodes and writes, so threads that it lacks are not missed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child:
            return child
        status = 1
        try:
            gc.disable()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            # A connection that the server closes stays open as long as a child holds it.
            os.closerange(_STANDARD_ERROR + 1, _DESCRIPTORS_MAX)
            self._write()
            status = 0
        except BaseException as error:
            with suppress(OSError):
                os.write(_STANDARD_ERROR, f"the snapshot has failed: {error}\n".encode())
        finally:
            os._exit(status)

    def _poll(self) -> None:
        if self._child is None:
            return
        child, status = os.waitpid(self._child, os.WNOHANG)
        if child:
            self._finished(status == 0)
        else:
            self._timer = self._call_later(POLL_SECONDS, self._poll)

    def _finished(self, succeeded: bool) -> None:
        temporary = f"temp-{self._child}-{self._options.dbfilename}"
        self._child = self._timer = None
        self.last_succeeded = succeeded
        if succeeded:
            self._saved(self._changes_at_fork)
        else:
            LOG.warning("the snapshot in the background has failed")
            with suppress(OSError):
                self._files.remove(os.path.join(self._options.dir, temporary))

    def _saved(self, changes: int) -> None:
        self._changes_saved = changes
        self.last_save = self._databases.clock.now() // 1000
        self.last_succeeded = True
