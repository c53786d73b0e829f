from __future__ import annotations

from pathlib import Path

import pytest

import wasi
import wasm_vm
from tests.support import wat
from tests.support.guests import Guest
from tests.support.require import require
from tests.support.wasi_calls import Calls, text_of_all_calls

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
