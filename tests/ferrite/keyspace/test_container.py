from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.container import Container
from ferrite.keyspace.graveyard import GRAVEYARD, LARGE
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.lists import List
from ferrite.keyspace.sets import Set
from ferrite.keyspace.sorted_set import SortedSet
from ferrite.keyspace.thresholds import DefaultThresholds

LIMITS = DefaultThresholds(
    hash_max_listpack_entries=4,
    hash_max_listpack_value=3,
    set_max_intset_entries=4,
    zset_max_listpack_entries=4,
    zset_max_listpack_value=3,
)
KINDS = (Hash, List, Set, SortedSet)
items = st.sampled_from([b"1", b"2", b"3", b"4", b"a", b"b", b"long"])
numbers = st.integers(0, 9)
changes = st.lists(st.tuples(st.integers(0, 6), items, items, numbers), max_size=12)


def change(container: Container, what: int, item: bytes, other: bytes, number: int) -> None:
    if isinstance(container, Hash):
        if what < 4:
            container.put(item, other)
        else:
            container.remove(item)
    elif isinstance(container, Set):
        if what < 4:
            container.add(item)
        else:
            container.remove(item)
    elif isinstance(container, SortedSet):
        if what < 4:
            container.put(item, float(number))
        else:
            container.remove(item)
    elif isinstance(container, List):
        change_list(container, what, item, other, number)


def change_list(elements: List, what: int, item: bytes, other: bytes, number: int) -> None:
    if what == 0:
        elements.push_left(item, other)
    elif what == 1:
        elements.push_right(item, other)
    elif what == 2:
        elements.pop_left(min(number, len(elements)))
    elif what == 3:
        elements.pop_right(min(number, len(elements)))
    elif what == 4:
        elements.insert(min(number, len(elements)), item)
    elif what == 5:
        elements.remove(item, number - 4)
    elif number < len(elements):
        elements.replace(number, item)


def state(container: Container) -> tuple[str, list[object]]:
    """Its items, in their order where clients see one, and its encoding."""
    held: list[object]
    if isinstance(container, Hash):
        held = list(container.fields.items())
        if not container.compact:
            held.sort(key=repr)
    elif isinstance(container, SortedSet):
        held = list(container.entries(0, len(container)))
    elif isinstance(container, Set):
        held = [*sorted(container.members)]
    else:
        assert isinstance(container, List)
        held = list(container)
    return container.encoding, held


@given(st.sampled_from(KINDS), st.lists(changes, min_size=2, max_size=4))
def test_undoing_is_exact_at_every_mark(
    kind: type[Container], levels: list[list[tuple[int, bytes, bytes, int]]]
) -> None:
    container = kind(LIMITS)
    for step in levels[0]:
        change(container, *step)
    marks = []
    for level in levels[1:]:
        marks.append((container.mark(), state(container)))
        for step in level:
            change(container, *step)
    for mark, before in reversed(marks):
        container.undo_to(mark)
        assert state(container) == before
    container.forget()
    assert container.undo is None


@given(st.sampled_from(KINDS), changes, changes)
def test_a_copy_is_independent(
    kind: type[Container],
    first: list[tuple[int, bytes, bytes, int]],
    then: list[tuple[int, bytes, bytes, int]],
) -> None:
    container = kind(LIMITS)
    for step in first:
        change(container, *step)
    twin, before = container.copy(), state(container)
    assert state(twin) == before
    for step in then:
        change(container, *step)
    assert state(twin) == before


def test_memory_grows_with_the_items() -> None:
    for kind in KINDS:
        container = kind(DefaultThresholds())
        empty = container.memory_bytes(0)
        for number in range(100):
            change(container, 0, b"%d" % number, b"x" * 100, 1)
        few, whole = container.memory_bytes(5), container.memory_bytes(0)
        assert empty < few
        assert 0.8 * whole < few < 1.2 * whole


def test_the_contents_of_a_large_container_are_buried() -> None:
    before = len(GRAVEYARD)
    small, large = List(LIMITS), List(LIMITS)
    small.push_right(b"x")
    large.push_right(*[b"x"] * (LARGE + 1))
    del small, large
    assert len(GRAVEYARD) - before in (1, 2)
    while GRAVEYARD.dig(10_000):
        pass
