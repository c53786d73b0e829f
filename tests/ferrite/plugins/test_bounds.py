"""Of two limits the stricter wins."""

from __future__ import annotations

import pytest

from ferrite.config import Config
from ferrite.plugins.bounds import Overrides, bounds, instance_limits
from wasm_vm import PAGE_SIZE


def test_the_configuration_alone() -> None:
    config = Config()
    found = bounds(config, Overrides())
    assert found.memory_bytes == 128 << 20
    assert found.fuel == 1000 * 20_000
    assert found.timeout_ms == 5000
    assert found.handles == 10


def test_the_stricter_wins() -> None:
    config = Config()
    narrow = Overrides(memory_bytes=1 << 20, cpu_ms=10, fuel=150_000, timeout_ms=7, handles=0)
    found = bounds(config, narrow)
    assert (found.memory_bytes, found.fuel) == (1 << 20, 150_000)
    assert (found.timeout_ms, found.handles) == (7, 0)
    assert bounds(config, Overrides(cpu_ms=10, fuel=10**12)).fuel == 200_000
    assert bounds(config, Overrides(memory_bytes=1 << 40)).memory_bytes == 128 << 20
    assert instance_limits(config, narrow).memory_pages == (1 << 20) // PAGE_SIZE


def test_they_can_be_kept() -> None:
    overrides = Overrides(fuel=5).changed({"handles": 3})
    assert overrides.as_data() == {"fuel": 5, "handles": 3}
    assert Overrides.from_data(overrides.as_data()) == overrides
    for data in ({"fly": 1}, {"fuel": "1"}, {"fuel": -1}):
        with pytest.raises(ValueError, match="limit '"):
            Overrides.from_data(data)
