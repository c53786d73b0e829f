"""RequestParser: bytes in, requests out. Knows no socket, no clock, no command.

Rule: it says what Redis's networking.c (processMultibulkBuffer, processInlineBuffer) says about
the same bytes, however they were cut into pieces. It holds only bytes that have arrived: an
announced length reserves nothing. This is the readable twin of `ferrite.native.transcoder` and
its oracle in tests.
"""

from __future__ import annotations

import re

from ferrite.errors import ProtocolError
from ferrite.limits import ProtocolLimits
from ferrite.protocol.inline import split_inline

_LENGTH = re.compile(rb"0|-?[1-9][0-9]{0,18}")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_UNKNOWN = -1


class RequestParser:
    """Cuts one connection's byte stream into requests.

    Its state is the open request (arguments read so far, how many are missing, the size of the
    argument being read) and the bytes that arrived but do not yet suffice to go on.
    """

    def __init__(self, limits: ProtocolLimits) -> None:
        self.authenticated = True
        """While False the limits before AUTH hold, and `feed` returns at most one request a call,
        because an AUTH in a pipeline lifts them for what follows."""
        self.error: ProtocolError | None = None
        """Set once the stream is broken; requests before that point are still returned."""
        self._limits = limits
        self._data = b""
        self._position = 0
        self._held = bytearray()
        self._needed = 0
        self._open: list[bytes] | None = None
        self._missing = 0
        self._bulk_size = _UNKNOWN
        self._open_bytes = 0

    @property
    def buffered(self) -> int:
        """Bytes held back: of the open request, and those not looked at yet."""
        return self._open_bytes + len(self._held) + len(self._data) - self._position

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Take bytes as they arrived; return the requests they complete, in order.

        Empty requests (`*0`, `*-1`, a blank line) are skipped, as Redis does.
        """
        requests: list[list[bytes]] = []
        if self.error is not None or not self._gather(data):
            return requests
        while (request := self._next_request()) is not None:
            if request:
                requests.append(request)
                if not self.authenticated:
                    return requests
        self._hold_rest()
        return requests

    def _gather(self, data: bytes) -> bool:
        """Make `_data` from `_position` on what there is to parse; False if it cannot suffice."""
        if self._position < len(self._data):
            self._data = self._data[self._position :] + data if data else self._data
            self._position = 0 if data else self._position
            return True
        if self._held:
            # One growing buffer, cut once when the argument is whole: linear in its size.
            self._held += data
            if len(self._held) < self._needed:
                return False
            data = bytes(self._held)
            self._held.clear()
        self._data, self._position = data, 0
        return True

    def _hold_rest(self) -> None:
        if self._position < len(self._data):
            self._held += memoryview(self._data)[self._position :]
        self._data, self._position = b"", 0
        if self._bulk_size == _UNKNOWN:
            self._needed = len(self._held) + 1
        else:
            self._needed = self._bulk_size + 2

    def _next_request(self) -> list[bytes] | None:
        """One request, [] for an empty one; None when bytes are missing or the stream broke."""
        if self._open is None:
            if self._position >= len(self._data):
                return None
            if self._data[self._position] != ord("*"):
                return self._read_inline()
            if not self._read_count():
                return None
            if self._open is None:
                return []
        return self._read_arguments(self._open)

    def _read_inline(self) -> list[bytes] | None:
        line = self._read_line(b"\n", 1, "too big inline request")
        if line is None:
            return None
        words = split_inline(line.removesuffix(b"\r"))
        if words is None:
            self._fail("unbalanced quotes in request")
        return words

    def _read_count(self) -> bool:
        """Read `*<count>` and open a request unless the count is 0 or less."""
        line = self._read_line(b"\r", 2, "too big mbulk count string")
        if line is None:
            return False
        count = _length(line[1:])
        if count is None or count > self._limits.arguments_max:
            self._fail("invalid multibulk length")
        elif count > self._limits.unauthenticated_arguments_max and not self.authenticated:
            self._fail("unauthenticated multibulk length")
        elif count > 0:
            self._open, self._missing, self._open_bytes = [], count, len(line) + 2
        return self.error is None

    def _read_arguments(self, request: list[bytes]) -> list[bytes] | None:
        while self._missing:
            if self._bulk_size == _UNKNOWN and not self._read_bulk_size():
                return None
            start, end = self._position, self._position + self._bulk_size
            if len(self._data) < end + 2:
                return None
            # The two bytes after an argument are skipped unread, as Redis does.
            request.append(self._data[start:end])
            self._position = end + 2
            self._open_bytes += self._bulk_size + 2
            self._bulk_size = _UNKNOWN
            self._missing -= 1
        self._open, self._open_bytes = None, 0
        return request

    def _read_bulk_size(self) -> bool:
        line = self._read_line(b"\r", 2, "too big bulk count string")
        if line is None:
            return False
        if line[:1] != b"$":
            first = (line[:1] or b"\r").decode("utf-8", "surrogateescape")
            self._fail(f"expected '$', got '{first}'")
            return False
        size = _length(line[1:])
        if size is None or not 0 <= size <= self._limits.bulk_bytes_max:
            self._fail("invalid bulk length")
        elif size > self._limits.unauthenticated_bulk_bytes_max and not self.authenticated:
            self._fail("unauthenticated bulk length")
        else:
            self._bulk_size = size
            self._open_bytes += len(line) + 2
        return self.error is None

    def _read_line(self, end: bytes, end_size: int, too_big: str) -> bytes | None:
        """The bytes before `end`, and move behind it; None when it is not there yet.

        Redis looks for the end with strchr, so a NUL before it hides it for ever; and of the
        line's end it wants `end_size` bytes but looks only at the first.
        """
        data, start = self._data, self._position
        found = data.find(end, start)
        nul = data.find(b"\0", start, found if found >= 0 else len(data))
        size = found - start if found >= 0 and nul < 0 else len(data) - start
        if size > self._limits.inline_bytes_max:
            self._fail(too_big)
            return None
        if found < 0 or nul >= 0 or found + end_size > len(data):
            return None
        self._position = found + end_size
        return data[start:found]

    def _fail(self, reason: str) -> None:
        self.error = ProtocolError(f"Protocol error: {reason}")


def _length(text: bytes) -> int | None:
    """A 64-bit decimal in the one spelling Redis's string2ll accepts, else None."""
    if _LENGTH.fullmatch(text) is None:
        return None
    value = int(text)
    return value if _INT64_MIN <= value <= _INT64_MAX else None
