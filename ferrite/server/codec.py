"""Which request parser and reply encoder serve the connections: C where built, else their twins.

Rule: the choice has no effect but speed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ferrite.errors import ProtocolError
from ferrite.keyspace.database import Keyspace
from ferrite.limits import ProtocolLimits
from ferrite.protocol import encoder
from ferrite.protocol.parser import RequestParser
from ferrite.protocol.replies import Reply


class Parser(Protocol):
    """RequestParser or RequestTranscoder."""

    authenticated: bool
    error: ProtocolError | None

    @property
    def buffered(self) -> int:
        """Bytes held back."""

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Take bytes, return the requests they complete."""


class Burst(Protocol):
    """ferrite.native.burst.Burst."""

    names: frozenset[bytes]
    last: str
    log: bytes

    def serve(
        self,
        parser: Any,
        keyspace: Keyspace,
        protocol: int,
        data: bytes,
        requests_max: int,
        logged: bool = False,
    ) -> tuple[int, bytes]:
        """Serve the head of `data`: how many bytes of it, and the replies."""

    def take_usages(self) -> list[tuple[str, int, int, list[int]]]:
        """What each command was used for since the last time."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A way from bytes to requests and from replies to bytes."""

    name: str
    """As INFO gives it: "native" or "python"."""
    make_parser: Callable[[ProtocolLimits], Parser]
    encode_all: Callable[[Sequence[Reply], int], bytes]
    make_burst: Callable[[], Burst] | None = None
    """What serves the commonest requests ahead of the parser; None for nothing."""


PYTHON = Codec("python", RequestParser, encoder.encode_all)


def choose_codec() -> Codec:
    """The fastest there is."""
    try:
        from ferrite.native.burst import Burst
        from ferrite.native.reply_encoder import encode_all
        from ferrite.native.transcoder import RequestTranscoder
    except ImportError:
        return PYTHON
    return Codec("native", RequestTranscoder, encode_all, Burst)
