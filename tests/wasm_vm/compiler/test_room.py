"""Who gets room, that it changes no outcome, and that it leaves nothing behind."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

import pytest

import wasm_vm
from tests.support.compiled import instance_of
from tests.support.wat import load
from wasm_vm.compiler import room

DOWN = """(import "host" "h" (func $h (result i32)))
    (func $down (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
            (else (call $h))))
    (func (export "trap") (param i32) (result i32) (unreachable))"""
SLOTS = 16 + 1 + 3


@wasm_vm.host_function
def h() -> wasm_vm.i32:
    return 0


def instance(call_stack: int = 262_144, host: Any = h) -> wasm_vm.Instance:
    limits = wasm_vm.Limits(call_stack=call_stack)
    return instance_of(DOWN, imports={"host": {"h": host}}, limits=limits)


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The arguments of each call that gets room."""
    found: list[Any] = []
    real = room._in_large_frame

    def noted(entry: Any, arguments: list[Any], free: int) -> Any:
        found.append(arguments[0])
        return real(entry, arguments, free)

    monkeypatch.setattr(room, "_in_large_frame", noted)
    return found


def test_room_is_for_the_first_call_and_after_a_deep_one(rooms: list[int]) -> None:
    found = instance()
    for depth in (1, 2, 100, 101, 102, 3, 4, 70, 5):
        assert found.invoke("down", depth) == depth
    assert rooms == [1, 101, 102, 3]


def test_a_call_from_within_a_call_gets_none(rooms: list[int]) -> None:
    @wasm_vm.host_function
    def again(caller: wasm_vm.Caller) -> wasm_vm.i32:
        return 0 if rooms[1:] else inner.invoke("down", 200)  # type: ignore[no-any-return]

    found = instance(host=again)
    inner = wasm_vm.instantiate(
        load(DOWN), {"host": {"h": h}}, store=found.store, engine=wasm_vm.Engine.COMPILED
    )
    assert found.invoke("down", 150) == 350
    assert rooms == [150]
    assert found.invoke("down", 7) == 7
    assert rooms == [150, 7]


@pytest.mark.parametrize("turn", range(3))
def test_the_call_stack_ends_at_the_same_place_with_room_and_without(turn: int) -> None:
    found = instance(call_stack=SLOTS * 500 + 4_096)
    for depth in (10, 499, 10)[:turn]:
        found.invoke("down", depth)
    assert found.invoke("down", 499) == 499
    with pytest.raises(wasm_vm.Trap, match="call stack exhausted"):
        found.invoke("down", 500)
    assert found.store.slots == SLOTS * 500 + 4_096


def test_an_activation_heavier_than_the_cell_is_measured_by_itself() -> None:
    text = f"""(func $f (export "f") (param i32) (local {"i64 " * 4_500})
        (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))"""
    limits = wasm_vm.Limits(call_stack=3 * (4_500 + 19))
    found = instance_of(text, limits=limits)
    found.invoke("f", 2)
    with pytest.raises(wasm_vm.Trap, match="call stack exhausted"):
        found.invoke("f", 3)


def test_errors_come_out_and_nothing_holds_them() -> None:
    found = instance()
    found.invoke("down", 100)
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(wasm_vm.Trap) as caught:
            found.invoke("trap", 1)
        large = room._in_large_frame.__code__
        traceback = caught.value.__traceback__
        while traceback is not None:
            assert traceback.tb_frame.f_code is not large
            traceback = traceback.tb_next
        held = weakref.ref(caught.value)
        del caught
        assert held() is None
    finally:
        gc.enable()


def test_a_host_without_room_goes_on_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(room, "_in_large_frame", full)
    assert instance().invoke("down", 100) == 100


def test_a_guest_out_of_memory_is_not_run_twice(rooms: list[int]) -> None:
    calls = []

    @wasm_vm.host_function
    def fails() -> wasm_vm.i32:
        calls.append(1)
        raise MemoryError

    found = instance(host=fails)
    with pytest.raises(MemoryError):
        found.invoke("down", 1)
    assert (len(calls), rooms) == (1, [1])


def test_the_large_frame_is_large() -> None:
    assert room._in_large_frame.__code__.co_stacksize * 8 >= 4 << 20
    assert sys.getsizeof(room._in_large_frame.__code__) < 10_000
