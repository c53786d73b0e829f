"""[plugins] and the tables below it."""

from __future__ import annotations

import pytest

from ferrite.config import Config
from ferrite.permissions import Right


def test_grants_by_plugin() -> None:
    config = Config()
    config.read_toml(
        '[plugins.grants.a]\nstorage.read = true\nstorage.write = ["w*", "!w0"]\n'
        "system.time = false\n[plugins.grants.none]\n",
        "f",
    )
    grant = config.plugin_grants["a"]
    assert grant.reaches(Right.STORAGE_READ, b"any")
    assert grant.reaches(Right.STORAGE_WRITE, b"w1")
    assert not grant.reaches(Right.STORAGE_WRITE, b"w0")
    assert not grant.allows(Right.SYSTEM_TIME)
    assert config.plugin_grants["none"].rights == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grants = 1", "f:2: plugins.grants must be a table"),
        ("[plugins.grants.a]\nstorage = true", "storage must be a table of actions"),
        ("[plugins.grants.a]\nstorage.read = 1", "storage.read must be a boolean or an array"),
        ('[plugins.grants.a]\nsystem.time = ["x"]', "system.time cannot be narrowed"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="f:") as caught:
        Config().read_toml(f"[plugins]\n{text}\n", "f")
    assert message in str(caught.value)
