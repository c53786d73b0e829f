from __future__ import annotations

import pytest

from ferrite.commands.waiting import read_timeout
from ferrite.errors import CommandError


def test_timeouts_are_whole_milliseconds() -> None:
    assert read_timeout(b"0") == 0
    assert read_timeout(b"1.5") == 1.5
    assert read_timeout(b"0.0001") == 0.001


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"x", "timeout is not a float or out of range"),
        (b"nan", "timeout is not a float or out of range"),
        (b"-1", "timeout is negative"),
        (b"1e30", "timeout is out of range"),
        (b"inf", "timeout is out of range"),
    ],
)
def test_bad_timeouts(text: bytes, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        read_timeout(text)
