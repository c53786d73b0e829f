from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.commands.sorted_set_ranges import RankRange
from tests.support.in_process import InProcess


@given(st.integers(0, 6), st.integers(-9, 9), st.integers(-9, 9))
def test_ranks(size: int, start: int, stop: int) -> None:
    order = [(float(index), b"") for index in range(size)]
    first, last = RankRange(start, stop).positions(order)
    ranks = list(range(size))
    begin = max(start + size, 0) if start < 0 else start
    end = stop + size if stop < 0 else stop
    assert ranks[first:last] == [rank for rank in ranks if begin <= rank <= end]
    assert 0 <= first <= last <= size


def test_a_stored_range_has_no_deadline() -> None:
    client = InProcess()
    client.reply("ZADD", "z", 1, "a", 2, "b")
    client.reply("SET", "d", "text", "EX", 100)
    assert client.reply("ZRANGESTORE", "d", "z", 0, 0) == 1
    assert client.reply("TTL", "d") == -1
    assert client.reply("ZRANGESTORE", "d", "z", 5, 9) == 0
    assert client.reply("EXISTS", "d") == 0
