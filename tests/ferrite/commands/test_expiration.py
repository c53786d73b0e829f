from __future__ import annotations

import pytest

from tests.support.in_process import InProcess

NOW = 1_000_400


@pytest.fixture
def client() -> InProcess:
    client = InProcess(now=lambda: NOW)
    client.reply("SET", "a", "1")
    return client


@pytest.mark.parametrize(
    ("request_", "deadline"),
    [
        (("EXPIRE", "a", "10"), NOW + 10_000),
        (("PEXPIRE", "a", "10"), NOW + 10),
        (("EXPIREAT", "a", "2000"), 2_000_000),
        (("PEXPIREAT", "a", "2000001"), 2_000_001),
    ],
)
def test_units(client: InProcess, request_: tuple[str, ...], deadline: int) -> None:
    assert client.reply(*request_) == 1
    assert client.reply("PEXPIRETIME", "a") == deadline
    assert client.reply("PTTL", "a") == deadline - NOW
    assert client.reply("EXPIRETIME", "a") == (deadline + 500) // 1000
    assert client.reply("TTL", "a") == (deadline - NOW + 500) // 1000


@pytest.mark.parametrize(
    ("present", "new", "condition", "answer"),
    [
        (None, 50, "NX", 1),
        (None, 50, "XX", 0),
        (None, 50, "GT", 0),
        (None, 50, "LT", 1),
        (50, 60, "NX", 0),
        (50, 60, "XX", 1),
        (50, 60, "GT", 1),
        (50, 50, "GT", 0),
        (50, 60, "LT", 0),
        (50, 50, "LT", 0),
        (50, 40, "LT", 1),
    ],
)
def test_conditions(
    client: InProcess, present: int | None, new: int, condition: str, answer: int
) -> None:
    if present is not None:
        client.reply("PEXPIRE", "a", present)
    assert client.reply("PEXPIRE", "a", new, condition) == answer
    expected = new if answer else present or -1
    assert client.reply("PTTL", "a") == expected


def test_the_past_deletes_at_once(client: InProcess) -> None:
    assert client.reply("PEXPIREAT", "a", NOW) == 1
    assert client.reply("EXISTS", "a") == 0
    assert client.reply("EXPIRE", "a", "-1") == 0
