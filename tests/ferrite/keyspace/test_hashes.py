from __future__ import annotations

from ferrite.keyspace.hashes import Hash
from ferrite.keyspace.thresholds import DefaultThresholds


def test_fields() -> None:
    found = Hash(DefaultThresholds())
    assert found.put(b"a", b"1")
    assert not found.put(b"a", b"2")
    assert found.fields == {b"a": b"2"}
    assert not found.remove(b"b")
    assert found.remove(b"a")
    assert len(found) == 0


def test_once_large_always_large() -> None:
    for field, value in ((b"f", b"v" * 4), (b"f" * 4, b"v")):
        found = Hash(DefaultThresholds(hash_max_listpack_value=3))
        found.put(b"f", b"v")
        assert found.encoding == "listpack"
        found.put(field, value)
        assert found.encoding == "hashtable"
        found.remove(field)
        assert found.encoding == "hashtable"
    found = Hash(DefaultThresholds(hash_max_listpack_entries=2))
    for field in (b"a", b"b"):
        found.put(field, b"")
    assert found.compact
    found.put(b"c", b"")
    assert not found.compact


def test_the_scan_order_follows_the_changes() -> None:
    found = Hash(DefaultThresholds())
    found.put(b"a", b"")
    assert len(found.order) == 1
    found.put(b"b", b"")
    found.put(b"b", b"2")
    found.remove(b"a")
    assert found.order.page(0, 10) == (0, [b"b"])
