from __future__ import annotations

from ferrite.config import Config
from ferrite.keyspace.thresholds import DefaultThresholds, Thresholds


def test_the_defaults_are_those_of_the_configuration() -> None:
    limits: Thresholds = Config().redis
    defaults = DefaultThresholds()
    for name in DefaultThresholds.__slots__:
        assert getattr(defaults, name) == getattr(limits, name)
