from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import wasi
import wasm_vm
from tests.support import wat
from tests.support.guests import Guest
from tests.support.require import require
from tests.support.wasi_calls import (
    BUFFER,
    EVERY_RIGHT,
    READ_WRITE,
    RESULT,
    ROOT,
    Calls,
    host_descriptors,
    text_of_all_calls,
)

HELLO = f"""
(import "{wasi.MODULE}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
(import "{wasi.MODULE}" "proc_exit" (func $exit (param i32)))
(memory (export "memory") 1)
(data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")
(data (i32.const 16) "hello\\0a")
(func (export "_start")
  (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
  (call $exit (i32.const 7))
  (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))))
"""


def test_the_example_of_the_documentation() -> None:
    host = wasi.Wasi(
        args=["prog", "x"],
        env={"A": "1"},
        stdin=b"",
        policy=wasi.Policy.default(),
        clock=None,
        seed=None,
    )
    instance = wasm_vm.instantiate(wasm_vm.load(wat.assemble(HELLO)), host.imports())
    code = host.start(instance)
    assert (code, host.stdout, host.stderr) == (7, b"hello\n", b"")
    assert [(event.name, event.errno) for event in host.events] == [
        ("fd_write", 0),
        ("proc_exit", 0),
    ]


def start(text: str) -> int:
    system = wasi.Wasi()
    return system.start(wat.instance(text, system.imports()))


def test_the_entry_points_in_their_order() -> None:
    assert start('(func (export "_start"))') == 0
    assert start('(func (export "_initialize"))') == 0
    assert start('(func (export "_start")) (func (export "_initialize") unreachable)') == 0
    assert start('(memory (export "_start") 1) (func (export "_initialize"))') == 0
    with pytest.raises(wasm_vm.BadCall, match="exports neither _start nor _initialize"):
        start('(func (export "main"))')
    with pytest.raises(wasm_vm.BadCall, match="takes 1 arguments"):
        start('(func (export "_start") (param i32))')


def test_traps_of_the_program_pass() -> None:
    with pytest.raises(wasm_vm.Trap):
        start('(func (export "_start") unreachable)')


def test_events_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wasi.system.EVENTS_MAX", 3)
    guest = Guest(wasi.Wasi(), "fd_close")
    for descriptor in range(10, 15):
        guest(descriptor)
    assert [event.arguments for event in guest.system.events] == [(12,), (13,), (14,)]


def test_systems_share_nothing() -> None:
    first, second = wasi.Wasi(seed=1), wasi.Wasi(seed=1)
    Guest(first, "random_get")(0, 8)
    Guest(first, "fd_close")(2)
    assert not second.events
    assert Guest(second, "fd_close")(2) == 0
    assert first.random.random() != second.random.random()


def test_runs_with_the_same_inputs_are_the_same() -> None:
    """Results, output and fuel: nothing of the host's own time or chance gets in."""
    runs = []
    for _ in range(2):
        host = wasi.Wasi(args=["x"], seed=4)
        instance = wat.instance(HELLO, host.imports())
        runs.append((host.start(instance), host.stdout, instance.fuel.used, list(host.events)))
    assert runs[0] == runs[1]


def test_wasmtime_links_the_same_calls_with_the_same_types() -> None:
    require("wasmtime")
    import wasmtime

    engine = wasmtime.Engine()
    store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
    store.set_wasi(wasmtime.WasiConfig())
    linker.define_wasi()
    module = wasmtime.Module(engine, wat.assemble(text_of_all_calls()))
    linker.instantiate(store, module)
    assert len(module.imports) == len(wasi.CALLS) == 46, "preview 1 and sock_accept"


def test_every_path_call_can_be_refused_by_one_pattern(tmp_path: Path) -> None:
    policy = wasi.Policy(restricted=("path_*",), errno=wasi.Errno.ROFS)
    guest = Calls(tmp_path, policy=policy)
    calls = [name for name in wasi.CALLS if name.startswith("path_")]
    for name in calls:
        kinds = wasi.CALLS[name].type.parameters
        assert guest(name, 3, *[0] * (len(kinds) - 1)) is wasi.Errno.ROFS
    assert [event.name for event in guest.system.events] == calls
    assert {event.decision for event in guest.system.events} == {wasi.Decision.DENIED}
    assert guest("fd_readdir", 3, 0, 0, 0, 0) is wasi.Errno.SUCCESS


def test_every_path_call_can_stop_the_guest(tmp_path: Path) -> None:
    guest = Calls(tmp_path, policy=wasi.Policy(restricted=("path_*",), kill=True))
    for name in (name for name in wasi.CALLS if name.startswith("path_")):
        kinds = wasi.CALLS[name].type.parameters
        with pytest.raises(wasm_vm.Trap, match=f"{name} is not allowed"):
            guest(name, 3, *[0] * (len(kinds) - 1))


def view(guest: Calls) -> list[object]:
    """What the guest sees of its descriptors: which there are, rights, flags and positions."""
    found: list[object] = []
    for fd in range(9):
        found.append(guest("fd_fdstat_get", fd, RESULT))
        found.append(guest.memory.read(RESULT, 24))
        found.append((guest("fd_tell", fd, RESULT), guest.number(8)))
    return found


def test_a_saved_view_comes_back_whatever_the_guest_does(tmp_path: Path) -> None:
    """Random calls on descriptors; afterwards all is as it was, and nothing of the host is open
    that was not before."""
    chance = Random(3)
    (tmp_path / "a").write_bytes(b"0123456789")
    (tmp_path / "b").mkdir()
    guest = Calls(tmp_path, stdin=b"input")
    with guest.system as system:
        opened = guest.open("a", rights=EVERY_RIGHT)
        guest("fd_seek", opened, 4, 0, RESULT)
        guest("random_get", BUFFER, 3)
        before, restore = view(guest), system.save()
        count = host_descriptors()
        streams = []
        for _ in range(30):
            guest("random_get", BUFFER, 8)
            streams.append(guest.memory.read(BUFFER, 8))
            for _ in range(12):
                fd, other = chance.randrange(7), chance.randrange(7)
                what = chance.randrange(8)
                if what == 0:
                    guest("fd_close", fd)
                elif what == 1:
                    guest("fd_renumber", fd, other)
                elif what == 2:
                    guest("fd_fdstat_set_rights", fd, chance.choice((0, int(READ_WRITE))), 0)
                elif what == 3:
                    guest("fd_fdstat_set_flags", fd, chance.choice((0, 1)))
                elif what == 4:
                    guest("fd_seek", fd, chance.randrange(9), 0, RESULT)
                elif what == 5:
                    guest("fd_readdir", fd, BUFFER, 200, 0, RESULT)
                elif what == 6:
                    guest("path_open", ROOT, 0, "a", 0, int(READ_WRITE), 0, 0, RESULT)
                else:
                    guest("path_open", ROOT, 0, "b", 0, EVERY_RIGHT, EVERY_RIGHT, 0, RESULT)
            system.frozen_time_ns += 5
            restore()
            assert view(guest) == before
            assert system.frozen_time_ns == 0
            assert host_descriptors() == count
        assert len(set(streams)) == 1
    assert host_descriptors() < count


def test_a_quota_comes_back() -> None:
    system = wasi.Wasi(policy=wasi.Policy(write_bytes_max=10))
    restore = system.save()
    system.quota.take(4)
    restore()
    assert system.quota.left == 10
