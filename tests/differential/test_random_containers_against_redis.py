"""Random sessions with hashes, sets, lists and SORT, answered by us and by a real redis-server."""

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
    parsed,
    words,
)
from tests.support.real_redis import RealRedis, redis_server
from tests.support.require import require

keys = st.sampled_from([b"a", b"b", b"c"])
integers = st.sampled_from([b"0", b"1", b"2", b"3", b"-1", b"-2", b"-9", b"9", b"x", b"1.0"])
sizes = st.one_of(integers, st.sampled_from([b"%d" % (2**63 - 1), b"%d" % -(2**63), b""]))
numbers = st.one_of(sizes, st.sampled_from([b"1.5", b"-0.1", b"1e3", b"inf", b"nan", b"0x1p-3"]))
items = st.one_of(numbers, st.sampled_from([b"m", b"n", b"\xff\x00", b"x" * 65, b"y" * 64, b" 1"]))
whole = st.integers(-300, 300).map(lambda number: b"%d" % number)
timeouts = st.sampled_from([b"x", b"-1", b"nan", b"", b"0.1x"])
"""All of them errors: nobody can wait in a session of one client."""


def some(elements: st.SearchStrategy[bytes], least: int = 1) -> st.SearchStrategy[list[bytes]]:
    return st.lists(elements, min_size=least, max_size=4)


def counted(elements: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[bytes, list[bytes]]]:
    """Keys behind their number, which is wrong now and then."""
    wrong = st.sampled_from([b"0", b"9", b"x", b"-1"])
    return some(elements).flatmap(
        lambda names: st.tuples(
            st.one_of(*[st.just(b"%d" % len(names))] * 9, wrong), st.just(names)
        )
    )


others = st.one_of(
    fixed(words(b"TYPE"), keys),
    fixed(b"OBJECT", b"ENCODING", keys),
    fixed(b"DEL", keys),
    fixed(b"SET", keys, items),
    fixed(b"GET", keys),
    fixed(words(b"RENAME", b"RENAMENX"), keys, keys),
    chain(st.just(b"COPY"), keys, keys, st.lists(words(b"REPLACE", b"DB", b"0", b"1"), max_size=2)),
    fixed(b"MOVE", keys, st.sampled_from([b"0", b"1", b"99", b"x"])),
    fixed(b"SWAPDB", st.sampled_from([b"0", b"1", b"x"]), st.sampled_from([b"0", b"1", b"99"])),
    fixed(b"EXISTS", keys),
    fixed(b"DBSIZE"),
)

hashes = st.one_of(
    chain(words(b"HSET", b"HMSET"), keys, some(items)),
    fixed(words(b"HSETNX"), keys, items, items),
    fixed(words(b"HGET", b"HEXISTS", b"HSTRLEN"), keys, items),
    chain(words(b"HMGET", b"HDEL"), keys, some(items)),
    fixed(words(b"HGETALL", b"HKEYS", b"HVALS", b"HLEN"), keys),
    fixed(b"HINCRBY", keys, items, sizes),
    fixed(b"HINCRBYFLOAT", keys, items, numbers),
    chain(st.just(b"HRANDFIELD"), keys, st.sampled_from([b"0", b"9", b"x", b"100"])),
    chain(st.just(b"HRANDFIELD"), keys, sizes.filter(lambda text: not text.startswith(b"-")).map(
        lambda text: text if text in (b"x", b"") else b"9"), words(b"WITHVALUES", b"foo")),
    chain(
        st.just(b"HSCAN"), keys, st.sampled_from([b"0", b"0", b"x"]),
        st.lists(words(b"COUNT", b"MATCH", b"9", b"*"), max_size=4)
    ),
)  # fmt: skip

sets = st.one_of(
    chain(words(b"SADD", b"SREM", b"SMISMEMBER"), keys, some(items)),
    chain(words(b"SADD"), keys, some(whole)),
    fixed(words(b"SMEMBERS", b"SCARD"), keys),
    fixed(b"SISMEMBER", keys, items),
    fixed(b"SMOVE", keys, keys, items),
    chain(words(b"SINTER", b"SUNION", b"SDIFF"), some(keys)),
    chain(words(b"SINTERSTORE", b"SUNIONSTORE", b"SDIFFSTORE"), keys, some(keys)),
    chain(st.just(b"SINTERCARD"), counted(keys), st.lists(words(b"LIMIT", b"1", b"x"), max_size=3)),
    chain(st.just(b"SPOP"), keys, st.sampled_from([b"0", b"-1", b"x", b"99"])),
    chain(st.just(b"SRANDMEMBER"), keys, st.sampled_from([b"0", b"x", b"99"])),
    chain(
        st.just(b"SSCAN"),
        keys,
        st.just(b"0"),
        st.lists(words(b"COUNT", b"MATCH", b"9"), max_size=4),
    ),
)

