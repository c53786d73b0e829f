from __future__ import annotations

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.databases import Databases
from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.journal import Change


def test_databases_are_apart_and_flushed_together() -> None:
    databases = Databases(3)
    databases[0].set(b"a", b"0")
    databases[2].set(b"a", b"2")
    assert [database.index for database in databases] == [0, 1, 2]
    assert [len(database) for database in databases] == [1, 0, 1]
    databases.flush()
    assert [len(database) for database in databases] == [0, 0, 0]
    assert len(databases) == 3


def test_one_listener_hears_all_of_them() -> None:
    databases = Databases(2)
    heard: list[int] = []

    def hear(keyspace: object, change: object, key: bytes) -> None:
        heard.append(keyspace.index)  # type: ignore[attr-defined]

    databases.listen(hear)
    databases[1].set(b"a", b"1")
    databases[0].set(b"a", b"1")
    databases.unlisten(hear)
    databases[0].set(b"a", b"1")
    assert heard == [1, 0]


def test_the_active_cycle_shares_its_bound_and_waits_for_the_journal() -> None:
    now = 1000
    databases = Databases(2, Clock(lambda: now))
    for database in databases:
        for key in (b"a", b"b"):
            database.set(key, b"v")
            database.expire_at(key, now + 1)
    now += 5
    databases.journal.begin()
    assert databases.expire_due() == 0
    databases.journal.commit()
    assert databases.expire_due(3) == 3
    assert databases.expire_due() == 1


def test_dead_keys_that_are_kept_are_not_seen() -> None:
    now = 1000
    databases = Databases(1, Clock(lambda: now))
    database = databases[0]
    database.set(b"k", b"v")
    database.expire_at(b"k", 1010)
    databases.keep_dead(True)
    now = 1011
    assert (database.get(b"k"), database.string(b"k"), database.read_string(b"k")) == (None,) * 3
    assert b"k" not in database
    assert database.find(b"k", Hash) is None
    assert (len(database), database.expired_keys) == (1, 0)
    databases.keep_dead(False)
    assert database.get(b"k") is None
    assert (len(database), database.expired_keys) == (0, 1)


def test_a_dead_key_that_comes_by_a_swap_is_none() -> None:
    now = 1000
    databases = Databases(2, Clock(lambda: now))
    left, right = databases
    left.set(b"k", b"v")
    left.expire_at(b"k", 1010)
    left.set(b"live", b"v")
    now = 1011
    heard: list[tuple[int, Change, bytes]] = []
    databases.listen(lambda database, change, key: heard.append((database.index, change, key)))
    left.swap(right)
    assert heard == [
        (0, Change.EXPIRED, b"k"),
        (0, Change.DELETED, b"live"),
        (1, Change.WRITTEN, b"live"),
    ]
