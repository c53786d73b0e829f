"""The same hostile bytes to a real redis-server and to ours: the same answer, byte for byte.

The client sends, closes its side and reads to the end, so every exchange has an end in both.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.crowd import Target
from tests.support.real_redis import redis_server
from tests.support.request_streams import BROKEN, WELL_FORMED, random_stream, request
from tests.support.require import require
from tests.support.served import Peer
from tests.support.server_process import ServerProcess

PASSWORD = "secret"
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Pair:
    """The ports of a redis-server and of one of ours."""

    redis: int
    ours: int

    def assert_same(self, stream: bytes) -> bytes:
        """Both answer a stream alike; the answer."""
        expected, answer = (mask(exchange(port, stream)) for port in (self.redis, self.ours))
        assert answer == expected, stream[:200]
        return answer


def exchange(port: int, stream: bytes) -> bytes:
    """What a server answers to a stream until it closes the connection."""
    peer = Peer(port)
    try:
        peer.send(stream)
        peer.half_close()
        return peer.rest()
    finally:
        peer.close()


def mask(answer: bytes) -> bytes:
    """Take out of a HELLO reply what differs by nature: version and connection number."""
    answer = re.sub(rb"(version\r\n)\$\d+\r\n[^\r]+", rb"\1", answer)
    return re.sub(rb"(\$2\r\nid\r\n):\d+", rb"\1", answer)


@contextmanager
def both(folder: Path, *options: str) -> Iterator[Pair]:
    require("redis")
    with redis_server(folder, *options) as redis, ServerProcess(folder, *options) as ours:
        yield Pair(redis, ours.port)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with both(tmp_path_factory.mktemp("redis")) as servers:
        yield servers


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with both(tmp_path_factory.mktemp("redis"), "--requirepass", PASSWORD) as servers:
        yield servers


@pytest.mark.parametrize("stream", BROKEN, ids=repr)
def test_broken_streams(pair: Pair, stream: bytes) -> None:
    pair.assert_same(request(b"PING") + stream)


@pytest.mark.parametrize("stream", WELL_FORMED, ids=repr)
def test_well_formed_streams(pair: Pair, stream: bytes) -> None:
    pair.assert_same(stream + request(b"PING"))


LINE_MAX = 65_536
LONG = [
    (b"a" * (LINE_MAX + 1), b"too big inline request"),
    (b"a" * LINE_MAX, b""),
    (b"a\0" + b"a" * (LINE_MAX - 1), b"too big inline request"),
    (b"*" + b"1" * LINE_MAX, b"too big mbulk count string"),
    (b"*" + b"1" * (LINE_MAX - 1), b""),
    (b"*1\r\n$" + b"1" * LINE_MAX, b"too big bulk count string"),
    (b"*1\r\n$" + b"1" * (LINE_MAX - 1), b""),
]


@pytest.mark.parametrize(("stream", "reason"), LONG, ids=lambda value: repr(value[:30]))
def test_lines_of_the_greatest_length_and_beyond(pair: Pair, stream: bytes, reason: bytes) -> None:
    assert reason in pair.assert_same(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET a b\r\n",
        b"Host: localhost\r\n",
        request(b"host:", b"x"),
        request(b"post"),
        b"GET / HTTP/1.1\r\nHost: localhost\r\nSET crossed yes\r\n",
    ],
)
def test_other_protocols(pair: Pair, stream: bytes) -> None:
    pair.assert_same(stream)
    assert pair.assert_same(request(b"GET", b"crossed")) == b"$-1\r\n"


def test_any_bytes_in_keys_and_values(pair: Pair) -> None:
    odd = [b"", b"\0", b"\r\n", b"a\0b", b"\xff\xfe", b"$5\r\n", bytes(range(256)), b"+OK\r\n"]
    for key in odd:
        stream = b"".join(
            request(b"SET", key, value) + request(b"GET", key) + request(b"STRLEN", key)
            for value in odd
        )
        pair.assert_same(stream + request(b"EXISTS", key) + request(b"DEL", key))


def test_client_bytes_in_error_replies_forge_no_reply(pair: Pair) -> None:
    for name in (b"a\r\n+OK", b"a\nb", b"a\0b", b"\xff\r", b"x" * 300, b""):
        answer = pair.assert_same(request(name, name, b"y" * 100, name) + request(b"PING"))
        assert answer.count(b"\r\n") == 2
    for word in (b"no\r\n+OK", b"\xff"):
        pair.assert_same(request(b"CONFIG", word) + request(b"CLIENT", word, word))
        pair.assert_same(request(b"SET", b"k", b"v", word) + request(b"INCRBY", b"k", word))


def test_deep_pipeline_in_one_write_to_a_half_closed_client(pair: Pair) -> None:
    answer = pair.assert_same(request(b"INCR", b"deep") * 100_000 + request(b"DEL", b"deep"))
    assert answer.endswith(b":100000\r\n:1\r\n")


def test_switch_of_protocol_in_a_pipeline(pair: Pair) -> None:
    get = request(b"GET", b"no such key")
    hello = [request(b"HELLO", *version) for version in ([b"3"], [b"2"], [], [b"4"], [b"x"])]
    pair.assert_same(get + b"".join(one + get for one in hello))
    pair.assert_same(request(b"HELLO", b"3") + get + request(b"RESET") + get)


def test_quit_in_a_pipeline(pair: Pair) -> None:
    pair.assert_same(request(b"PING") + request(b"QUIT") + request(b"PING") + b"*x\r\n")
    pair.assert_same(b"quit now\r\nPING\r\n")


EARLY = [
    request(*[b"a"] * 10),
    request(*[b"a"] * 11),
    request(b"a" * 16_384),
    b"*1\r\n$16385\r\n",
    b"*11\r\n",
    b"*10\r\n",
    b"*-1\r\n" + request(b"PING"),
    request(b"PING") + request(b"GET", b"a") + request(b"NOSUCH") + request(b"GET"),
    request(b"AUTH", b"wrong") + request(*[b"a"] * 11),
    request(b"AUTH", PASSWORD.encode()) + request(b"MGET", *[b"a"] * 11) + b"*1\r\n$16385\r\n",
    request(b"AUTH", b"default", PASSWORD.encode()) + request(b"ECHO", b"x" * 16_385),
    request(b"HELLO", b"3", b"AUTH", b"default", PASSWORD.encode()) + request(*[b"MGET"] * 12),
    request(b"HELLO", b"3") + request(b"HELLO") + request(b"QUIT"),
    request(b"AUTH", PASSWORD.encode()) + request(b"RESET") + request(b"GET", b"a"),
    b"AUTH " + PASSWORD.encode() + b"\r\n" + request(b"ECHO", b"x" * 20_000),
    b"a" * 65_536 + b"b",
]  # fmt: skip


@pytest.mark.parametrize("stream", EARLY, ids=lambda stream: repr(stream[:40]))
def test_limits_before_login(locked: Pair, stream: bytes) -> None:
    locked.assert_same(stream)


@pytest.mark.parametrize("stream", BROKEN, ids=repr)
def test_broken_streams_before_login(locked: Pair, stream: bytes) -> None:
    locked.assert_same(request(b"PING") + stream)


@pytest.mark.parametrize("seed", range(4))
def test_random_and_mutated_streams(pair: Pair, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        pair.assert_same(random_stream(chance))


def test_random_quoting(pair: Pair) -> None:
    """An unknown command's error names its words, and so tells how the line was split."""
    chance = random.Random(5)
    for _ in range(300):
        words = bytes(chance.choices(b"  \"\"''\\\\xnrtabfF09A\t\v\f", k=chance.randint(1, 25)))
        pair.assert_same(b"nosuch " + words + b"\r\n")


