from __future__ import annotations

from ferrite.commands import BUILT_IN
from ferrite.commands.tags import HIDDEN_TAGS, Tag


def test_what_is_ours_is_not_shown() -> None:
    ping = BUILT_IN.get("ping")
    assert ping is not None
    assert Tag.HEALTH in ping.tags & HIDDEN_TAGS
    assert ping.flags == ["fast"]
