"""Which names rules may have."""

from __future__ import annotations

from ferrite.access.categories import CATEGORIES
from ferrite.access.vocabulary import is_known
from ferrite.commands import standard_registry
from ferrite.commands.registry import Command


def test_names_of_now_of_before_and_of_plugins() -> None:
    registry = standard_registry()
    assert [is_known(name, registry) for name in ("get", "config|get", "@read", "a.b")] == [
        True
    ] * 4
    assert all(is_known(f"@{category}", registry) for category in CATEGORIES)
    assert not any(is_known(name, registry) for name in ("nosuch", "config|nosuch", "@nosuch"))
    registry.add(Command("nosuch", lambda call, request: None, categories=("nosuch",)))
    registry.remove("nosuch")
    assert is_known("nosuch", registry)
    assert is_known("@nosuch", registry)
