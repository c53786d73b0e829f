from __future__ import annotations

import math
from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.sorted_set import LexBound, LexRange, ScoreRange, SortedSet
from ferrite.keyspace.thresholds import DefaultThresholds

members = st.sampled_from([b"", b"a", b"b", b"ab", b"\xff", b"c"])
scores = st.one_of(
    st.integers(-2, 2).map(float), st.sampled_from([math.inf, -math.inf, 0.5, -0.0, 5e-324])
)
changes = st.one_of(
    st.tuples(st.just("put"), members, scores),
    st.tuples(st.just("remove"), members, scores),
    st.tuples(st.just("look"), members, scores),
)


def made(pairs: list[tuple[bytes, float]], limits: DefaultThresholds | None = None) -> SortedSet:
    zset = SortedSet(limits or DefaultThresholds())
    for member, score in pairs:
        zset.put(member, score)
    return zset


def entries(zset: SortedSet) -> list[tuple[float, bytes]]:
    return sorted((score, member) for member, score in zset.scores.items())


@given(st.lists(changes))
def test_the_order_is_kept_whenever_it_is_asked_for(steps: list[tuple[str, bytes, float]]) -> None:
    zset = made([])
    for what, member, score in steps:
        if what == "put":
            zset.put(member, score)
        elif what == "remove":
            zset.remove(member)
        else:
            assert list(zset.order) == entries(zset)
            assert sorted(zset.scan_order.page(0, 99)[1]) == sorted(zset.scores)
    assert list(zset.order) == entries(zset)
    for rank, (_, member) in enumerate(entries(zset)):
        assert zset.rank(member) == rank


@given(st.dictionaries(members, scores, min_size=1), st.lists(changes), st.booleans())
def test_changes_are_undone(
    start: dict[bytes, float], steps: list[tuple[str, bytes, float]], sorted_before: bool
) -> None:
    zset = made(list(start.items()), DefaultThresholds(zset_max_listpack_entries=2))
    before = (entries(zset), zset.encoding)
    if sorted_before:
        assert zset.order
    mark = zset.mark()
    for what, member, score in steps:
        if what == "put":
            zset.put(member, score)
        elif what == "remove":
            zset.remove(member)
        else:
            zset.remove_range(0, 1)
    zset.undo_to(mark)
    assert (entries(zset), zset.encoding) == before
    assert list(zset.order) == before[0]


@given(st.dictionaries(members, scores), scores, scores, st.booleans(), st.booleans())
def test_score_ranges(
    content: dict[bytes, float], low: float, high: float, no_low: bool, no_high: bool
) -> None:
    zset = made(list(content.items()))
    first, last = ScoreRange(low, high, no_low, no_high).positions(zset.order)
    wanted = [
        entry
        for entry in zset.order
        if (low < entry[0] or (low == entry[0] and not no_low))
        and (entry[0] < high or (entry[0] == high and not no_high))
    ]
    assert zset.entries(first, last) == wanted
    assert zset.entries(first, last, reverse=True) == wanted[::-1]
    assert zset.remove_range(first, last) == wanted
    assert entries(zset) == [entry for entry in entries(made(list(content.items())))
                             if entry not in wanted]  # fmt: skip


@given(st.sets(members), members, members, st.booleans(), st.booleans())
def test_lex_ranges(
    names: set[bytes], low: bytes, high: bytes, no_low: bool, no_high: bool
) -> None:
    zset = made([(name, 0.0) for name in names])
    wanted = LexRange(LexBound(low, no_low), LexBound(high, no_high))
    first, last = wanted.positions(zset.order)
    assert [member for _, member in zset.entries(first, last)] == sorted(
        name
        for name in names
        if (low < name or (low == name and not no_low))
        and (name < high or (name == high and not no_high))
    )


def test_infinite_lex_bounds() -> None:
    zset = made([(b"a", 0.0), (b"b", 0.0)])
    lowest, highest = LexBound(infinite=-1), LexBound(infinite=1)
    assert LexRange(lowest, highest).positions(zset.order) == (0, 2)
    assert LexRange(highest, lowest).positions(zset.order) == (2, 2)
    assert bisect_left(zset.order, (0.0, b"b")) == 1


def test_the_encoding_follows_the_thresholds_and_stays_large() -> None:
    limits = DefaultThresholds(zset_max_listpack_entries=2, zset_max_listpack_value=3)
    zset = made([(b"a", 1), (b"b", 2)], limits)
    assert zset.encoding == "listpack"
    zset.put(b"c", 3)
    assert zset.encoding == "skiplist"
    zset.remove(b"c")
    assert zset.encoding == "skiplist"
    assert zset.copy().encoding == "skiplist"
    assert made([(b"long", 1)], limits).encoding == "skiplist"


def test_a_copy_is_independent() -> None:
    zset = made([(b"a", 1)])
    twin = zset.copy()
    twin.put(b"b", 0)
    assert list(zset.order) == [(1, b"a")]
    assert list(twin.order) == [(0, b"b"), (1, b"a")]


def test_a_compact_set_has_no_minus_zero() -> None:
    assert math.copysign(1, made([(b"a", -0.0)]).scores[b"a"]) == 1
    large = made([(b"a", -0.0)], DefaultThresholds(zset_max_listpack_entries=0))
    assert math.copysign(1, large.scores[b"a"]) == -1
