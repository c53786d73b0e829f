"""Bursts against the ordinary way: the same bytes to two servers, one of which serves no bursts."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ferrite.commands import standard_registry
from ferrite.config import Config
from ferrite.keyspace.clock import Clock
from ferrite.limits import ConnectionLimits
from ferrite.replay import Replay
from ferrite.server.codec import choose_codec
from ferrite.server.connection import Connection
from ferrite.server.hub import Hub
from ferrite.state import ServerState
from ferrite.turn import Turn
from tests.support.request_streams import request
from tests.support.require import require
from tests.support.transport import FakeTransport
from tests.support.waiting import in_loop

KEYS = (b"a", b"b", b"n", b"list", b"")
VALUES = (b"", b"x", b"0", b"-1", b"9223372036854775806", b"01", b"+1", b"12x", b"y" * 300)
NOW = 1_000_000


class Server:
    """One client's connection to a server of its own."""

    def __init__(self, *, bursts: bool, folder: Path | None = None) -> None:
        """`folder` is for the append-only file; None for none."""
        self.now = NOW
        config = Config()
        if folder is not None:
            config.redis.appendonly, config.redis.dir = True, str(folder)
        state = ServerState(config, standard_registry(), Clock(lambda: self.now))
        state.turn = Turn(asyncio.get_running_loop(), lambda: 5000)
        codec = choose_codec() if bursts else replace(choose_codec(), make_burst=None)
        self.hub = Hub(state, codec, ConnectionLimits())
        state.load(Replay(state))
        self.state, self.sink = state, FakeTransport()
        self.connection = Connection(self.hub)
        self.connection.connection_made(self.sink)

    def feed(self, data: bytes) -> bytes:
        """What is written while `data` is served."""
        self.sink.written = b""
        self.connection.data_received(data)
        return self.sink.written

    @property
    def observed(self) -> dict[str, Any]:
        """All that a client could find out afterwards."""
        keyspace = self.state.databases[0]
        session = self.connection.session
        return {
            "entries": {
                key: (value if isinstance(value, bytes) else len(value), deadline)
                for key, value, deadline in keyspace.entries()
            },
            "order": list(keyspace.keys()),
            "counts": (keyspace.hits, keyspace.misses, keyspace.changes, keyspace.expired_keys),
            "calls": {
                command.name: (usage.calls, usage.failed, sum(usage.buckets))
                for command, usage in self.state.usages.items()
                if usage.calls
            },
            "errors": self.state.stats.error_replies,
            "bytes": (self.state.stats.input_bytes, self.state.stats.output_bytes),
            "last": session.last_command,
            "closed": self.sink.closed,
        }

    def close(self) -> bytes:
        """What was logged."""
        self.state.append_only.close()
        self.state.event_loop.close()
        folder = Path(self.state.config.redis.dir, "appendonlydir")
        return b"".join(path.read_bytes() for path in sorted(folder.glob("*.incr.aof")))


