from __future__ import annotations

from ferrite.keyspace.sets import Set
from ferrite.keyspace.thresholds import DefaultThresholds


def test_members() -> None:
    found = Set(DefaultThresholds())
    assert found.add(b"a")
    assert not found.add(b"a")
    assert not found.remove(b"b")
    assert found.remove(b"a")
    assert len(found) == 0


def test_integers_are_listed_from_low_to_high() -> None:
    found = Set(DefaultThresholds(set_max_intset_entries=3))
    for member in (b"10", b"-5", b"9"):
        found.add(member)
    assert found.encoding == "intset"
    assert found.listing() == [b"-5", b"9", b"10"]
    found.add(b"1")
    assert found.encoding == "hashtable"


def test_what_is_no_canonical_integer_makes_a_table() -> None:
    for member in (b"a", b"01", b"+1", b"9223372036854775808", b""):
        found = Set(DefaultThresholds())
        found.add(b"1")
        found.add(member)
        found.remove(member)
        assert found.encoding == "hashtable"


def test_the_scan_order_follows_the_changes() -> None:
    found = Set(DefaultThresholds())
    found.add(b"a")
    assert len(found.order) == 1
    found.add(b"b")
    found.remove(b"a")
    assert found.order.page(0, 10) == (0, [b"b"])
