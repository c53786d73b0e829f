from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.thresholds import DefaultThresholds
from ferrite.keyspace.values import Value
from ferrite.persistence.cursor import Cursor
from ferrite.persistence.value_reader import read_value
from ferrite.persistence.value_writer import type_code, write_value

LIMITS = DefaultThresholds()
texts = st.one_of(st.binary(max_size=8), st.sampled_from([b"x" * 64, b"y" * 20_000, b"12"]))


def through(value: Value) -> Value:
    parts: list[bytes] = []
    write_value(parts, value)
    cursor = Cursor(b"".join(parts))
    copy = read_value(type_code(value), cursor, LIMITS)
    assert cursor.left == 0
    return copy


@given(texts)
def test_strings(text: bytes) -> None:
    assert through(text) == text


@given(st.lists(texts, min_size=1, max_size=80))
def test_lists_and_sets(items: list[bytes]) -> None:
    elements, members = List(LIMITS), Set(LIMITS)
    elements.push_right(*items)
    for item in items:
        members.add(item)
    copies = through(elements), through(members)
    assert isinstance(copies[0], List)
    assert isinstance(copies[1], Set)
    assert list(copies[0]) == items
    assert copies[1].members.keys() == set(items)


@given(st.dictionaries(texts, texts, min_size=1))
def test_hashes(fields: dict[bytes, bytes]) -> None:
    value = Hash(LIMITS)
    for field, text in fields.items():
        value.put(field, text)
    copy = through(value)
    assert isinstance(copy, Hash)
    assert copy.fields == fields


@given(st.dictionaries(texts, st.floats(allow_nan=False), min_size=1))
def test_sorted_sets(scores: dict[bytes, float]) -> None:
    value = SortedSet(LIMITS)
    for member, score in scores.items():
        value.put(member, score)
    copy = through(value)
    assert isinstance(copy, SortedSet)
    assert copy.scores == scores
    assert all(math.copysign(1, copy.scores[each]) == math.copysign(1, value.scores[each])
               for each in scores)  # fmt: skip
