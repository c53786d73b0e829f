"""What is kept of host calls and failures, and how much of it."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.reply_builder import ReplyFault
from ferrite.plugins.scheduler import GuestStopped
from ferrite.plugins.study import Study, excerpt, kind_of
from wasi import ProcessExit
from wasm_vm import LimitExceeded, OutOfFuel, Trap, TrapKind


def test_records_are_bounded_and_numbered() -> None:
    study, first, second = Study("p"), (1, "X", "u"), (2, "Y", "u")
    for number in range(LIMITS.audit_records_max + 5):
        study.note(first, "get", b"k" * 1000, -2 if number % 2 else 0, number)
    assert len(study.calls) == LIMITS.audit_records_max
    assert study.calls[0].number == 6
    assert len(study.calls[0].argument) == 64
    assert study.denied == study.made // 2
    made = study.made
    study.note(second, "set", b"k", 0, 1)
    study.note(second, "get", b"k", 0, 2)
    last = study.last_calls(second)
    assert [record.number for record in last] == [made + 1, made + 2]
    assert len(study.last_calls(first)) == LIMITS.post_mortem_calls_max - 2


def test_every_record_goes_to_the_sink() -> None:
    heard: list[tuple[str, str]] = []
    study = Study("p", lambda plugin, record: heard.append((plugin, record.function)))
    study.note((1, "X", ""), "log", None, 0, 1)
    study.note((1, "X", ""), "wasi.proc_exit", None, 0, 1, "killed")
    assert heard == [("p", "log"), ("p", "wasi.proc_exit")]
    assert study.denied == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OutOfFuel(1, 1), "fuel"),
        (GuestStopped("out of time: x"), "timeout"),
        (GuestStopped("killed"), "killed"),
        (ProcessExit(1), "exit"),
        (ReplyFault("x"), "reply"),
        (Trap(TrapKind.UNREACHABLE), "trap"),
        (LimitExceeded("total_bytes", "x"), "limit"),
        (CommandError("ERR x"), "error"),
        (ZeroDivisionError(), "internal"),
    ],
)
def test_kinds(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


def test_without_an_instance_there_is_no_memory() -> None:
    assert excerpt(None, 5) == (0, 0, b"")
