from __future__ import annotations

from collections.abc import Iterator

import pytest

import wasi
import wasm_vm
from tests.support import wat
from tests.support.guests import Guest, call
from wasi.door import CALLS, bind, enter, system_call
from wasi.memory import GuestMemory
from wasm_vm import I32, I64, FunctionType


@pytest.fixture
def declared() -> Iterator[None]:
    """Declarations of a test do not outlive it."""
    before = dict(CALLS)
    yield
    CALLS.clear()
    CALLS.update(before)


@pytest.mark.usefixtures("declared")
def test_a_call_is_declared_by_its_body() -> None:
    @system_call("i32 i64 -> i32", group="clock")
    def made_up(system: wasi.Wasi, memory: GuestMemory, a: int, b: int) -> None:
        memory.write(a, b.to_bytes(8, "little"))

    found = CALLS["made_up"]
    assert found.type == FunctionType((I32, I64), (I32,))
    assert (found.group, found.substitute, found.body) == ("clock", None, made_up)
    with pytest.raises(ImportError, match="made_up is declared twice"):
        system_call("-> i32")(made_up)
    errno, guest = call("made_up", 16, -1, policy=wasi.Policy(frozenset({"clock"})))
    assert (errno, guest.u64(16)) == (0, 2**64 - 1)


@pytest.mark.usefixtures("declared")
def test_a_group_that_is_not_permitted_and_has_no_substitute_is_denied() -> None:
    @system_call("-> i32", group="random")
    def connect(system: wasi.Wasi, memory: GuestMemory) -> None:
        pytest.fail("the body ran")

    errno, guest = call("connect")
    assert errno == wasi.Errno.NOTCAPABLE
    assert guest.system.events[0].decision is wasi.Decision.DENIED


def test_every_call_is_written_down_with_arguments_and_fuel() -> None:
    seen: list[wasi.Event] = []
    errno, guest = call("random_get", 8, 4, on_event=seen.append)
    assert errno == 0
    (event,) = seen
    assert list(guest.system.events) == seen
    # Entry, two arguments, the call.
    assert event == wasi.Event(
        "random_get", (8, 4), wasi.Decision.SUBSTITUTED, wasi.Errno.SUCCESS, 4,
        parameters=("buffer", "size"), bytes=4,
    )  # fmt: skip


def test_arguments_in_the_audit_are_unsigned() -> None:
    _, guest = call("random_get", -1, 4)
    (event,) = guest.system.events
    assert event.arguments == (2**32 - 1, 4)
    assert event.errno is wasi.Errno.FAULT


def test_a_restricted_call_gets_the_errno_of_the_policy() -> None:
    for errno in (wasi.Errno.NOTCAPABLE, wasi.Errno.NOSYS):
        policy = wasi.Policy(restricted=("random_get",), errno=errno)
        found, guest = call("random_get", 8, 4, policy=policy)
        assert found == errno
        assert guest.memory.read(8, 4) == bytes(4)
        (event,) = guest.system.events
        assert (event.decision, event.errno) == (wasi.Decision.DENIED, errno)


def test_a_restricted_call_can_stop_the_guest() -> None:
    system = wasi.Wasi(policy=wasi.Policy(restricted=("sock_*",), kill=True))
    guest = Guest(system, "sock_shutdown")
    with pytest.raises(wasm_vm.Trap, match="sock_shutdown is not allowed") as caught:
        guest(3, 1)
    assert caught.value.kind is wasm_vm.TrapKind.HOST
    (event,) = system.events
    assert event.decision is wasi.Decision.KILLED


def test_an_exit_is_audited_and_passes() -> None:
    system = wasi.Wasi()
    with pytest.raises(wasi.ProcessExit) as caught:
        Guest(system, "proc_exit")(-1)
    assert caught.value.code == 2**32 - 1
    (event,) = system.events
    assert (event.name, event.arguments, event.errno) == ("proc_exit", (2**32 - 1,), 0)


def test_other_traps_of_a_body_are_no_errno() -> None:
    system = wasi.Wasi()

    def broken(*_: object) -> None:
        raise wasm_vm.Trap(wasm_vm.TrapKind.UNREACHABLE)

    made_up = wasi.SystemCall("made_up", FunctionType((), (I32,)), "", broken, None)
    instance = wat.instance("(memory 1)")
    with pytest.raises(wasm_vm.Trap):
        enter(system, made_up, wasm_vm.Caller(instance), [])


def test_a_guest_without_memory_is_stopped() -> None:
    text = f"""(import "{wasi.MODULE}" "sched_yield" (func $y (result i32)))
        (func (export "f") (result i32) (call $y))"""
    instance = wat.instance(text, wasi.Wasi().imports())
    with pytest.raises(wasm_vm.Trap, match="the module has no memory") as caught:
        instance.invoke("f")
    assert caught.value.kind is wasm_vm.TrapKind.HOST


def test_a_system_call_is_not_for_the_embedder_itself() -> None:
    function = bind(wasi.Wasi(), CALLS["sched_yield"])
    assert function.name == "wasi_snapshot_preview1.sched_yield"
    with pytest.raises(wasm_vm.Trap, match="needs a guest"):
        function()
