from __future__ import annotations

from ferrite.keyspace.clock import Clock
from ferrite.keyspace.databases import Databases
from ferrite.watches import Watches


def test_changes_deletions_and_deaths_are_noticed() -> None:
    now = 1000
    databases = Databases(2, Clock(lambda: now))
    watches = Watches(databases)
    first, second = databases[0], databases[1]
    first.set(b"dies", b"1")
    first.expire_at(b"dies", 2000)
    watches.watch(1, first, [b"k", b"dies"])
    watches.watch(2, second, [b"k"])
    second.set(b"other", b"1")
    assert not watches.changed(1)
    first.set(b"k", b"1")
    assert watches.changed(1)
    assert watches.marked(1)
    assert not watches.changed(2)
    watches.unwatch(1)
    watches.watch(1, first, [b"dies"])
    assert not watches.changed(1)
    now = 3000
    assert watches.changed(1)


def test_a_key_that_was_dead_before_is_no_change() -> None:
    now = 1000
    databases = Databases(1, Clock(lambda: now))
    watches = Watches(databases)
    databases[0].set(b"k", b"1")
    databases[0].expire_at(b"k", 2000)
    now = 3000
    watches.watch(1, databases[0], [b"k"])
    databases[0].flush()
    assert not watches.changed(1)


def test_nobody_listens_while_nobody_watches() -> None:
    databases = Databases(1)
    watches = Watches(databases)
    watches.watch(1, databases[0], [b"k"])
    assert databases[0]._listeners
    assert (len(watches), watches.count(1)) == (1, 1)
    watches.unwatch(1)
    watches.unwatch(1)
    assert not databases[0]._listeners
    assert (len(watches), watches.count(1)) == (0, 0)
