from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.subsequences import common_length, common_runs

strings = st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12).map(b"".join)


def longest(first: bytes, second: bytes) -> int:
    row = [0] * (len(second) + 1)
    for byte in first:
        above, row = row, [0]
        for place, other in enumerate(second):
            row.append(above[place] + 1 if byte == other else max(above[place + 1], row[place]))
    return row[-1]


@given(strings, strings)
def test_against_the_table(first: bytes, second: bytes) -> None:
    assert common_length(first, second) == longest(first, second)
    runs = common_runs(first, second)
    assert sum(size for _, _, size in runs) == longest(first, second)
    ends = (len(first), len(second))
    for i, j, size in runs:
        assert first[i : i + size] == second[j : j + size]
        assert i + size <= ends[0]
        assert j + size <= ends[1]
        ends = (i, j)
