"""Numbers and layouts of WASI preview 1 (wasi_snapshot_preview1), named as there."""

from __future__ import annotations

import struct
from enum import IntEnum

MODULE = "wasi_snapshot_preview1"


class Errno(IntEnum):
    """Error codes; every call but proc_exit answers one."""

    SUCCESS = 0
    TOOBIG = 1
    ACCES = 2
    BADF = 8
    FAULT = 21
    INVAL = 28
    IO = 29
    NOSYS = 52
    SPIPE = 70
    NOTCAPABLE = 76


class WasiError(Exception):
    """A system call failed; the guest sees the errno."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.name)
        self.errno = errno


class ProcessExit(Exception):
    """The guest called proc_exit; nothing of it runs after that.

    code: its exit code, unsigned.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"exit {code}")
        self.code = code


class Filetype(IntEnum):
    """What a descriptor refers to."""

    UNKNOWN = 0
    CHARACTER_DEVICE = 2


class ClockId(IntEnum):
    """The clocks of clock_time_get."""

    REALTIME = 0
    MONOTONIC = 1
    PROCESS_CPUTIME = 2
    THREAD_CPUTIME = 3


class Rights(IntEnum):
    """Rights of a descriptor, as bits."""

    FD_READ = 1 << 1
    FD_WRITE = 1 << 6
    POLL_FD_READWRITE = 1 << 27


U32 = struct.Struct("<I")
U64 = struct.Struct("<Q")
IOVEC = struct.Struct("<II")
"""Address and length of a buffer; ciovec has the same layout."""
FDSTAT = struct.Struct("<BxHxxxxQQ")
"""File type, flags, rights, inheriting rights."""
