"""Burst: the head of a read's requests, served in C on the keyspace's own dicts.

Rule: PING, GET, SET and INCR of strings, as they are spelled most often, are executed and answered
without becoming Python objects; the first request that is anything else ends the burst, and it and
all behind it are parsed and dispatched as ever. A burst has no meaning of its own: the ordinary way
is its twin, and tests compare the two. It is only for a plain session (`ServerState.judge`) while
nobody owns the keyspace. Importing this module raises ImportError where the extension is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ferrite.native._transcoder import ffi, lib

if TYPE_CHECKING:
    from ferrite.keyspace.database import Keyspace
    from ferrite.native.transcoder import RequestTranscoder

NAMES = ("ping", "get", "set", "incr")
"""What is served here, in the order that C numbers them."""
_INT64_BYTES = 8
_WRITES = int(lib.BURST_WRITES)
_LOGS = int(lib.BURST_LOGS)
_serve = lib.burst_serve


class Burst:
    """Serves bursts, one after the other. One is enough for a server."""

    __slots__ = ("_figures", "_log", "_replies", "_state", "last", "log", "names")

    def __init__(self) -> None:
        state = lib.burst_new()
        if state == ffi.NULL:
            raise MemoryError("no memory for bursts")
        self._state: Any = ffi.gc(state, lib.burst_free)
        self._replies: Any = ffi.buffer(lib.burst_replies(state), lib.BURST_ROOM)
        self._log: Any = ffi.buffer(lib.burst_log(state), lib.BURST_ROOM)
        size = lib.BURST_FIGURES * _INT64_BYTES
        self._figures = memoryview(ffi.buffer(lib.burst_figures(state), size)).cast("q")
        self.names = frozenset(name.encode() for each in NAMES for name in (each, each.upper()))
        """How requests that are served here begin, most of them."""
        self.last = ""
        """The last command served."""
        self.log = b""
        """The requests of the last burst that changed something, where they were wanted."""

    def serve(
        self,
        parser: RequestTranscoder,
        keyspace: Keyspace,
        protocol: int,
        data: bytes,
        requests_max: int,
        logged: bool = False,
    ) -> tuple[int, bytes]:
        """How many bytes of `data` were served, at most `requests_max` requests, and the replies.

        `parser` is the connection's: nothing is served while it holds a part of a request.
        """
        values, deadlines = keyspace.tables
        rights = _WRITES if keyspace.unwatched else 0
        if logged:
            rights |= _LOGS
        size = _serve(
            self._state,
            parser.state,
            id(values),
            id(deadlines),
            rights,
            protocol,
            requests_max,
            data,
            len(data),
        )
        if not size:
            return 0, b""
        reply_bytes, log_bytes, hits, misses, changes, last = self._figures
        self.last = NAMES[last]
        if logged:
            self.log = self._log[:log_bytes]
        if hits:
            keyspace.hits += hits
        if misses:
            keyspace.misses += misses
        if changes:
            keyspace.changes += changes
        return size, self._replies[:reply_bytes]

    def take_usages(self) -> list[tuple[str, int, int, list[int]]]:
        """Each command served since the last time: its name, calls, the nanoseconds they took
        together, and the calls by bucket, as `ferrite.usage.Usage` has them."""
        usages = lib.burst_usages(self._state)
        taken = [
            (name, usages[index].calls, usages[index].nanoseconds, list(usages[index].buckets))
            for index, name in enumerate(NAMES)
            if usages[index].calls
        ]
        if taken:
            lib.burst_forget_usages(self._state)
        return taken