def random_request(choose: random.Random) -> bytes:
    key, value = choose.choice(KEYS), choose.choice(VALUES)
    return choose.choice(
        (
            request(b"PING"),
            request(b"PING", value),
            b"PING\r\n",
            b"ping\r\n",
            b"GET a\r\n",
            request(b"GET", key),
            request(b"get", key),
            request(b"GeT", key),
            request(b"GET", key, key),
            request(b"SET", key, value),
            request(b"set", key, value),
            request(b"SET", key, value, b"PX", b"100"),
            request(b"SET", key),
            request(b"INCR", key),
            request(b"incr", key),
            request(b"INCRBY", key, b"5"),
            request(b"DEL", key),
            request(b"LPUSH", b"list", value),
            request(b"PEXPIRE", key, b"50"),
            request(b"SCAN", b"0"),
            request(b"HELLO", choose.choice((b"2", b"3"))),
            request(b"MULTI") + request(b"INCR", key) + request(b"EXEC"),
            request(b"CLIENT", b"REPLY", b"SKIP"),
            request(b"WATCH", key),
            b"*0\r\n",
            b"*2\r\n$3\r\nGE@\r\n$1\r\na\r\n",
        )
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_same_as_the_ordinary_way(seed: int) -> None:
    require("native")
    choose = random.Random(seed)

    async def main() -> None:
        ours, twin = Server(bursts=True), Server(bursts=False)
        for _ in range(40):
            data = b"".join(random_request(choose) for _ in range(choose.choice((1, 4, 16))))
            if choose.random() < 0.01:
                data += b"*1\r\n$04\r\nPING\r\n"  # breaks the stream
            cuts = sorted(choose.choices(range(len(data)), k=choose.choice((0, 0, 1, 3))))
            for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
                assert comparable(ours.feed(data[start:end])) == comparable(
                    twin.feed(data[start:end])
                )
            assert ours.observed == twin.observed
            ours.now = twin.now = ours.now + choose.choice((0, 20, 200))

    in_loop(main())


@pytest.mark.parametrize("seed", range(20))
def test_the_same_is_logged(seed: int, tmp_path: Path) -> None:
    require("native")
    choose = random.Random(seed)

    async def main() -> tuple[bytes, bytes]:
        folders = tmp_path / "ours", tmp_path / "twin"
        for folder in folders:
            folder.mkdir()
        ours = Server(bursts=True, folder=folders[0])
        twin = Server(bursts=False, folder=folders[1])
        for _ in range(20):
            data = b"".join(random_request(choose) for _ in range(choose.choice((1, 4, 16))))
            for server in (ours, twin):
                server.feed(data)
            await asyncio.sleep(0)
            assert comparable(ours.sink.written) == comparable(twin.sink.written)
        return ours.close(), twin.close()

    ours, twin = in_loop(main())
    assert ours == twin
    assert ours.count(b"\r\n") > 20


def comparable(written: bytes) -> bytes:
    """Without what HELLO says of the server."""
    return written.replace(b"id", b"") if b"modules" not in written else b"HELLO"


def served(data: bytes, **options: Any) -> tuple[int, bytes]:
    from ferrite.keyspace.database import Keyspace
    from ferrite.limits import ProtocolLimits
    from ferrite.native.burst import Burst
    from ferrite.native.transcoder import RequestTranscoder

    options = {
        "parser": RequestTranscoder(ProtocolLimits()),
        "keyspace": Keyspace(),
        "protocol": 2,
        "requests_max": 1000,
        **options,
    }
    return Burst().serve(data=data, **options)


def test_every_cut_of_a_burst_leaves_whole_requests() -> None:
    require("native")
    data = (
        request(b"SET", b"k", b"v") + b"PING\r\n" + request(b"INCR", b"n") + request(b"GET", b"k")
    )
    ends = [served(data[:size])[0] for size in range(len(data) + 1)]
    assert sorted(set(ends)) == [0, 27, 33, 33 + 21, len(data)]
    assert ends == sorted(ends)
    assert served(data, requests_max=2) == (33, b"+OK\r\n+PONG\r\n")


def test_nothing_is_served_while_the_parser_holds_a_part_or_the_stream_is_broken() -> None:
    require("native")
    from ferrite.limits import ProtocolLimits
    from ferrite.native.transcoder import RequestTranscoder

    for held in (b"*1\r\n", b"*", b"*1\r\n$4\r\nPI", b"GET", b"*x\r\n"):
        parser = RequestTranscoder(ProtocolLimits())
        assert parser.feed(held) == []
        assert served(b"PING\r\n", parser=parser) == (0, b"")


def test_a_watched_keyspace_is_read_and_not_changed() -> None:
    require("native")
    from ferrite.keyspace.database import Keyspace

    keyspace = Keyspace()
    keyspace.set(b"k", b"1")
    keyspace.listen(lambda *_: None)
    assert served(request(b"INCR", b"k"), keyspace=keyspace) == (0, b"")
    assert served(request(b"GET", b"k"), keyspace=keyspace)[1] == b"$1\r\n1\r\n"
    assert keyspace.get(b"k") == b"1"


def test_replies_that_fill_the_room_end_the_burst() -> None:
    require("native")
    from ferrite.keyspace.database import Keyspace

    keyspace = Keyspace()
    keyspace.set(b"k", b"x" * 100_000)
    one = request(b"GET", b"k")
    size, replies = served(one * 10, keyspace=keyspace)
    assert size == 2 * len(one)
    assert replies == (b"$100000\r\n" + b"x" * 100_000 + b"\r\n") * 2


@pytest.mark.parametrize("number", [0, 9, -1, -10, 2**63 - 2, -(2**63), 10**18])
def test_numbers(number: int) -> None:
    require("native")
    from ferrite.keyspace.database import Keyspace

    keyspace = Keyspace()
    keyspace.set(b"n", b"%d" % number)
    assert served(request(b"INCR", b"n"), keyspace=keyspace)[1] == b":%d\r\n" % (number + 1)
    assert keyspace.get(b"n") == b"%d" % (number + 1)


def test_no_reference_is_lost_or_kept() -> None:
    require("native")
    import sys

    from ferrite.keyspace.database import Keyspace

    keyspace = Keyspace()
    for _ in range(1000):
        served(request(b"SET", b"key", b"some value") + request(b"GET", b"key"), keyspace=keyspace)
    values, _ = keyspace.tables
    ((key, value),) = values.items()
    assert sys.getrefcount(value) == sys.getrefcount(key) == 3  # the dict, the name, the argument


def test_what_is_logged_is_what_was_changed() -> None:
    require("native")
    from ferrite.keyspace.database import Keyspace
    from ferrite.limits import ProtocolLimits
    from ferrite.native.burst import Burst
    from ferrite.native.transcoder import RequestTranscoder

    burst, parser, keyspace = Burst(), RequestTranscoder(ProtocolLimits()), Keyspace()
    writes = [request(b"set", b"k", b"v"), request(b"INCR", b"n")]
    data = request(b"GET", b"k") + writes[0] + b"PING\r\n" + writes[1] + request(b"GET", b"n")
    assert burst.serve(parser, keyspace, 2, data, 100, logged=True)[0] == len(data)
    assert burst.log == b"".join(writes)
    large = request(b"SET", b"k", b"x" * 200_000)
    size, _ = burst.serve(parser, keyspace, 2, large * 2, 100, logged=True)
    assert (size, burst.log) == (len(large), large)
