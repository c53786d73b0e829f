from __future__ import annotations

import weakref

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


def test_versions_of_a_plugins_command_are_counted_together_and_let_go() -> None:
    usages = Usages()
    for _ in range(3):
        command = Command("p.run", lambda call, request: None, module="p")
        usages[command].note(1, 10)
        gone = weakref.ref(command.run)
        del command
        assert gone() is None
    ((stand_in, usage),) = usages.items()
    assert (stand_in.name, usage.calls, usages.calls) == ("p.run", 3, 3)
