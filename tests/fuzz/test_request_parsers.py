"""Random and mutated streams: both parsers agree, and only a ProtocolError ever stops them."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ferrite.limits import ProtocolLimits
from ferrite.protocol.parser import RequestParser
from tests.support.request_streams import INTERESTING, random_cut, random_stream
from tests.support.require import require

LIMITS = ProtocolLimits(bulk_bytes_max=1000, arguments_max=50, inline_bytes_max=100)


def outcome(parser: Any, pieces: list[bytes]) -> tuple[list[list[bytes]], str, int]:
    requests = [request for piece in pieces for request in parser.feed(piece)]
    if parser.error is not None:
        return requests, parser.error.text, 0
    return requests, "", parser.buffered


def assert_agreed(stream: bytes, chance: random.Random) -> None:
    require("native")
    from ferrite.native.transcoder import RequestTranscoder

    expected = outcome(RequestParser(LIMITS), [stream])
    for _ in range(3):
        pieces = random_cut(stream, chance)
        assert outcome(RequestParser(LIMITS), pieces) == expected
        assert outcome(RequestTranscoder(LIMITS), pieces) == expected


def test_random_streams() -> None:
    chance = random.Random(20)
    for _ in range(1500):
        assert_agreed(random_stream(chance), chance)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(INTERESTING), max_size=60), st.integers())
def test_streams_of_significant_bytes(stream: list[int], seed: int) -> None:
    assert_agreed(bytes(stream), random.Random(seed))


@settings(max_examples=300)
@given(st.binary(max_size=300), st.integers())
def test_streams_of_any_bytes(stream: bytes, seed: int) -> None:
    assert_agreed(stream, random.Random(seed))
