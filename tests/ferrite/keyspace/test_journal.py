from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.container import Container
from ferrite.keyspace.database import Keyspace
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.journal import Change, Journal
from ferrite.keyspace.lists import List
from ferrite.keyspace.values import Value

KEYS = [b"a", b"b", b"c"]
NOW = 1000

State = dict[bytes, tuple[object, int | None]]


def keyspace() -> Keyspace:
    return Keyspace(clock=Clock(lambda: NOW))


def state_of(database: Keyspace) -> State:
    keys = list(database.keys())
    return {key: (content(database.get(key)), database.deadline(key)) for key in keys}


def content(value: Value | None) -> object:
    """A value, out of reach of later changes in place."""
    if isinstance(value, List):
        return list(value)
    return dict(value.fields) if isinstance(value, Hash) else value


step = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(KEYS), st.binary(max_size=3)),
    st.tuples(st.just("delete"), st.sampled_from(KEYS)),
    st.tuples(st.just("expire"), st.sampled_from(KEYS), st.integers(NOW - 5, NOW + 50)),
    st.tuples(st.just("persist"), st.sampled_from(KEYS)),
    st.tuples(st.just("rename"), st.sampled_from(KEYS), st.sampled_from(KEYS)),
    st.tuples(st.just("add"), st.sampled_from(KEYS)),
    st.tuples(st.just("push"), st.sampled_from(KEYS), st.binary(max_size=3)),
    st.tuples(st.just("pop"), st.sampled_from(KEYS)),
    st.tuples(st.just("put"), st.sampled_from(KEYS), st.binary(max_size=1)),
    st.tuples(st.just("remove"), st.sampled_from(KEYS), st.binary(max_size=1)),
    st.tuples(st.just("swap")),
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
        case ("push", bytes(key), bytes(element)) if fits(database, key, List):
            elements = database.edit(key, List)
            elements.push_left(element)
            database.edited(key, elements)
        case ("pop", bytes(key)) if key in database and fits(database, key, List):
            elements = database.edit(key, List)
            elements.pop_right()
            database.edited(key, elements)
        case ("put", bytes(key), bytes(field)) if fits(database, key, Hash):
            fields = database.edit(key, Hash)
            fields.put(field, b"%d" % len(fields))
            database.edited(key, fields)
        case ("remove", bytes(key), bytes(field)) if key in database and fits(database, key, Hash):
            fields = database.edit(key, Hash)
            fields.remove(field)
            database.edited(key, fields)
        case ("swap",):
            database.swap(Keyspace(1, database._clock, database.journal))
        case ("scan",):
            database.scan(0, 10)
        case ("flush",):
            database.flush()


def fits(database: Keyspace, key: bytes, kind: type[Container]) -> bool:
    return key not in database or type(database.get(key)) is kind


@given(st.lists(step, max_size=40))
def test_rollback_restores_exactly_what_begin_saw(steps: list[tuple[str, object]]) -> None:
    database = keyspace()
    saved: list[State] = []
    for name, *arguments in steps:
        if name == "begin":
            database.journal.begin()
            saved.append(state_of(database))
        elif name == "commit" and saved:
            database.journal.commit()
            saved.pop()
        elif name == "rollback" and saved:
            database.journal.rollback()
            assert state_of(database) == saved.pop()
        elif name not in ("commit", "rollback"):
            run(database, name, *arguments)
    while saved:
        database.journal.rollback()
        assert state_of(database) == saved.pop()
    assert sorted(database.scan(0, 1000)[1]) == sorted(state_of(database))


def test_an_inner_rollback_leaves_the_outer_changes() -> None:
    database = keyspace()
    database.set(b"a", b"old")
    database.journal.begin()
    database.set(b"a", b"outer")
    database.journal.begin()
    database.set(b"a", b"inner")
    database.set(b"b", b"inner")
    database.journal.rollback()
    assert state_of(database) == {b"a": (b"outer", None)}
    database.journal.rollback()
    assert state_of(database) == {b"a": (b"old", None)}


def test_an_outer_rollback_undoes_a_committed_savepoint() -> None:
    database = keyspace()
    database.journal.begin()
    database.journal.begin()
    database.set(b"a", b"1")
    database.journal.commit()
    assert b"a" in database
    database.journal.rollback()
    assert b"a" not in database


def test_one_journal_undoes_all_databases() -> None:
    clock = Clock(lambda: NOW)
    journal = Journal(clock)
    first, second = Keyspace(0, clock, journal), Keyspace(1, clock, journal)
    first.journal.begin()
    first.set(b"a", b"1")
    second.set(b"a", b"2")
    second.journal.rollback()
    assert len(first) == len(second) == 0


def test_a_value_changed_in_place_comes_back() -> None:
    database = keyspace()
    elements = database.edit(b"list", List)
    elements.push_right(b"1")
    database.edited(b"list", elements)
    database.journal.begin()
    database.edit(b"list", List).push_right(b"2")
    database.journal.begin()
    database.edit(b"list", List).pop_left(2)
    database.edited(b"list", elements)
    assert b"list" not in database
    database.journal.rollback()
    assert list(elements) == [b"1", b"2"]
    database.journal.rollback()
    assert database.get(b"list") is elements
    assert list(elements) == [b"1"]
    assert elements.undo is None


def test_changes_are_announced_at_the_outermost_commit_and_never_after_a_rollback() -> None:
    database = keyspace()
    told: list[tuple[Change, bytes]] = []
    database.listen(lambda _, change, key: told.append((change, key)))
    database.journal.begin()
    database.set(b"a", b"1")
    database.journal.begin()
    database.set(b"b", b"1")
    database.journal.rollback()
    database.journal.begin()
    database.delete(b"a")
    database.journal.commit()
    assert told == []
    database.journal.commit()
    assert told == [(Change.WRITTEN, b"a"), (Change.DELETED, b"a")]


def test_time_stands_still_while_it_is_open() -> None:
    moments = iter(range(100))
    database = Keyspace(clock=Clock(lambda: next(moments)))
    database.journal.begin()
    assert database.now() == database.now()
    database.journal.begin()
    database.journal.commit()
    assert database.now() == database.now()
    database.journal.commit()
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