def test_announced_sizes_cost_nothing_until_bytes_come(tmp_path: Path) -> None:
    """512 MB announced by each of 1000 clients, and a thousand million arguments by one more."""
    if not Path("/proc/self/status").exists():
        pytest.skip("memory of a process is read from /proc")
    declared = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n" + b"x" * 100
    with Target(tmp_path) as server, ExitStack() as clients:
        assert exchange(server.port, request(b"PING")) == b"+PONG\r\n"
        before = server.resident
        for _ in range(1000):
            clients.enter_context(server.connect(declared))
        clients.enter_context(server.connect(b"*1000000000\r\n$536870912\r\n"))
        asked = request(b"PING") + request(b"GET", b"k")
        assert exchange(server.port, asked) == b"+PONG\r\n$-1\r\n"
        assert server.resident - before < 64 * MEBIBYTE


def test_clients_that_reset_in_the_middle_of_a_reply(pair: Pair) -> None:
    assert exchange(pair.ours, request(b"SET", b"big", b"x" * MEBIBYTE)) == b"+OK\r\n"
    for _ in range(20):
        peer = Peer(pair.ours)
        peer.send(request(b"GET", b"big") * 50)
        peer.socket.recv(1000)
        peer.reset()
    assert exchange(pair.ours, request(b"DEL", b"big")) == b":1\r\n"


@pytest.mark.parametrize(
    "stream",
    [
        request(b"BLPOP", b"waited", b"0"),
        request(b"PING") + request(b"BRPOP", b"waited", b"other", b"0"),
        request(b"BLMOVE", b"waited", b"to", b"left", b"left", b"0"),
        request(b"BZPOPMIN", b"waited", b"0"),
    ],
    ids=repr,
)
def test_who_has_gone_while_it_waits_takes_nothing(pair: Pair, stream: bytes) -> None:
    pair.assert_same(stream)
    pair.assert_same(request(b"RPUSH", b"waited", b"x") + request(b"DEL", b"waited"))
