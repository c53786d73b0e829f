"""How a call ended, in words."""

from __future__ import annotations

import pytest

from ferrite.hooks import Event
from ferrite.plugins.host_api import Invocation
from ferrite.plugins.host_api.context import HookView
from ferrite.plugins.recording import outcome
from ferrite.plugins.scheduler import GuestStopped
from tests.support.wat import instance
from wasi import ProcessExit
from wasm_vm import Global, GlobalType, OutOfFuel, Trap, TrapKind


def test_replies() -> None:
    invocation = Invocation("command")
    end = outcome.returned(invocation, 0, 7, None)
    assert (end.kind, end.reply, end.fuel, end.memory) == ("return", b"+OK\r\n", 7, 0)
    assert outcome.returned(invocation, 3, 0, None).reply == b"-ERR plugin returned 3\r\n"
    invocation.reply.add_error("CUSTOM no")
    end = outcome.returned(invocation, 0, 0, None)
    assert (end.kind, end.reply) == ("error", b"-CUSTOM no\r\n")
    broken = Invocation("command")
    broken.reply.open(list, 2)
    end = outcome.returned(broken, 0, 0, None)
    assert (end.kind, end.reply) == ("reply", b"")
    assert "misses 2" in end.text


def test_what_a_hook_says() -> None:
    view = HookView(Event.ON_KEY_WRITE)
    invocation = Invocation("OnKeyWrite", hook=view)
    assert outcome.returned(invocation, 0, 0, None).said == [b"_\r\n", b"_\r\n"]
    view.abort, view.replacement = "no", b"x"
    assert outcome.returned(invocation, 0, 0, None).said == [b"$2\r\nno\r\n", b"$1\r\nx\r\n"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Trap(TrapKind.UNREACHABLE), "trap"),
        (OutOfFuel(3, 1), "fuel"),
        (ProcessExit(4), "exit"),
        (GuestStopped("killed by PLUGIN.KILL"), "killed"),
        (GuestStopped("out of time: it is"), "timeout"),
    ],
)
def test_failures(error: Exception, kind: str) -> None:
    end = outcome.failed(error, 9)
    assert (end.kind, end.text, end.fuel, end.memory) == (kind, str(error), 9, 0)


def test_checksums_tell_memories_and_globals_apart() -> None:
    fields = """(memory 1) (global (mut i32) (i32.const 1)) (global funcref (ref.null func))
        (global (mut f64) (f64.const 0))"""
    first, second = instance(fields), instance(fields)
    assert outcome.checksum(first) == outcome.checksum(second) > 0
    second.memories[0].write(65_535, b"\x01")
    assert outcome.checksum(first) != outcome.checksum(second)
    second.memories[0].write(65_535, b"\x00")
    second.globals[2].value = -0.0
    assert outcome.checksum(first) != outcome.checksum(second)
    assert outcome.checksum(instance("")) > 0 == outcome.checksum(None)
    assert isinstance(first.globals[0], Global)
    assert isinstance(first.globals[0].type, GlobalType)
