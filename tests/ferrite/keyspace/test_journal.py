from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.journal import Change, Journal
from ferrite.keyspace.lists import List

KEYS = [b"a", b"b", b"c"]
NOW = 1000

State = dict[bytes, tuple[object, int | None]]


def keyspace() -> Keyspace:
    return Keyspace(clock=Clock(lambda: NOW))


def state_of(database: Keyspace) -> State:
    return {key: (database.get(key), database.deadline(key)) for key in list(database.keys())}


step = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(KEYS), st.binary(max_size=3)),
    st.tuples(st.just("delete"), st.sampled_from(KEYS)),
    st.tuples(st.just("expire"), st.sampled_from(KEYS), st.integers(NOW - 5, NOW + 50)),
    st.tuples(st.just("persist"), st.sampled_from(KEYS)),
    st.tuples(st.just("rename"), st.sampled_from(KEYS), st.sampled_from(KEYS)),
    st.tuples(st.just("add"), st.sampled_from(KEYS)),
    st.tuples(st.just("scan")),
    st.tuples(st.just("flush")),
    st.tuples(st.sampled_from(["begin", "commit", "rollback"])),
)


def run(database: Keyspace, name: str, *arguments: object) -> None:
    match (name, *arguments):
        case ("set", bytes(key), bytes(value)):
            database.set(key, value)
        case ("delete", bytes(key)):
            database.delete(key)
        case ("expire", bytes(key), int(deadline)):
            database.expire_at(key, deadline)
        case ("persist", bytes(key)):
            database.persist(key)
        case ("rename", bytes(key), bytes(new_key)):
            if key in database:
                database.rename(key, new_key)
        case ("add", bytes(key)):
            if key not in database:
                database.add(key, 5)
        case ("scan",):
            database.scan(0, 10)
        case ("flush",):
            database.flush()


@given(st.lists(step, max_size=40))
def test_rollback_restores_exactly_what_begin_saw(steps: list[tuple[str, object]]) -> None:
    database = keyspace()
    saved: list[State] = []
    for name, *arguments in steps:
        if name == "begin":
            database.begin()
            saved.append(state_of(database))
        elif name == "commit" and saved:
            database.commit()
            saved.pop()
        elif name == "rollback" and saved:
            database.rollback()
            assert state_of(database) == saved.pop()
        elif name not in ("commit", "rollback"):
            run(database, name, *arguments)
    while saved:
        database.rollback()
        assert state_of(database) == saved.pop()
    assert sorted(database.scan(0, 1000)[1]) == sorted(state_of(database))


def test_an_inner_rollback_leaves_the_outer_changes() -> None:
    database = keyspace()
    database.set(b"a", b"old")
    database.begin()
    database.set(b"a", b"outer")
    database.begin()
    database.set(b"a", b"inner")
    database.set(b"b", b"inner")
    database.rollback()
    assert state_of(database) == {b"a": (b"outer", None)}
    database.rollback()
    assert state_of(database) == {b"a": (b"old", None)}


def test_an_outer_rollback_undoes_a_committed_savepoint() -> None:
    database = keyspace()
    database.begin()
    database.begin()
    database.set(b"a", b"1")
    database.commit()
    assert b"a" in database
    database.rollback()
    assert b"a" not in database


def test_one_journal_undoes_all_databases() -> None:
    clock = Clock(lambda: NOW)
    journal = Journal(clock)
    first, second = Keyspace(0, clock, journal), Keyspace(1, clock, journal)
    first.begin()
    first.set(b"a", b"1")
    second.set(b"a", b"2")
    second.rollback()
    assert len(first) == len(second) == 0


def test_a_value_changed_in_place_comes_back() -> None:
    database = keyspace()
    elements = database.edit(b"list", List)
    elements.push_right(b"1")
    database.edited(b"list", elements)
    database.begin()
    database.edit(b"list", List).push_right(b"2")
    database.begin()
    database.edit(b"list", List).pop_left(2)
    database.edited(b"list", elements)
    assert b"list" not in database
    database.rollback()
    assert list(elements) == [b"1", b"2"]
    database.rollback()
    assert database.get(b"list") is elements
    assert list(elements) == [b"1"]
    assert elements.undo is None


def test_changes_are_announced_at_the_outermost_commit_and_never_after_a_rollback() -> None:
    database = keyspace()
    told: list[tuple[Change, bytes]] = []
    database.listen(lambda _, change, key: told.append((change, key)))
    database.begin()
    database.set(b"a", b"1")
    database.begin()
    database.set(b"b", b"1")
    database.rollback()
    database.begin()
    database.delete(b"a")
    database.commit()
    assert told == []
    database.commit()
    assert told == [(Change.WRITTEN, b"a"), (Change.DELETED, b"a")]


def test_time_stands_still_while_it_is_open() -> None:
    moments = iter(range(100))
    database = Keyspace(clock=Clock(lambda: next(moments)))
    database.begin()
    assert database.now() == database.now()
    database.begin()
    database.commit()
    assert database.now() == database.now()
    database.commit()
    assert database.now() != database.now()


@pytest.mark.parametrize("end", [Journal.commit, Journal.rollback])
def test_nothing_to_end(end: object) -> None:
    with pytest.raises(RuntimeError, match="no journal is open"):
        end(Journal(Clock()))  # type: ignore[operator]


def test_depth() -> None:
    journal = Journal(Clock())
    assert journal.depth == 0
    journal.begin()
    journal.begin()
    assert journal.depth == 2
    journal.rollback()
    journal.commit()
    assert journal.depth == 0
    assert journal.entries is None
