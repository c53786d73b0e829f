"""The generated functions of an instance: how they are linked, and what they call."""

from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support.compiled import agree, instance_of
from wasm_vm.compiler.unit import TailCall, fixed
from wasm_vm.runtime import GuestFunction


def test_functions_of_fixed_arity() -> None:
    calls: list[Any] = []
    run = fixed("reference", 3, lambda *given: calls.append(given), "who")
    run(1, 2, 3, 99)
    assert calls == [("who", [1, 2, 3], 99)]
    with pytest.raises(TypeError):
        run(1, 2, 99)
    assert fixed("less", 1, lambda value, free: (value, free), 10)(5, 100) == (5, 90)


def test_a_trampoline_runs_until_there_is_a_result() -> None:
    def body(number: int, free: int) -> Any:
        return TailCall(lambda: body(number - 1, free)) if number else "done"

    assert fixed("trampoline", 1, body, TailCall)(10_000, 7) == "done"


def test_a_stub_stands_in_until_the_function_is_linked() -> None:
    instance = instance_of(
        """(func $g (result i32) (i32.const 4)) (func (export "f") (result i32) (call $g))""",
        prepare=False,
    )
    guest = instance.functions[0]
    assert isinstance(guest, GuestFunction)
    results = [instance.invoke("f") for _ in range(4)]
    assert results == [4] * 4
    assert guest.entry_type is guest.defined
    assert guest.entry is not None
    assert guest.entry.__code__.co_filename == "<wasm function 0>"
    assert instance.unit.namespace.names["fn0"] is guest.entry


def test_host_functions_of_each_number_of_results() -> None:
    seen: list[Any] = []

    @wasm_vm.host_function
    def none(value: wasm_vm.i32) -> None:
        seen.append(value)

    @wasm_vm.host_function
    def one(value: wasm_vm.i32) -> wasm_vm.i32:
        return value + 1

    @wasm_vm.host_function
    def two(value: wasm_vm.i32) -> tuple[wasm_vm.i32, wasm_vm.i64]:
        return value, -1

    instance = instance_of(
        """(import "h" "none" (func $none (param i32)))
        (import "h" "one" (func $one (param i32) (result i32)))
        (import "h" "two" (func $two (param i32) (result i32 i64)))
        (func (export "f") (result i32 i64) (call $none (i32.const -3))
          (call $two (call $one (i32.const 5))))""",
        imports={"h": {"none": none, "one": one, "two": two}},
    )
    assert instance.invoke("f") == (6, -1)
    assert seen == [-3]
    assert (instance.store.slots, instance.store.reentries) == (
        instance.store.limits.call_stack,
        0,
    )


def test_calls_into_the_host_are_bounded() -> None:
    depth = 0

    @wasm_vm.host_function
    def back(caller: wasm_vm.Caller) -> None:
        nonlocal depth
        depth += 1
        caller.instance.invoke("f")

    instance = instance_of(
        '(import "h" "back" (func $back)) (func (export "f") (call $back))',
        imports={"h": {"back": back}},
        limits=wasm_vm.Limits(host_reentries=5),
    )
    with pytest.raises(wasm_vm.Trap) as caught:
        instance.invoke("f")
    assert caught.value.kind is wasm_vm.TrapKind.CALL_STACK
    assert depth == 5
    assert [frame.function for frame in caught.value.backtrace] == [1] * 6


def test_a_subtype_may_be_called_where_its_supertype_is_asked_for() -> None:
    text = """(type $super (sub (func (result i32)))) (type $sub (sub $super (func (result i32))))
      (table funcref (elem $g)) (func $g (type $sub) (i32.const 6))
      (func (export "f") (result i32) (call_indirect (type $super) (i32.const 0)))"""
    assert agree(text, ()) == [(6,)]


def test_a_function_of_another_engine() -> None:
    store = wasm_vm.Store(wasm_vm.Limits(fuel=1000))
    other = instance_of(
        '(func (export "g") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))',
        engine=wasm_vm.Engine.REFERENCE,
        store=store,
    )
    instance = instance_of(
        """(import "a" "g" (func $g (param i32) (result i32)))
        (func (export "f") (result i32) (call $g (call $g (i32.const 1))))""",
        imports={"a": other.exports},
        store=store,
    )
    assert instance.invoke("f") == 3
    assert store.meter.used == 1 + 1 + 2 * (1 + 1 + 3)


def test_an_exception_of_the_host_passes_unchanged() -> None:
    class Bug(IndexError):
        pass

    @wasm_vm.host_function
    def broken() -> None:
        raise Bug

    instance = instance_of(
        '(import "h" "broken" (func $b)) (memory 1) (func (export "f") (call $b))',
        imports={"h": {"broken": broken}},
    )
    with pytest.raises(Bug):
        instance.invoke("f")


def test_an_observed_store_runs_in_the_reference_engine() -> None:
    seen: list[int] = []
    store = wasm_vm.Store(observer=lambda frame, at: seen.append(at))
    instance = instance_of('(func (export "f") (result i32) (i32.const 3))', store=store)
    assert instance.invoke("f") == 3
    assert seen == [0, 1]
