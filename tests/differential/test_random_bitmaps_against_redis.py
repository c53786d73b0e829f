"""Random sessions with bit operations, answered by us and by a real redis-server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.random_sessions import (
    PROTOCOLS,
    SETTINGS,
    Request,
    chain,
    compare_session,
    fixed,
    words,
)
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

keys = st.sampled_from([b"a", b"b", b"c"])
integers = st.one_of(
    st.integers(-20, 40),
    st.sampled_from([2**63 - 1, -(2**63), 2**63, 2**31, 2**64]),
).map(lambda number: b"%d" % number)
ends = st.one_of(st.integers(-12, 12).map(lambda number: b"%d" % number), st.just(b"x"))
bit_places = st.one_of(
    st.integers(0, 70).map(lambda number: b"%d" % number),
    st.sampled_from([b"-1", b"x", b"4294967296", b"99999999999999999999"]),
)
field_places = st.one_of(
    bit_places, st.integers(0, 5).map(lambda number: b"#%d" % number), st.just(b"#-1")
)
types = st.one_of(
    st.tuples(st.sampled_from(["u", "i"]), st.integers(1, 64)).map(
        lambda drawn: f"{drawn[0]}{drawn[1]}".encode()
    ),
    st.sampled_from([b"u8", b"i8", b"u1", b"i64", b"u63", b"u64", b"i0", b"x8", b"u", b""]),
)
bits = st.sampled_from([b"0", b"1", b"0", b"1", b"2", b"x", b"-1"])
texts = st.one_of(
    st.binary(max_size=12), st.sampled_from([b"\xff\xff\xff", b"\0\0\0\0", b"\xff" * 9 + b"\x7f"])
)
unit = st.lists(words(b"BYTE", b"BIT", b"foo"), max_size=1)
part = st.one_of(st.just(()), st.tuples(ends), st.tuples(ends, ends), st.tuples(ends, ends, unit))
operation = st.one_of(
    fixed(words(b"GET"), types, field_places),
    fixed(words(b"SET"), types, field_places, integers),
    fixed(words(b"INCRBY"), types, field_places, integers),
    fixed(words(b"OVERFLOW"), words(b"WRAP", b"SAT", b"FAIL")),
    fixed(words(b"OVERFLOW"), words(b"WRAP", b"SAT", b"FAIL")),
    fixed(words(b"OVERFLOW", b"foo"), st.just(b"foo")),
)
requests = st.one_of(
    fixed(b"SET", keys, texts),
    fixed(b"SETBIT", keys, bit_places, bits),
    fixed(b"GETBIT", keys, bit_places),
    chain(st.just(b"BITCOUNT"), keys, part),
    chain(st.just(b"BITPOS"), keys, bits, part),
    chain(words(b"BITOP"), words(b"AND", b"OR", b"XOR", b"NOT", b"foo"), keys,
          st.lists(keys, min_size=1, max_size=3)),
    fixed(words(b"BITOP"), words(b"NOT"), keys, keys),
    chain(st.just(b"BITFIELD"), keys, st.lists(operation, max_size=4)),
    chain(st.just(b"BITFIELD"), keys, st.lists(operation, max_size=4)),
    chain(st.just(b"BITFIELD_RO"), keys, st.lists(operation, max_size=2)),
    fixed(words(b"GET", b"DEL", b"STRLEN"), keys),
    fixed(b"ZADD", keys, st.just(b"1"), st.just(b"m")),
)  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedis]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        client = RealRedis(port)
        yield client
        client.close()


@SETTINGS
@given(st.lists(requests, min_size=1, max_size=40), PROTOCOLS)
def test_a_random_session(real: RealRedis, session: list[Request], protocol: bytes) -> None:
    compare_session(real, session, protocol)
