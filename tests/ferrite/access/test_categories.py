"""The categories, as far as they can be told without Redis; tests/differential asks it."""

from __future__ import annotations

from ferrite.access.categories import CATEGORIES
from ferrite.commands import BUILT_IN


def test_built_in_commands_have_no_others() -> None:
    used = {
        category
        for top in BUILT_IN
        for each in (top, *top.subcommands.values())
        for category in each.categories
    }
    assert used <= set(CATEGORIES)
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 21
