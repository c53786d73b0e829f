from __future__ import annotations

from ferrite.commands.registry import Command
from ferrite.usage import Usage, Usages


def test_calls_and_times() -> None:
    usage = Usage()
    usage.note(10, 10_000)
    usage.note(1, 5_000_000)
    assert (usage.calls, usage.microseconds) == (11, 5010)
    assert usage.percentile(50) == 1.023
    assert usage.percentile(100) > 5000
    assert usage.distribution() == {1: 10, 8192: 11}
    assert Usage().percentile(50) == 0.0


def test_bursts() -> None:
    usages = Usages()
    command = Command("x", lambda call, request: None)
    usages.note([(command, 3, 30), (command, 0, 5)])
    assert usages[command].calls == usages.calls == 3
