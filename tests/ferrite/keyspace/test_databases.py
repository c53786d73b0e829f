from __future__ import annotations

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.databases import Databases


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
