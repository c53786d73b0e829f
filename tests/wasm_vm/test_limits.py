from __future__ import annotations

import dataclasses

import pytest

from wasm_vm.limits import PAGE_SIZE, Limits, parse_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("65536", 65536),
        ("64KB", 65536),
        ("64 kb", 65536),
        (" 16MB ", 16 << 20),
        ("2GB", 2 << 30),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "MB", "1.5MB", "-1", "1TB", "1 MB x", "0x10", "1e3"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it as in 65536, 64KB or 16MB"):
        parse_bytes(text)


def test_limits_are_frozen_and_everything_has_a_bound() -> None:
    limits = Limits()
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.fuel = 5  # type: ignore[misc]
    assert limits.fuel is None
    for field in dataclasses.fields(limits):
        if field.name != "fuel":
            assert getattr(limits, field.name) > 0
    assert limits.memory_pages * PAGE_SIZE == 1 << 32
