"""Which request parser and reply encoder serve the connections: C where built, else their twins.

Rule: the choice has no effect but speed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ferrite.errors import ProtocolError
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


@dataclass(frozen=True, slots=True)
class Codec:
    """A way from bytes to requests and from replies to bytes."""

    name: str
    """As INFO gives it: "native" or "python"."""
    make_parser: Callable[[ProtocolLimits], Parser]
    encode_all: Callable[[Sequence[Reply], int], bytes]


PYTHON = Codec("python", RequestParser, encoder.encode_all)


def choose_codec() -> Codec:
    """The fastest there is."""
    try:
        from ferrite.native.reply_encoder import encode_all
        from ferrite.native.transcoder import RequestTranscoder
    except ImportError:
        return PYTHON
    return Codec("native", RequestTranscoder, encode_all)