sides = words(b"LEFT", b"RIGHT", b"LEFT", b"RIGHT", b"foo")
lists = st.one_of(
    chain(words(b"LPUSH", b"RPUSH", b"LPUSHX", b"RPUSHX"), keys, some(items)),
    chain(words(b"LPOP", b"RPOP"), keys, st.lists(sizes, max_size=2)),
    fixed(b"LLEN", keys),
    fixed(words(b"LRANGE", b"LTRIM"), keys, sizes, sizes),
    fixed(b"LRANGE", keys, b"0", b"-1"),
    fixed(b"LINDEX", keys, sizes),
    fixed(b"LSET", keys, sizes, items),
    fixed(b"LINSERT", keys, words(b"BEFORE", b"AFTER", b"foo"), items, items),
    fixed(b"LREM", keys, integers, items),
    chain(
        st.just(b"LPOS"), keys, items,
        st.lists(st.tuples(words(b"RANK", b"COUNT", b"MAXLEN", b"foo"), integers), max_size=3),
    ),
    fixed(b"LMOVE", keys, keys, sides, sides),
    fixed(b"RPOPLPUSH", keys, keys),
    chain(st.just(b"LMPOP"), counted(keys), sides,
        st.lists(words(b"COUNT", b"2", b"x"), max_size=3)),
    chain(words(b"BLPOP", b"BRPOP"), some(keys), timeouts),
    fixed(b"BLMOVE", keys, keys, sides, sides, timeouts),
    fixed(b"BRPOPLPUSH", keys, keys, timeouts),
    chain(st.just(b"BLMPOP"), timeouts, counted(keys), sides),
)  # fmt: skip

patterns = st.sampled_from([b"*", b"w*", b"b", b"a->*", b"*->m", b"a*", b"#", b"*->", b"w*->m"])
sorts = chain(
    words(b"SORT", b"SORT_RO"),
    keys,
    st.lists(
        st.one_of(
            st.tuples(words(b"ASC", b"DESC", b"ALPHA", b"foo")),
            st.tuples(words(b"LIMIT"), integers, integers),
            st.tuples(words(b"GET"), patterns),
            st.tuples(words(b"BY"), st.sampled_from([b"nosort", b"w*", b"w*->m", b"*"])),
            st.tuples(words(b"STORE"), keys),
        ),
        max_size=4,
    ),
)
weights = st.one_of(
    fixed(b"SET", st.sampled_from([b"w1", b"w2", b"wm", b"w-1"]), numbers),
    fixed(b"HSET", st.sampled_from([b"w1", b"w2", b"wm"]), b"m", numbers),
)
sortable = st.one_of(
    chain(words(b"RPUSH"), keys, some(st.one_of(integers, items))),
    chain(words(b"SADD"), keys, some(whole)),
    chain(st.just(b"ZADD"), keys, whole, items),
)

UNORDERED = (b"SMEMBERS", b"SINTER", b"SUNION", b"SDIFF", b"SPOP", b"SRANDMEMBER", b"SSCAN",
             b"HGETALL", b"HKEYS", b"HVALS", b"HRANDFIELD", b"HSCAN")  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedis]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        client = RealRedis(port)
        yield client
        client.close()


def same_members(request: Request, theirs: bytes, mine: bytes) -> bool:
    """The same bytes, but for the order of what has none and what chance or a table's size says."""
    if theirs == mine:
        return True
    if request[0].upper() not in UNORDERED:
        return False
    left, right = parsed(theirs), parsed(mine)
    return type(left) is type(right) and flat(left) == flat(right)


def flat(value: object) -> list[bytes]:
    """What a reply holds, in one order; nested pairs as their items."""
    if isinstance(value, dict):
        value = [item for pair in value.items() for item in pair]
    if isinstance(value, list | set | frozenset):
        return sorted(item for inner in value for item in flat(inner))
    return [repr(value).encode()]


def session(*parts: st.SearchStrategy[Request]) -> st.SearchStrategy[list[Request]]:
    return st.lists(st.one_of(*parts), min_size=1, max_size=40)


@SETTINGS
@given(session(hashes, hashes, hashes, others), PROTOCOLS)
def test_hashes(real: RealRedis, requests: list[Request], protocol: bytes) -> None:
    compare_session(real, requests, protocol, same_members)


@SETTINGS
@given(session(sets, sets, sets, others), PROTOCOLS)
def test_sets(real: RealRedis, requests: list[Request], protocol: bytes) -> None:
    compare_session(real, requests, protocol, same_members)


@SETTINGS
@given(session(lists, lists, lists, others), PROTOCOLS)
def test_lists(real: RealRedis, requests: list[Request], protocol: bytes) -> None:
    compare_session(real, requests, protocol)


@SETTINGS
@given(session(sorts, sorts, sortable, weights), PROTOCOLS)
def test_sort(real: RealRedis, requests: list[Request], protocol: bytes) -> None:
    compare_session(real, requests, protocol)
