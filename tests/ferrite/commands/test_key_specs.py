from __future__ import annotations

import pytest

from ferrite.commands import standard_registry
from ferrite.commands.key_specs import NOT_KEY
from ferrite.commands.registry import Command


@pytest.mark.parametrize(
    ("request_items", "expected"),
    [
        ([b"GET", b"k"], [(1, "RO access")]),
        ([b"COPY", b"a", b"b"], [(1, "RO access"), (2, "OW update")]),
        ([b"PING"], []),
    ],
)
def test_what_a_request_does_with_its_keys(
    request_items: list[bytes], expected: list[tuple[int, str]]
) -> None:
    assert standard_registry().find(request_items).accesses(request_items) == expected


def test_shard_channels_are_no_keys() -> None:
    command: Command = standard_registry().find([b"SPUBLISH", b"c", b"m"])
    assert any(NOT_KEY in spec.access for spec in command.keys)
    assert command.accesses([b"SPUBLISH", b"c", b"m"]) == []
