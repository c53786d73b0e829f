"""RequestTranscoder: RequestParser's interface and results, in C.

Rule: one call into C turns a read of pipelined requests into a marshal image, and `marshal.loads`
makes all its objects at once. What the bytes mean is `ferrite.protocol.parser`'s to say; the tests
compare the two on every cut of the same bytes. Importing this module raises ImportError where the
extension was not built.
"""

from __future__ import annotations

from marshal import loads
from typing import Any

from ferrite.errors import ProtocolError
from ferrite.limits import ProtocolLimits
from ferrite.native._transcoder import ffi, lib

_INT32_MAX = 2**31 - 1
_feed_all = lib.transcoder_feed_all


class RequestTranscoder:
    """Cuts one connection's byte stream into requests. See `RequestParser` for the members.

    An image counts in 32 bits, so an argument or a count beyond 2**31 - 1 is refused even where
    the limits would allow it.
    """

    __slots__ = ("_image", "_position", "_rest", "authenticated", "error", "state")

    def __init__(self, limits: ProtocolLimits) -> None:
        state = lib.transcoder_new(
            limits.inline_bytes_max,
            min(limits.bulk_bytes_max, _INT32_MAX),
            min(limits.arguments_max, _INT32_MAX),
            limits.unauthenticated_bulk_bytes_max,
            limits.unauthenticated_arguments_max,
        )
        if state == ffi.NULL:
            raise MemoryError("no memory for a request parser")
        self.state: Any = ffi.gc(state, lib.transcoder_free)
        """The C part, for other C that reads requests."""
        self._image: Any = None
        self._rest = b""
        self._position = 0
        self.authenticated = True
        self.error: ProtocolError | None = None

    @property
    def buffered(self) -> int:
        """Bytes held back: of the open request, and those not looked at yet."""
        return int(lib.transcoder_held(self.state)) + len(self._rest) - self._position

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Take bytes as they arrived; return the requests they complete, in order.

        Raises MemoryError when there is none left for what arrived.
        """
        if self._rest or not self.authenticated:
            return self._feed_one(data)
        answer = _feed_all(self.state, data, len(data))
        if answer > 0:
            return loads(self._image)  # type: ignore[no-any-return]
        return self._finish(answer)

    def _feed_one(self, data: bytes) -> list[list[bytes]]:
        """The way before AUTH: at most one request a call, the rest is kept for the next."""
        if data:
            data = self._rest[self._position :] + data
            self._position = 0
        else:
            data = self._rest
        requests_max = _INT32_MAX if self.authenticated else 1
        start, end = self._position, len(data)
        answer = lib.transcoder_feed(self.state, data, start, end, self.authenticated, requests_max)
        position = lib.transcoder_position(self.state)
        self._rest, self._position = (data, position) if position < end else (b"", 0)
        return self._finish(answer)

    def _finish(self, answer: int) -> list[list[bytes]]:
        """An answer with news besides requests: of the image, of the stream, of memory."""
        answer = abs(answer)
        if answer & lib.TRANSCODER_NO_MEMORY:
            raise MemoryError("no memory for a request")
        if answer & lib.TRANSCODER_MOVED:
            self._look_at_image()
        requests: list[list[bytes]] = loads(self._image) if answer & _INT32_MAX else []
        if answer & lib.TRANSCODER_LARGE:
            lib.transcoder_trim(self.state)
            self._look_at_image()
        if answer & lib.TRANSCODER_FAILED and self.error is None:
            self.error = ProtocolError(f"Protocol error: {self._reason()}")
            self._rest, self._position = b"", 0
        return requests

    def _look_at_image(self) -> None:
        state = self.state
        self._image = ffi.buffer(lib.transcoder_image(state), lib.transcoder_capacity(state))

    def _reason(self) -> str:
        reason: str = ffi.string(lib.transcoder_reason(self.state)).decode("ascii")
        culprit = lib.transcoder_culprit(self.state)
        if culprit < 0:
            return reason
        return f"{reason}, got '{bytes([culprit]).decode('utf-8', 'surrogateescape')}'"
