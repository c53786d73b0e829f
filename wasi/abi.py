"""Numbers and layouts of WASI preview 1 (wasi_snapshot_preview1), named as there."""

from __future__ import annotations

import errno
import stat
import struct
from enum import IntEnum, IntFlag

MODULE = "wasi_snapshot_preview1"


class Errno(IntEnum):
    """Error codes; every call but proc_exit answers one."""

    SUCCESS = 0
    TOOBIG = 1
    ACCES = 2
    ADDRINUSE = 3
    ADDRNOTAVAIL = 4
    AFNOSUPPORT = 5
    AGAIN = 6
    ALREADY = 7
    BADF = 8
    BADMSG = 9
    BUSY = 10
    CANCELED = 11
    CHILD = 12
    CONNABORTED = 13
    CONNREFUSED = 14
    CONNRESET = 15
    DEADLK = 16
    DESTADDRREQ = 17
    DOM = 18
    DQUOT = 19
    EXIST = 20
    FAULT = 21
    FBIG = 22
    HOSTUNREACH = 23
    IDRM = 24
    ILSEQ = 25
    INPROGRESS = 26
    INTR = 27
    INVAL = 28
    IO = 29
    ISCONN = 30
    ISDIR = 31
    LOOP = 32
    MFILE = 33
    MLINK = 34
    MSGSIZE = 35
    MULTIHOP = 36
    NAMETOOLONG = 37
    NETDOWN = 38
    NETRESET = 39
    NETUNREACH = 40
    NFILE = 41
    NOBUFS = 42
    NODEV = 43
    NOENT = 44
    NOEXEC = 45
    NOLCK = 46
    NOLINK = 47
    NOMEM = 48
    NOMSG = 49
    NOPROTOOPT = 50
    NOSPC = 51
    NOSYS = 52
    NOTCONN = 53
    NOTDIR = 54
    NOTEMPTY = 55
    NOTRECOVERABLE = 56
    NOTSOCK = 57
    NOTSUP = 58
    NOTTY = 59
    NXIO = 60
    OVERFLOW = 61
    OWNERDEAD = 62
    PERM = 63
    PIPE = 64
    PROTO = 65
    PROTONOSUPPORT = 66
    PROTOTYPE = 67
    RANGE = 68
    ROFS = 69
    SPIPE = 70
    SRCH = 71
    STALE = 72
    TIMEDOUT = 73
    TXTBSY = 74
    XDEV = 75
    NOTCAPABLE = 76


_HOST_NAMES = {errno.E2BIG: "TOOBIG", errno.EOPNOTSUPP: "NOTSUP", errno.EWOULDBLOCK: "AGAIN"}


class WasiError(Exception):
    """A system call failed; the guest sees the errno."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.name)
        self.errno = errno


def host_errno(error: OSError) -> Errno:
    """The errno of a failed call of the host; IO where WASI has no such."""
    number = error.errno or 0
    name = _HOST_NAMES.get(number) or errno.errorcode.get(number, "EIO")[1:]
    return Errno.__members__.get(name, Errno.IO)


class ProcessExit(Exception):
    """The guest called proc_exit; nothing of it runs after that.

    code: its exit code, unsigned.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"exit {code}")
        self.code = code


class Filetype(IntEnum):
    """What a descriptor or a directory entry refers to."""

    UNKNOWN = 0
    BLOCK_DEVICE = 1
    CHARACTER_DEVICE = 2
    DIRECTORY = 3
    REGULAR_FILE = 4
    SOCKET_DGRAM = 5
    SOCKET_STREAM = 6
    SYMBOLIC_LINK = 7


_FILETYPES = {
    stat.S_IFBLK: Filetype.BLOCK_DEVICE,
    stat.S_IFCHR: Filetype.CHARACTER_DEVICE,
    stat.S_IFDIR: Filetype.DIRECTORY,
    stat.S_IFREG: Filetype.REGULAR_FILE,
    stat.S_IFLNK: Filetype.SYMBOLIC_LINK,
    stat.S_IFSOCK: Filetype.SOCKET_STREAM,
}


def filetype_of(mode: int) -> Filetype:
    """The type that a host's st_mode tells."""
    return _FILETYPES.get(stat.S_IFMT(mode), Filetype.UNKNOWN)


class ClockId(IntEnum):
    """The clocks of clock_time_get."""

    REALTIME = 0
    MONOTONIC = 1
    PROCESS_CPUTIME = 2
    THREAD_CPUTIME = 3


