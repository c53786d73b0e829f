"""The rights that commands ask for; tests/plugins/test_host_api.py runs them."""

from __future__ import annotations

import pytest

from ferrite.commands import standard_registry
from ferrite.permissions import Right
from ferrite.plugins.host_api.commands import rights_of

READ, WRITE, DELETE = Right.STORAGE_READ, Right.STORAGE_WRITE, Right.STORAGE_DELETE


@pytest.mark.parametrize(
    ("access", "rights"),
    [
        ("RO access", [READ]),
        ("RO", [READ]),
        ("RW access update", [READ, WRITE]),
        ("RW update", [WRITE]),
        ("OW update", [WRITE]),
        ("RM delete", [DELETE]),
        ("RW access delete", [READ, WRITE, DELETE]),
    ],
)
def test_rights_follow_from_the_key_specification(access: str, rights: list[Right]) -> None:
    assert rights_of(access) == rights


def test_every_key_specification_asks_for_something() -> None:
    for command in standard_registry():
        for spec in command.keys:
            assert rights_of(spec.access), command.name
