from __future__ import annotations

import pytest

from ferrite.memory_options import MemoryOrPercent


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [("0", 0, "0"), ("3mb", 3 << 20, "3145728"), ("7%", -7, "7%"), ("100%", -100, "100%")],
)
def test_bytes_or_percent(text: str, value: int, shown: str) -> None:
    kind = MemoryOrPercent()
    assert kind.from_text(text) == value
    assert kind.to_text(value) == shown


@pytest.mark.parametrize("text", ["101%", "-1%", "x%", "x", "-200"])
def test_what_is_neither(text: str) -> None:
    with pytest.raises(ValueError, match="argument"):
        MemoryOrPercent().from_text(text)
