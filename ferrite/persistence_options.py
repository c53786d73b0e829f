"""The directives of redis.conf about what is kept on the disk. See `ferrite.config`."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ferrite.limits import MEBIBYTE
from ferrite.options import (
    Choice,
    FileName,
    Flag,
    Folder,
    Integer,
    Memory,
    SavePoints,
    option,
)

FSYNC_POLICIES = ("always", "everysec", "no")


@dataclass  # no slots: one of several bases
class PersistenceOptions:
    """Snapshots and the append-only file."""

    dir: str = option(
        Folder(), os.getcwd(), "Folder of the snapshot and of appenddirname.", immutable=True
    )
    dbfilename: str = option(
        FileName(), "dump.rdb",
        "Name of the snapshot file, which is read at the start unless appendonly is on.",
        immutable=True,
    )  # fmt: skip
    save: str = option(
        SavePoints(),
        "",
        "When snapshots are written: seconds and changes, so many in so many seconds.",
    )
    stop_writes_on_bgsave_error: bool = option(
        Flag(), True, "Whether writes are refused while snapshots fail that save points ask for."
    )
    rdb_key_save_delay: int = option(
        Integer(-(2**31), 2**31 - 1), 0, "Microseconds to wait at every key saved, for tests."
    )
    appendonly: bool = option(Flag(), False, "Whether writes are logged to an append-only file.")
    appendfilename: str = option(
        FileName("appendfilename"), "appendonly.aof",
        "What the names of the append-only file's parts begin with.",
        immutable=True,
    )  # fmt: skip
    appenddirname: str = option(
        FileName("appenddirname"), "appendonlydir", "Folder of these parts, in dir.", immutable=True
    )
    appendfsync: str = option(
        Choice(FSYNC_POLICIES),
        "everysec",
        "When writes are on the disk: before they are answered, within a second, or some time.",
    )
    no_appendfsync_on_rewrite: bool = option(
        Flag(), False, "Whether appendfsync is suspended while a child process writes."
    )
    auto_aof_rewrite_percentage: int = option(
        Integer(0, 2**31 - 1),
        100,
        "By how much the append-only file grows until it is rewritten; 0 for never.",
    )
    auto_aof_rewrite_min_size: int = option(
        Memory(), 64 * MEBIBYTE, "Up to which size it is not rewritten by itself, in bytes."
    )
    aof_load_truncated: bool = option(
        Flag(), True, "Whether an append-only file without its end is loaded, and cut there."
    )
    aof_use_rdb_preamble: bool = option(
        Flag(), True, "Whether a rewrite writes a snapshot, and not commands."
    )
    aof_timestamp_enabled: bool = option(
        Flag(), False, "Whether the append-only file has the time of its commands."
    )
    aof_disable_auto_gc: bool = option(
        Flag(), False, "Whether parts that are in no use any more are kept, for tests."
    )
