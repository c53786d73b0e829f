"""The bounds of the plugin system."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from ferrite.plugins.limits import LIMITS


def test_every_bound_is_there_and_frozen() -> None:
    for bound in fields(LIMITS):
        assert getattr(LIMITS, bound.name) > 0
    with pytest.raises(FrozenInstanceError):
        LIMITS.reply_depth_max = 1  # type: ignore[misc]
