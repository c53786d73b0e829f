"""Random sessions with sorted sets, answered by us and by a real redis-server: the same bytes."""

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
members = st.sampled_from([b"m", b"n", b"o", b"p", b"", b"\xff\x00", b"x" * 65, b"1", b"-2"])
numbers = st.one_of(
    st.integers(-5, 5).map(lambda number: b"%d" % number),
    st.sampled_from(
        [b"1.5", b"-0", b"0.1", b"1e20", b"inf", b"-inf", b"+inf", b"1e-7", b"123456789012345678"]
        + [b"3.0", b"0x10", b"1e400", b"1e-400", b"nan", b"", b" 1", b"1_0", b"x"]
    ),
    st.floats(allow_nan=False).map(lambda number: repr(number).encode()),
)
score_ends = st.one_of(numbers, numbers.map(lambda text: b"(" + text))
lex_ends = st.one_of(
    st.sampled_from([b"-", b"+", b"-x", b"", b"m", b"[", b"("]),
    members.map(lambda member: b"[" + member),
    members.map(lambda member: b"(" + member),
)
ranks = st.sampled_from([b"0", b"1", b"2", b"-1", b"-2", b"-9", b"9", b"x", b"1.0"])
counts = st.sampled_from([b"0", b"1", b"2", b"5", b"-1", b"x", b"9223372036854775807"])
pairs = st.lists(st.tuples(numbers, members), min_size=1, max_size=4)
limit = st.one_of(st.just(()), st.tuples(words(b"LIMIT"), ranks, ranks))
with_scores = st.one_of(st.just(()), st.tuples(words(b"WITHSCORES")))
range_options = st.lists(
    st.one_of(
        limit, with_scores, st.tuples(words(b"REV", b"BYSCORE", b"BYLEX")), st.just((b"foo",))
    ),
    max_size=3,
)
zadd_options = st.lists(words(b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"), max_size=3)


def several(count: int) -> st.SearchStrategy[tuple[bytes, list[bytes]]]:
    """Keys behind their number, which is wrong now and then."""
    wrong = st.sampled_from([b"0", b"9", b"x", b"-1"])
    return st.lists(keys, min_size=1, max_size=count).flatmap(
        lambda names: st.tuples(
            st.one_of(*[st.just(b"%d" % len(names))] * 9, wrong), st.just(names)
        )
    )


weights = st.tuples(words(b"WEIGHTS"), st.lists(numbers, min_size=1, max_size=3))
aggregate = st.tuples(words(b"AGGREGATE"), words(b"SUM", b"MIN", b"MAX", b"foo"))
algebra_options = st.lists(st.one_of(weights, aggregate, with_scores), max_size=2)

ordered_pairs = st.lists(st.tuples(st.just(b"0"), members), min_size=1, max_size=6)
requests = st.one_of(
    chain(words(b"ZADD"), keys, pairs),
    chain(words(b"ZADD"), keys, pairs),
    chain(words(b"ZADD"), keys, zadd_options, pairs),
    fixed(b"ZADD", keys, numbers),
    fixed(b"ZINCRBY", keys, numbers, members),
    chain(st.just(b"ZREM"), keys, st.lists(members, min_size=1, max_size=3)),
    fixed(b"ZCARD", keys),
    fixed(b"ZSCORE", keys, members),
    chain(st.just(b"ZMSCORE"), keys, st.lists(members, max_size=3)),
    fixed(words(b"ZRANK", b"ZREVRANK"), keys, members),
    fixed(words(b"ZCOUNT", b"ZREMRANGEBYSCORE"), keys, score_ends, score_ends),
    fixed(b"ZREMRANGEBYRANK", keys, ranks, ranks),
    chain(words(b"ZRANGE"), keys, ranks, ranks, range_options),
    chain(words(b"ZRANGE"), keys, score_ends, score_ends, range_options),
    chain(words(b"ZREVRANGE"), keys, ranks, ranks, with_scores),
    chain(words(b"ZRANGESTORE"), keys, keys, score_ends, score_ends, range_options),
    chain(words(b"ZRANGESTORE"), keys, keys, ranks, ranks),
    chain(
        words(b"ZRANGEBYSCORE", b"ZREVRANGEBYSCORE"),
        keys, score_ends, score_ends, st.lists(st.one_of(limit, with_scores), max_size=2),
    ),
    chain(words(b"ZPOPMIN", b"ZPOPMAX"), keys, st.lists(counts, max_size=1)),
    chain(words(b"ZUNION", b"ZINTER", b"ZDIFF"), several(3), algebra_options),
    chain(words(b"ZUNION", b"ZINTER", b"ZDIFF"), several(3), with_scores),
    chain(
        words(b"ZUNIONSTORE", b"ZINTERSTORE", b"ZDIFFSTORE"), keys, several(3), algebra_options
    ),
    chain(
        words(b"ZINTERCARD"), several(3), st.lists(st.tuples(words(b"LIMIT"), counts), max_size=1)
    ),
    chain(
        words(b"ZMPOP"), several(3), words(b"MIN", b"MAX", b"foo"),
        st.lists(st.tuples(words(b"COUNT"), counts), max_size=1),
    ),
    fixed(words(b"BZPOPMIN", b"BZPOPMAX"), keys, st.sampled_from([b"x", b"-1", b"nan"])),
    chain(words(b"ZSCAN"), keys, st.just((b"0", b"COUNT", b"1000"))),
    chain(words(b"ZSCAN"), keys, st.just((b"0", b"MATCH", b"[m-o]"))),
    chain(words(b"ZRANDMEMBER"), keys, st.just((b"1000", b"WITHSCORES"))),
    fixed(b"ZRANDMEMBER", keys, counts.filter(lambda text: text == b"x")),
    fixed(words(b"OBJECT"), st.just(b"ENCODING"), keys),
    fixed(words(b"TYPE", b"DEL"), keys),
    fixed(b"SET", keys, st.just(b"text")),
)  # fmt: skip
lex_requests = st.one_of(
    chain(words(b"ZADD"), keys, ordered_pairs),
    fixed(words(b"ZLEXCOUNT", b"ZREMRANGEBYLEX"), keys, lex_ends, lex_ends),
    chain(words(b"ZRANGEBYLEX", b"ZREVRANGEBYLEX"), keys, lex_ends, lex_ends, limit),
    chain(words(b"ZRANGE"), keys, lex_ends, lex_ends, st.just(b"BYLEX"), range_options),
    chain(words(b"ZRANGESTORE"), keys, keys, lex_ends, lex_ends, st.just(b"BYLEX")),
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedis]:
    require("redis")
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        client = RealRedis(port)
        yield client
        client.close()


def agree(request: Request, theirs: bytes, mine: bytes) -> bool:
    name = request[0].upper()
    if theirs == mine or theirs[:1] in b"-" or name not in (b"ZRANDMEMBER", b"ZSCAN"):
        return theirs == mine
    left, right = parsed(theirs), parsed(mine)
    if name == b"ZSCAN":
        return left[0] == right[0] and _paired(left[1]) == _paired(right[1])
    return _paired(left) == _paired(right)


def _paired(flat: list[object]) -> list[object]:
    """Members with their scores, in an order of their own."""
    if flat and isinstance(flat[0], list):
        return sorted(flat)  # type: ignore[type-var]
    return sorted(zip(flat[::2], flat[1::2], strict=True))  # type: ignore[type-var]


@SETTINGS
@given(st.lists(requests, min_size=1, max_size=40), PROTOCOLS)
def test_a_random_session(real: RealRedis, session: list[Request], protocol: bytes) -> None:
    compare_session(real, session, protocol, agree)


@SETTINGS
@given(st.lists(lex_requests, min_size=1, max_size=30), PROTOCOLS)
def test_a_session_by_member(real: RealRedis, session: list[Request], protocol: bytes) -> None:
    compare_session(real, session, protocol)
