from __future__ import annotations

import random

import pytest

from ferrite.limits import ProtocolLimits
from ferrite.protocol.parser import RequestParser
from tests.support.request_streams import BROKEN, WELL_FORMED, cut, random_cut, request

LIMITS = ProtocolLimits()


def parse(*pieces: bytes, limits: ProtocolLimits = LIMITS) -> tuple[list[list[bytes]], str]:
    parser = RequestParser(limits)
    requests = [one for piece in pieces for one in parser.feed(piece)]
    return requests, parser.error.text if parser.error else ""


def test_reads_pipelined_requests_in_order() -> None:
    stream = request(b"SET", b"a", b"1") + b"PING\r\n" + request(b"GET", b"a")
    assert parse(stream) == ([[b"SET", b"a", b"1"], [b"PING"], [b"GET", b"a"]], "")


def test_arguments_may_hold_any_byte() -> None:
    every = bytes(range(256)) + b"\r\n$1\r\n"
    assert parse(request(b"SET", every, b"")) == ([[b"SET", every, b""]], "")


@pytest.mark.parametrize("empty", [b"*0\r\n", b"*-1\r\n", b"\r\n", b"\n", b"  \t \r\n"])
def test_empty_requests_are_skipped(empty: bytes) -> None:
    assert parse(empty + request(b"PING") + empty) == ([[b"PING"]], "")


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"*x\r\n", "invalid multibulk length"),
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*-9223372036854775809\r\n", "invalid multibulk length"),
        (b"*01\r\n", "invalid multibulk length"),
        (b"*1\r\n!1\r\n", "expected '$', got '!'"),
        (b"*1\r\n\xff1\r\n", "expected '$', got '\udcff'"),
        (b"*1\r\n\r\n", "expected '$', got '\r'"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$536870913\r\n", "invalid bulk length"),
        (b"*1\r\n$1x\r\n", "invalid bulk length"),
        (b"*" + b"1" * 65_536, "too big mbulk count string"),
        (b"*1\r\n$" + b"1" * 65_536, "too big bulk count string"),
        (b"a" * 65_537, "too big inline request"),
        (b"SET 'a\r\n", "unbalanced quotes in request"),
    ],
)
def test_broken_stream_says_what_redis_says(stream: bytes, reason: str) -> None:
    before = request(b"PING")
    assert parse(before + stream + before) == ([[b"PING"]], f"Protocol error: {reason}")


def test_nothing_is_read_after_an_error() -> None:
    parser = RequestParser(LIMITS)
    parser.feed(b"*x\r\n")
    assert parser.feed(request(b"PING")) == []


def test_line_of_the_greatest_length_is_accepted() -> None:
    word = b"a" * LIMITS.inline_bytes_max
    assert parse(word + b"\n") == ([[word]], "")
    assert parse(word, b"\n") == ([[word]], "")
    assert parse(word + b"a\n")[1] == "Protocol error: too big inline request"


def test_nul_hides_the_end_of_a_line() -> None:
    parser = RequestParser(LIMITS)
    assert parser.feed(b"PI\0NG\r\n" + request(b"PING")) == []
    assert parser.error is None
    assert parser.feed(b"a" * 65_536) == []
    assert parser.error is not None


@pytest.mark.parametrize("stream", WELL_FORMED + BROKEN)
def test_every_cut_gives_the_same(stream: bytes) -> None:
    whole = parse(stream)
    assert parse(*(stream[at : at + 1] for at in range(len(stream)))) == whole
    for place in range(len(stream) + 1):
        assert parse(*cut(stream, [place])) == whole


def test_random_cuts_give_the_same() -> None:
    chance = random.Random(1)
    for stream in WELL_FORMED + BROKEN:
        whole = parse(stream)
        for _ in range(20):
            assert parse(*random_cut(stream, chance)) == whole


def test_limits_before_login() -> None:
    def early(stream: bytes) -> tuple[list[list[bytes]], str]:
        parser = RequestParser(LIMITS)
        parser.authenticated = False
        return parser.feed(stream), parser.error.text if parser.error else ""

    most = request(*[b"a"] * 10)
    assert early(most) == ([[b"a"] * 10], "")
    assert early(b"*11\r\n") == ([], "Protocol error: unauthenticated multibulk length")
    assert early(request(b"a" * 16_384)) == ([[b"a" * 16_384]], "")
    assert early(b"*1\r\n$16385\r\n") == ([], "Protocol error: unauthenticated bulk length")


def test_before_login_requests_come_one_at_a_time() -> None:
    parser = RequestParser(LIMITS)
    parser.authenticated = False
    large = request(*[b"a"] * 11)
    stream = b"\r\n" + request(b"PING") + request(b"AUTH", b"x") + large + large + b"*1\r\n"
    assert parser.feed(stream) == [[b"PING"]]
    assert parser.feed(b"") == [[b"AUTH", b"x"]]
    assert parser.buffered == 2 * len(large) + 4
    parser.authenticated = True
    assert parser.feed(b"") == [[b"a"] * 11] * 2
    assert parser.buffered == 4
    assert parser.feed(b"$4\r\nPING\r\n") == [[b"PING"]]
    assert parser.buffered == 0


def test_data_behind_a_request_not_taken_yet_keeps_its_place() -> None:
    parser = RequestParser(LIMITS)
    parser.authenticated = False
    assert parser.feed(request(b"A") + request(b"B")) == [[b"A"]]
    assert parser.feed(request(b"C")) == [[b"B"]]
    assert parser.feed(b"") == [[b"C"]]
    assert parser.feed(b"") == []


def test_buffered_counts_what_is_held_back() -> None:
    parser = RequestParser(LIMITS)
    stream = request(b"SET", b"key", b"value")
    for size in range(1, len(stream)):
        assert parser.feed(stream[size - 1 : size]) == []
        assert parser.buffered == size
    assert parser.feed(stream[-1:]) == [[b"SET", b"key", b"value"]]
    assert parser.buffered == 0


def test_announced_sizes_reserve_nothing() -> None:
    parser = RequestParser(LIMITS)
    assert parser.feed(b"*1000000000\r\n$536870912\r\n") == []
    assert parser.error is None
    assert parser.buffered == 25
