from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.lists import List
from ferrite.keyspace.thresholds import DefaultThresholds

items = st.sampled_from([b"a", b"b", b"c"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["left", "right", "pop_left", "pop_right", "insert", "remove", "replace"]),
        st.lists(items, min_size=1, max_size=4),
        st.integers(0, 12),
    ),
    max_size=30,
)


def apply(elements: List, model: list[bytes], name: str, given_: list[bytes], number: int) -> None:
    """The same to a list of ours and to Python's own."""
    place, item = min(number, len(model)), given_[0]
    if name == "left":
        elements.push_left(*given_)
        model[:0] = given_[::-1]
    elif name == "right":
        elements.push_right(*given_)
        model += given_
    elif name == "pop_left":
        assert elements.pop_left(place) == model[:place]
        del model[:place]
    elif name == "pop_right":
        popped = model[len(model) - place :][::-1]
        assert elements.pop_right(place) == popped
        del model[len(model) - place :]
    elif name == "insert":
        elements.insert(place, item)
        model.insert(place, item)
    elif name == "replace" and number < len(model):
        elements.replace(number, item)
        model[number] = item
    elif name == "remove":
        count = number - 6
        places = [index for index, each in enumerate(model) if each == item]
        chosen = places[count:] if count < 0 else places[: count or None]
        assert elements.remove(item, count) == len(chosen)
        for index in reversed(chosen):
            del model[index]


@given(steps)
def test_it_is_a_list(changes: list[tuple[str, list[bytes], int]]) -> None:
    elements, model = List(DefaultThresholds()), list[bytes]()
    for name, given_, number in changes:
        apply(elements, model, name, given_, number)
        assert list(elements) == model
        assert list(reversed(elements)) == model[::-1]
        assert len(elements) == len(model)
        assert [elements.at(index) for index in range(len(model))] == model
        for start in range(0, len(model) + 1, 2):
            for stop in range(start, len(model) + 1):
                assert elements.slice(start, stop) == model[start:stop]
        places = [index for index, each in enumerate(model) if each == b"a"]
        assert list(elements.positions(b"a")) == places
        assert list(elements.positions(b"a", last_first=True)) == places[::-1]


def test_both_ends_of_a_long_list_are_near() -> None:
    elements = List(DefaultThresholds())
    elements.push_right(*[b"%d" % number for number in range(5000)])
    for number in range(2500):
        assert elements.pop_left() == [b"%d" % number]
        assert elements.pop_right() == [b"%d" % (4999 - number)]
    assert len(elements) == 0


def test_positions_in_a_long_list() -> None:
    elements = List(DefaultThresholds())
    elements.push_left(*[b"%d" % (number % 1000) for number in range(3000)])
    assert list(elements.positions(b"0")) == [999, 1999, 2999]
    assert list(elements.positions(b"0", last_first=True)) == [2999, 1999, 999]


def test_its_encoding() -> None:
    assert List(DefaultThresholds()).encoding == "quicklist"