class Rights(IntFlag):
    """Rights of a descriptor."""

    FD_DATASYNC = 1 << 0
    FD_READ = 1 << 1
    FD_SEEK = 1 << 2
    FD_FDSTAT_SET_FLAGS = 1 << 3
    FD_SYNC = 1 << 4
    FD_TELL = 1 << 5
    FD_WRITE = 1 << 6
    FD_ADVISE = 1 << 7
    FD_ALLOCATE = 1 << 8
    PATH_CREATE_DIRECTORY = 1 << 9
    PATH_CREATE_FILE = 1 << 10
    PATH_LINK_SOURCE = 1 << 11
    PATH_LINK_TARGET = 1 << 12
    PATH_OPEN = 1 << 13
    FD_READDIR = 1 << 14
    PATH_READLINK = 1 << 15
    PATH_RENAME_SOURCE = 1 << 16
    PATH_RENAME_TARGET = 1 << 17
    PATH_FILESTAT_GET = 1 << 18
    PATH_FILESTAT_SET_SIZE = 1 << 19
    PATH_FILESTAT_SET_TIMES = 1 << 20
    FD_FILESTAT_GET = 1 << 21
    FD_FILESTAT_SET_SIZE = 1 << 22
    FD_FILESTAT_SET_TIMES = 1 << 23
    PATH_SYMLINK = 1 << 24
    PATH_REMOVE_DIRECTORY = 1 << 25
    PATH_UNLINK_FILE = 1 << 26
    POLL_FD_READWRITE = 1 << 27
    SOCK_SHUTDOWN = 1 << 28
    SOCK_ACCEPT = 1 << 29


_R = Rights

STREAM_RIGHTS = _R.POLL_FD_READWRITE | _R.FD_FILESTAT_GET | _R.FD_FDSTAT_SET_FLAGS
FILE_RIGHTS = (
    _R.FD_DATASYNC | _R.FD_READ | _R.FD_SEEK | _R.FD_FDSTAT_SET_FLAGS | _R.FD_SYNC | _R.FD_TELL
    | _R.FD_WRITE | _R.FD_ADVISE | _R.FD_ALLOCATE | _R.FD_FILESTAT_GET | _R.FD_FILESTAT_SET_SIZE
    | _R.FD_FILESTAT_SET_TIMES | _R.POLL_FD_READWRITE
)  # fmt: skip
DIRECTORY_RIGHTS = (
    _R.FD_FDSTAT_SET_FLAGS | _R.FD_SYNC | _R.FD_DATASYNC | _R.PATH_CREATE_DIRECTORY
    | _R.PATH_CREATE_FILE | _R.PATH_LINK_SOURCE | _R.PATH_LINK_TARGET | _R.PATH_OPEN | _R.FD_READDIR
    | _R.PATH_READLINK | _R.PATH_RENAME_SOURCE | _R.PATH_RENAME_TARGET | _R.PATH_FILESTAT_GET
    | _R.PATH_FILESTAT_SET_SIZE | _R.PATH_FILESTAT_SET_TIMES | _R.FD_FILESTAT_GET
    | _R.FD_FILESTAT_SET_TIMES | _R.PATH_SYMLINK | _R.PATH_REMOVE_DIRECTORY | _R.PATH_UNLINK_FILE
)  # fmt: skip
READING_RIGHTS = (
    _R.FD_READ | _R.FD_SEEK | _R.FD_TELL | _R.FD_ADVISE | _R.PATH_OPEN | _R.FD_READDIR
    | _R.PATH_READLINK | _R.PATH_FILESTAT_GET | _R.FD_FILESTAT_GET | _R.POLL_FD_READWRITE
    | _R.FD_FDSTAT_SET_FLAGS
)  # fmt: skip
"""What remains of the others in a directory that is preopened for reading only."""
CONNECTION_RIGHTS = STREAM_RIGHTS | _R.FD_READ | _R.FD_WRITE | _R.SOCK_SHUTDOWN
LISTENER_RIGHTS = STREAM_RIGHTS | _R.SOCK_ACCEPT


class FdFlags(IntFlag):
    """How a descriptor behaves."""

    APPEND = 1
    DSYNC = 2
    NONBLOCK = 4
    RSYNC = 8
    SYNC = 16


class OpenFlags(IntFlag):
    """How path_open opens."""

    CREAT = 1
    DIRECTORY = 2
    EXCL = 4
    TRUNC = 8


class TimeFlags(IntFlag):
    """Which times the calls of *_set_times set."""

    ATIM = 1
    ATIM_NOW = 2
    MTIM = 4
    MTIM_NOW = 8


LOOKUP_SYMLINK_FOLLOW = 1


def flags_of(kind: type[IntFlag], bits: int) -> int:
    """The bits, all of which must be known; raises WasiError (INVAL)."""
    if bits & ~sum(kind):
        raise WasiError(Errno.INVAL)
    return bits


U32 = struct.Struct("<I")
U64 = struct.Struct("<Q")
IOVEC = struct.Struct("<II")
"""Address and length of a buffer; ciovec has the same layout."""
FDSTAT = struct.Struct("<BxHxxxxQQ")
"""File type, flags, rights, inheriting rights."""
FILESTAT = struct.Struct("<QQBxxxxxxxQQQQQ")
"""Device, inode, file type, links, size, times of access, modification and change."""
PRESTAT = struct.Struct("<BxxxI")
"""Kind of a preopened descriptor (0: a directory), bytes of its name."""
DIRENT = struct.Struct("<QQIBxxx")
"""Cookie of the next entry, inode, bytes of the name that follows, file type."""
SUBSCRIPTION = struct.Struct("<QB39x")
"""Userdata and event type, then 32 bytes by type from byte 16."""
SUBSCRIPTION_CLOCK = struct.Struct("<I4xQQH6x")
"""Clock, timeout, precision, flags."""
EVENT = struct.Struct("<QHB5xQH6x")
"""Userdata, errno, event type, bytes that are ready, flags."""
