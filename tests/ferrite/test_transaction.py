from __future__ import annotations

from ferrite.transaction import Transaction


def test_begins_empty() -> None:
    assert Transaction().queued == []
    assert not Transaction().failed
