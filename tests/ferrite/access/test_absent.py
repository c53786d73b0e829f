"""Names of Redis commands that are not served here; tests/differential asks Redis for all."""

from __future__ import annotations

import pytest

from ferrite.access.absent import ABSENT, is_absent
from ferrite.access.user import User
from ferrite.commands import BUILT_IN


def test_what_is_served_is_not_listed() -> None:
    assert not [name for name in ABSENT if BUILT_IN.get(name) is not None]


@pytest.mark.parametrize("name", ["eval", "xadd", "script|load", "xinfo|stream"])
def test_absent_names(name: str) -> None:
    assert is_absent(name)
    user = User(b"bob", BUILT_IN, all_channels=False)
    user.change((f"+{name}".encode(), b"+@all", f"-{name}".encode()))
    assert user.describe().endswith(f"+@all -{name}".encode())


@pytest.mark.parametrize("name", ["get", "nosuch", "config|nosuch", "nosuch|eval"])
def test_other_names(name: str) -> None:
    assert not is_absent(name)
