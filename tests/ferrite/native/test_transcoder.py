from __future__ import annotations

import random
import resource
from typing import Any

import pytest

from ferrite.limits import ProtocolLimits
from ferrite.protocol.parser import RequestParser
from tests.support.request_streams import (
    BROKEN,
    WELL_FORMED,
    cut,
    random_cut,
    random_stream,
    request,
)
from tests.support.require import require

LIMITS = ProtocolLimits()
MEBIBYTE = 1 << 20


def transcoder(limits: ProtocolLimits = LIMITS) -> Any:
    require("native")
    from ferrite.native.transcoder import RequestTranscoder

    return RequestTranscoder(limits)


def assert_same(*pieces: bytes, login_after: int | None = None) -> None:
    """Both parsers, fed the same pieces, say the same after each of them.

    `login_after` is the number of requests after which the client is logged in; None: it is.
    """
    native, python = transcoder(), RequestParser(LIMITS)
    parsers: list[Any] = [native, python]
    seen = 0
    for parser in parsers:
        parser.authenticated = login_after is None
    for piece in pieces:
        data = piece
        while True:
            requests, expected = native.feed(data), python.feed(data)
            assert requests == expected
            assert (native.error and native.error.text) == (python.error and python.error.text)
            if python.error is None:
                assert native.buffered == python.buffered
            seen += len(requests)
            if login_after is not None and seen >= login_after:
                for parser in parsers:
                    parser.authenticated = True
            data = b""
            if not requests or python.error is not None or login_after is None:
                break


@pytest.mark.parametrize("stream", WELL_FORMED + BROKEN)
def test_same_as_the_python_parser_at_every_cut(stream: bytes) -> None:
    assert_same(*(stream[at : at + 1] for at in range(len(stream))))
    for place in range(len(stream) + 1):
        assert_same(*cut(stream, [place]))


def test_same_on_all_well_formed_streams_in_a_row() -> None:
    stream = b"".join(WELL_FORMED[:-1])
    for place in range(len(stream) + 1):
        assert_same(*cut(stream, [place]))


@pytest.mark.parametrize("seed", range(8))
def test_same_on_random_and_mutated_streams(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        stream = random_stream(chance)
        assert_same(stream)
        assert_same(*random_cut(stream, chance))
        assert_same(*random_cut(stream, chance), login_after=chance.randint(0, 4))


@pytest.mark.parametrize("mark", [b"*", b"$", b""])
@pytest.mark.parametrize("size", [65_534, 65_535, 65_536, 65_537, 65_538])
def test_same_at_the_greatest_length_of_a_line(mark: bytes, size: int) -> None:
    line = (b"*1\r\n" if mark == b"$" else b"") + mark + b"1" * (size - len(mark))
    for end in (b"", b"\r", b"\r\n", b"\0\r\n"):
        stream = line + end + request(b"PING")
        assert_same(stream)
        for place in range(len(line) - 3, len(line) + 4):
            assert_same(*cut(stream, [place]))
        assert_same(*cut(stream, list(range(10, len(stream), 4096))))


@pytest.mark.parametrize("size", [8, 9, 10, 11, 12, 15, 16, 17, 18, 32, 33])
def test_same_around_the_sizes_of_short_cuts(size: int) -> None:
    stream = request(b"a" * size, b"b" * size)
    for behind in (b"", b"PING\r\n", b"x" * 20):
        assert_same(stream + behind)


@pytest.mark.parametrize(
    "arguments",
    [(b"",), (b"a",), (b"", b"", b""), (b"a", b"", b"b"), (b"x" * 17,), (b"SET", b"k" * 100)],
)
def test_same_on_large_pipelines(arguments: tuple[bytes, ...]) -> None:
    """Requests that grow most on their way into the image, far more than it first holds."""
    stream = request(*arguments) * (200_000 // len(request(*arguments)))
    assert_same(stream)
    assert_same(*cut(stream, [10, 5_000, 70_001, 70_002]))
    distinct = b"".join(request(b"%c" % (number % 256), *arguments) for number in range(10_000))
    assert_same(distinct)
    assert_same(b"a\n" * 50_000)


def test_requests_of_one_name_share_the_object() -> None:
    names = [one[0] for one in transcoder().feed(request(b"GET", b"a") * 3 + request(b"SET", b"b"))]
    assert names[0] is names[1] is names[2]
    assert names[3] == b"SET"


def test_names_that_displace_each_other() -> None:
    words = [bytes([65 + number]) * (1 + number % 5) for number in range(26)]
    stream = b"".join(request(word, word) + request(word) for word in words * 3)
    assert_same(stream)
    assert_same(*cut(stream, [len(stream) // 2]))


def test_large_argument_in_small_pieces_and_back_to_small_memory() -> None:
    parser = transcoder()
    value = bytes(range(256)) * (16 * MEBIBYTE // 256)
    stream = request(b"SET", b"key", value) + request(b"PING")
    requests = []
    for start in range(0, len(stream), 4096):
        requests += parser.feed(stream[start : start + 4096])
    assert requests == [[b"SET", b"key", value], [b"PING"]]
    assert parser.buffered == 0


def test_announced_sizes_reserve_nothing() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parsers = [transcoder() for _ in range(1000)]
    for parser in parsers:
        assert parser.feed(b"*1000000000\r\n$536870912\r\n" + b"x" * 100) == []
        assert parser.buffered == 125
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 64 * MEBIBYTE


def test_limits_are_those_given() -> None:
    limits = ProtocolLimits(bulk_bytes_max=10, arguments_max=2, inline_bytes_max=12)
    for stream in (
        request(b"a" * 10, b"b"),
        request(b"a" * 11),
        request(b"a", b"b", b"c"),
        b"a" * 12 + b"\n",
        b"a" * 13 + b"\n",
    ):
        native, python = transcoder(limits), RequestParser(limits)
        assert native.feed(stream) == python.feed(stream)
        assert (native.error and native.error.text) == (python.error and python.error.text)
