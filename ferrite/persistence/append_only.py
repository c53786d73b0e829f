"""AppendOnly: the multi-part append-only file of one server.

Rule: as Redis 7. A folder holds a base (what there was at some moment), the increments since, and a
manifest that names them in order. A rewrite begins an increment, has a child write a base as
everything is now, and puts a manifest in place that names these two; what it no longer names is
removed after that. So the manifest always names a whole state. Turned on while the server runs, the
file counts from the end of its first rewrite on.
Source: Redis's aof.c of 7.0.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from typing import Protocol

from ferrite.keyspace.databases import Databases
from ferrite.persistence import base_writer, rdb
from ferrite.persistence.append_log import AppendLog
from ferrite.persistence.append_only_files import AppendOnlyFiles
from ferrite.persistence.child import Child
from ferrite.persistence.manifest import Manifest
from ferrite.persistence.rewrite_limit import RewriteLimit

LOG = logging.getLogger(__name__)

REWRITE = "aof"
"""The purpose of a child that writes a base."""


class State(Enum):
    """Whether the file is written."""

    OFF = "off"
    WAITING = "waiting"
    """For the first rewrite since it was turned on."""
    ON = "on"


class Options(Protocol):
    """The configuration that the file follows."""

    aof_use_rdb_preamble: bool
    aof_timestamp_enabled: bool
    aof_disable_auto_gc: bool
    auto_aof_rewrite_percentage: int
    auto_aof_rewrite_min_size: int
    no_appendfsync_on_rewrite: bool
    rdb_key_save_delay: int


class AppendOnly:
    """Turns the file on and off, and rewrites it."""

    __slots__ = (
        "_child", "_databases", "_files", "_limit", "_listen", "_log", "_notes", "_options",
        "_rdb", "_rewrite_began_at", "idle", "last_rewrite_seconds", "last_rewrite_succeeded",
        "manifest", "other_bytes", "rewrites", "rewritten_bytes", "scheduled", "state",
    )  # fmt: skip

    def __init__(
        self,
        databases: Databases,
        options: Options,
        files: AppendOnlyFiles,
        log: AppendLog,
        child: Child,
        notes: dict[bytes, bytes],
    ) -> None:
        """`notes` are the auxiliary fields of an RDB base."""
        self._databases = databases
        self._options = options
        self._files = files
        self._log = log
        self._child = child
        self._notes = notes
        self._limit = RewriteLimit(databases.clock.now)
        self._rdb = True
        self._rewrite_began_at = 0
        self._listen: Callable[[bool], None] = lambda _: None
        self.idle: Callable[[], bool] = lambda: True
        """Whether no transaction and no plugin call is under way."""
        self.state = State.OFF
        self.manifest: Manifest | None = None
        """What is in place on the disk; None before anybody has looked."""
        self.scheduled = False
        """Whether a rewrite is to begin as soon as it can."""
        self.last_rewrite_succeeded = True
        self.last_rewrite_seconds = -1
        self.rewrites = 0
        self.other_bytes = 0
        """Of the files in front of the one that is written."""
        self.rewritten_bytes = 0
        """Of all files at the end of the last rewrite, or at the start."""
        log.hold_syncs = lambda: options.no_appendfsync_on_rewrite and bool(child.purpose)

    @property
    def rewriting(self) -> bool:
        """Whether a rewrite is under way."""
        return self._child.purpose == REWRITE

    @property
    def rewriting_seconds(self) -> int:
        """How long the rewrite under way has taken; -1 without one."""
        if not self.rewriting:
            return -1
        return (self._databases.clock.now() - self._rewrite_began_at) // 1000

    @property
    def failures(self) -> int:
        """Rewrites that have failed since the last that succeeded."""
        return self._limit.failures

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self.other_bytes + self._log.size

    def listen(self, listen: Callable[[bool], None]) -> None:
        """Have `listen` called with whether commands are to be logged from now on."""
        self._listen = listen

    # --- begin and end --------------------------------------------------------------------------

    def start(self) -> None:
        """Go on behind what was loaded, or from what the databases hold now. Raises OSError."""
        files, manifest = self._files, self._known()
        files.make_folder()
        if manifest.empty:
            self._rdb = self._options.aof_use_rdb_preamble
            manifest = manifest.with_base(rdb=self._rdb)
            self._write_base()
            files.adopt(files.temporary(os.getpid()), manifest.parts[0].name)
        if not manifest.increments:
            manifest = manifest.with_increment()
            files.create(manifest.increments[-1].name).close()
        if manifest != self.manifest:
            files.persist(manifest)
        self.manifest = self._without_history(manifest)
        *others, last = (files.size(part.name) for part in manifest.parts)
        self.other_bytes = sum(others)
        self._log.open(files.append(manifest.increments[-1].name), last)
        self.rewritten_bytes = self.size
        self.state = State.ON
        self._listen(True)

    def turn_on(self) -> None:
        """Write the file from now on; it counts from the end of a rewrite, which begins as soon as
        it can. Raises OSError."""
        self._known()
        self.state = State.WAITING
        if self._child.purpose == REWRITE:
            LOG.warning("AOF was enabled but there is already an AOF rewriting in background.")
            self._child.kill()
        if self._child.purpose or not self.idle():
            self.scheduled = True
            return
        try:
            self.rewrite()
        except OSError:
            self.state = State.OFF
            raise

    def turn_off(self) -> None:
        """Write nothing any more. What was written stays where it is."""
        waiting, self.state = self.state is State.WAITING, State.OFF
        self.scheduled = False
        self._listen(False)
        if self.rewriting:
            LOG.warning("Killing running AOF rewrite child: %s", self._child.id)
            self._child.kill()
        self._end_log()
        if waiting:
            self._files.remove_increment_in_waiting()

    def close(self) -> None:
        """The server ends: what is under way is given up, everything else is on the disk."""
        if self.state is not State.OFF:
            self.turn_off()
        elif self.rewriting:
            self._child.kill()

    def _end_log(self) -> None:
        try:
            self._log.close()
        except OSError as error:
            LOG.error("the append-only file lacks its end: %s", error)
            self._log.discard()

    # --- rewriting ------------------------------------------------------------------------------

    def rewrite_or_schedule(self) -> bool:
        """Begin a rewrite, or have it begin later where there is a child or a transaction; whether
        it has begun. Raises OSError."""
        if self._child.purpose or not self.idle():
            self.scheduled = True
            return False
        self.rewrite()
        return True

    def tick(self) -> None:
        """Begin a rewrite that is scheduled, or that the size of the file asks for."""
        if self._child.purpose or not self.idle() or not (self.scheduled or self._outgrown()):
            return
        try:
            self.rewrite()
        except OSError as error:
            LOG.warning("the append-only file cannot be rewritten: %s", error)

    def _outgrown(self) -> bool:
        options = self._options
        if self.state is not State.ON or not options.auto_aof_rewrite_percentage:
            return False
        if self.size <= options.auto_aof_rewrite_min_size:
            return False
        base = self.rewritten_bytes or 1
        return self.size * 100 // base - 100 >= options.auto_aof_rewrite_percentage and (
            not self._limit.reached()
        )

    def rewrite(self) -> None:
        """Begin a rewrite. There must be no child. Raises OSError."""
        try:
            self._begin_increment()
            self._rdb = self._options.aof_use_rdb_preamble
            self._rewrite_began_at = self._databases.clock.now()
            self.rewrites += 1
            self.scheduled = False
            self._child.start(REWRITE, self._write_base, self._rewritten)
        except OSError:
            self.last_rewrite_succeeded = False
            raise

    def _begin_increment(self) -> None:
        """What happens from here on is not in the base: it goes into a file of its own."""
        files, manifest = self._files, self._known()
        files.make_folder()
        if self.state is State.ON:
            self._log.settle()
            manifest = manifest.with_increment()
            file = files.create(manifest.increments[-1].name)
            files.persist(manifest)
            self.manifest = manifest
            self.other_bytes += self._log.size
            self._log.open(file, 0)
        elif self.state is State.WAITING:
            self._log.open(files.create_increment_in_waiting(), 0)
            self._listen(True)

    def _write_base(self) -> None:
        """In the child. Raises OSError."""
        options, now = self._options, self._databases.clock.now() // 1000
        if self._rdb:
            notes = {**self._notes, b"ctime": b"%d" % now, b"aof-base": b"1"}
            pieces: Iterator[bytes] = rdb.write(self._databases, notes, options.rdb_key_save_delay)
        else:
            timestamp = now if options.aof_timestamp_enabled else None
            pieces = base_writer.write(self._databases, timestamp, options.rdb_key_save_delay)
        self._files.write_temporary(pieces)

    def _rewritten(self, succeeded: bool, child: int) -> None:
        """The child has ended."""
        now = self._databases.clock.now()
        self.last_rewrite_seconds = (now - self._rewrite_began_at) // 1000
        if succeeded:
            try:
                self._adopt(child)
            except OSError as error:
                LOG.warning("the rewritten append-only file cannot be used: %s", error)
                succeeded = False
        self.last_rewrite_succeeded = succeeded
        self._limit.note(succeeded)
        if succeeded:
            LOG.info("Background AOF rewrite finished successfully")
            return
        LOG.warning("Background AOF rewrite terminated with error")
        self._files.remove_temporary(child)
        if self.state is State.WAITING:
            LOG.warning("Removing the temp incr aof file")
            self._listen(False)
            self._log.discard()
            self._files.remove_increment_in_waiting()
            self.scheduled = True

    def _adopt(self, child: int) -> None:
        """Put the new base in its place, and what it makes superfluous into the history. Raises
        OSError, then everything is as before."""
        files, before = self._files, self._known()
        manifest = before.with_base(rdb=self._rdb)
        base, added = manifest.parts[0].name, ""
        try:
            files.adopt(files.temporary(child), base)
            if self.state is State.WAITING:
                manifest = manifest.with_increment()
                added = manifest.increments[-1].name
                files.adopt(files.increment_in_waiting, added)
            manifest = manifest.without_increments(keep_last=self.state is not State.OFF)
            files.persist(manifest)
        except OSError:
            for name in (base, added):
                if name:
                    files.remove(name)
            raise
        if self.state is State.WAITING:
            self.state = State.ON
        self.manifest = self._without_history(manifest)
        self.other_bytes = files.size(base)
        self.rewritten_bytes = self.size

    def collect(self) -> None:
        """Remove the files of the history, unless aof-disable-auto-gc says not to."""
        if self.manifest is not None:
            self.manifest = self._without_history(self.manifest)

    def _without_history(self, manifest: Manifest) -> Manifest:
        if not manifest.history or self._options.aof_disable_auto_gc:
            return manifest
        with suppress(OSError):
            self._files.persist(manifest.without_history())
            for part in manifest.history:
                self._files.remove(part.name)
            return manifest.without_history()
        return manifest

    def _known(self) -> Manifest:
        if self.manifest is None:
            self.manifest = self._files.read_manifest()
        return self.manifest
