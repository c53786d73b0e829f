from __future__ import annotations

import sys

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import OutOfFuel, Trap, TrapKind, UncaughtException
from wasm_vm.interpreter import REFERENCE, Machine
from wasm_vm.limits import ACTIVATION_SLOTS, HOST_CALL_SLOTS
from wasm_vm.runtime import GuestFunction

DEEP = """
(global $depth (export "depth") (mut i32) (i32.const 0))
(func $down (export "down") (param i32 i64) (result i32) (local f32 f32)
  (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
  (call $down (local.get 0) (local.get 1)))
"""
WEIGHT = ACTIVATION_SLOTS + 2 + 2 + 2
"""Two parameters, two locals, two operands at most."""


@pytest.mark.parametrize("slots", [0, WEIGHT - 1, WEIGHT, 10 * WEIGHT - 1, 10 * WEIGHT, 262_144])
def test_the_stack_ends_at_the_same_activation_everywhere(slots: int) -> None:
    instance = wat.instance(DEEP, limits=wasm_vm.Limits(call_stack=slots))
    with pytest.raises(Trap) as caught:
        instance.invoke("down", 1, 2)
    assert caught.value.kind is TrapKind.CALL_STACK
    depth = instance.exports["depth"]
    assert isinstance(depth, wasm_vm.Global)
    assert depth.value == slots // WEIGHT
    assert instance.store.slots == slots
    # Each activation: entry, get, const, add, set, two gets, the call that at last fails.
    assert instance.fuel.used == 8 * (slots // WEIGHT)


def test_recursion_of_guests_uses_no_python_stack() -> None:
    instance = wat.instance(
        """(func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 0))))""",
        engine=wasm_vm.Engine.REFERENCE,
    )
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(5_000)
    try:
        assert instance.invoke("f", 10_000) == 10_000
    finally:
        sys.setrecursionlimit(before)


def test_backtraces_are_innermost_first_with_names_and_offsets() -> None:
    binary = wat.assemble(
        """(func $inner unreachable) (func $middle (nop) (call $inner) (nop))
        (func (export "f") (call $middle))"""
    )
    instance = wasm_vm.instantiate(wasm_vm.load(binary))
    with pytest.raises(Trap) as caught:
        instance.invoke("f")
    frames = caught.value.backtrace
    assert [(frame.function, frame.name) for frame in frames] == [
        (0, "inner"),
        (1, "middle"),
        (2, None),
    ]
    assert [binary[frame.offset] for frame in frames] == [0x00, 0x10, 0x10]


def test_backtraces_of_deep_recursions_are_cut() -> None:
    with pytest.raises(Trap) as caught:
        wat.instance(DEEP).invoke("down", 1, 2)
    assert len(caught.value.backtrace) == 64
    assert {frame.name for frame in caught.value.backtrace} == {"down"}


def test_a_machine_that_ran_out_of_fuel_goes_on_after_a_refill() -> None:
    instance = wat.instance(
        """(func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "f") (result i32) (call $twice (call $twice (i32.const 5))))""",
        limits=wasm_vm.Limits(fuel=0),
    )
    function = instance.function("f")
    assert isinstance(function, GuestFunction)
    machine = Machine(instance.store)
    machine.enter(function, [])
    stops: list[int] = []
    results = None
    while results is None:
        try:
            results = machine.run()
        except OutOfFuel as error:
            stops.append(error.used)
            instance.fuel.refill(1)
    assert list(results) == [20]
    assert stops == list(range(12))
    assert instance.fuel.used == 12


def test_given_up_activations_free_their_slots() -> None:
    instance = wat.instance(DEEP, limits=wasm_vm.Limits(fuel=100))
    function = instance.function("down")
    assert isinstance(function, GuestFunction)
    machine = Machine(instance.store)
    machine.enter(function, [1, 2])
    with pytest.raises(OutOfFuel):
        machine.run()
    assert instance.store.slots < instance.store.limits.call_stack
    machine.unwind()
    assert instance.store.slots == instance.store.limits.call_stack
    assert machine.frames == []


REENTRY = """
(import "env" "again" (func $again (param i32)))
(func (export "f") (param i32) (call $again (local.get 0)))
"""


def reentry(limits: wasm_vm.Limits) -> tuple[wasm_vm.Instance, list[int]]:
    depth = [0]

    @wasm_vm.host_function
    def again(caller: wasm_vm.Caller, left: wasm_vm.i32) -> None:
        depth[0] += 1
        caller.instance.invoke("f", left - 1)

    return wat.instance(REENTRY, {"env": {"again": again}}, limits=limits), depth


@pytest.mark.parametrize(
    ("limits", "calls"),
    [
        (wasm_vm.Limits(), 262_144 // (HOST_CALL_SLOTS + ACTIVATION_SLOTS + 2)),
        (wasm_vm.Limits(host_reentries=5), 5),
        (wasm_vm.Limits(call_stack=3 * HOST_CALL_SLOTS + 100), 3),
        (wasm_vm.Limits(call_stack=HOST_CALL_SLOTS + ACTIVATION_SLOTS + 1), 0),
    ],
)
def test_calls_back_from_the_host_are_counted_on_the_call_stack(
    limits: wasm_vm.Limits, calls: int
) -> None:
    instance, depth = reentry(limits)
    with pytest.raises(Trap) as caught:
        instance.invoke("f", 1)
    assert caught.value.kind is TrapKind.CALL_STACK
    assert depth == [calls]
    assert instance.store.slots == limits.call_stack
    assert instance.store.reentries == 0


def test_a_backtrace_goes_on_below_a_call_back_from_the_host() -> None:
    @wasm_vm.host_function
    def back(caller: wasm_vm.Caller) -> None:
        caller.instance.invoke("inner")

    instance = wat.instance(
        """(import "env" "back" (func $back)) (func $inner (export "inner") unreachable)
        (func $outer (export "f") (call $back))""",
        {"env": {"back": back}},
    )
    with pytest.raises(Trap) as caught:
        instance.invoke("f")
    assert [frame.name for frame in caught.value.backtrace] == ["inner", "outer"]


EXCEPTIONS = """
(type $f (func (param i32) (result i32))) (tag $tag (export "tag") (param i32)) (tag $other)
(import "env" "again" (func $again))
(func $deep (export "deep") (param i32) (result i32)
  (if (i32.eqz (local.get 0)) (then (throw $tag (i32.const 42))))
  (i32.add (i32.const 0) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
(func (export "caught") (param i32) (result i32)
  (block $never
    (block $h (result i32)
      (try_table (result i32) (catch $other $never) (catch $tag $h) (catch_all $never)
        (i32.const 1) (i32.const 2) (call $deep (local.get 0)) (drop) (drop))
      (return))
    (return (i32.add (i32.const 100))))
  (i32.const -1))
(func (export "nearest") (result i32)
  (block $outer (result i32) (block $inner (result i32)
    (try_table (result i32) (catch $tag $outer)
      (try_table (result i32) (catch $tag $inner) (throw $tag (i32.const 7)))))
    (return (i32.add (i32.const 1)))))
(func (export "rethrown") (result i32)
  (block $outer (result i32) (block $inner (result exnref)
      (try_table (catch_all_ref $inner) (throw $tag (i32.const 7))) unreachable)
    (try_table (param exnref) (catch $tag $outer) (throw_ref)) unreachable))
(func (export "host") (result i32)
  (block $h (try_table (catch_all $h) (call $again)) (return (i32.const 0))) (i32.const 1))
(func (export "behind") (result i32)
  (block $h (try_table (catch_all $h)) (throw $tag (i32.const 3))) (i32.const 1))
"""


def exceptions() -> wasm_vm.Instance:
    @wasm_vm.host_function
    def again(caller: wasm_vm.Caller) -> None:
        caller.instance.invoke("deep", 5)

    return wat.instance(EXCEPTIONS, {"env": {"again": again}})


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("caught", (0,), 142),
        ("caught", (5_000,), 142),
        ("nearest", (), 8),
        ("rethrown", (), 7),
        ("host", (), 1),
    ],
)
def test_exceptions_leave_activations_up_to_who_catches_them(
    name: str, arguments: tuple[int, ...], expected: int
) -> None:
    instance = exceptions()
    assert instance.invoke(name, *arguments) == expected
    assert instance.store.slots == instance.store.limits.call_stack
    assert instance.store.reentries == 0


def test_an_exception_that_nobody_catches_ends_the_call() -> None:
    instance = exceptions()
    for name, arguments, values in (("deep", (100,), [42]), ("behind", (), [3])):
        with pytest.raises(UncaughtException) as caught:
            instance.invoke(name, *arguments)
        assert caught.value.exception.values == values
        assert caught.value.exception.tag is instance.exports["tag"]
        assert instance.store.slots == instance.store.limits.call_stack
    assert instance.invoke("nearest") == 8


def test_traps_are_no_exceptions() -> None:
    instance = wat.instance(
        '(func (export "f") (block $h (try_table (catch_all $h) (unreachable))))'
    )
    with pytest.raises(Trap):
        instance.invoke("f")


def test_tail_calls_use_no_room() -> None:
    instance = wat.instance(
        """(type $f (func (param i32) (result i32))) (table funcref (elem $c))
        (func $a (export "f") (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 5))))
          (return_call $b (i32.sub (local.get 0) (i32.const 1))))
        (func $b (param i32) (result i32)
          (return_call_indirect (type $f) (local.get 0) (i32.const 0)))
        (func $c (param i32) (result i32) (return_call_ref $f (local.get 0) (ref.func $a)))""",
        limits=wasm_vm.Limits(call_stack=2 * WEIGHT),
    )
    assert instance.invoke("f", 10_000) == 5
    assert instance.store.slots == 2 * WEIGHT


def test_host_functions_may_be_called_in_tail_position() -> None:
    @wasm_vm.host_function
    def add(a: wasm_vm.i32, b: wasm_vm.i32) -> wasm_vm.i32:
        return a + b

    instance = wat.instance(
        """(import "env" "add" (func $add (param i32 i32) (result i32)))
        (func $f (result i32) (i32.const 9) (return_call $add (i32.const 1) (i32.const 2)))
        (func (export "f") (result i32) (i32.add (i32.const 100) (call $f)))""",
        {"env": {"add": add}},
    )
    assert instance.invoke("f") == 103


def test_host_results_replace_the_arguments() -> None:
    @wasm_vm.host_function
    def swap(a: wasm_vm.i32, b: wasm_vm.i32) -> tuple[wasm_vm.i32, wasm_vm.i32]:
        return b, a

    instance = wat.instance(
        """(import "env" "swap" (func $swap (param i32 i32) (result i32 i32)))
        (func (export "f") (result i32 i32 i32)
          (i32.const 7) (call $swap (i32.const 1) (i32.const 2)))""",
        {"env": {"swap": swap}},
    )
    assert instance.invoke("f") == (7, 2, 1)


def test_the_engine_leaves_the_stack_clean_after_every_end() -> None:
    instance = wat.instance('(func (export "f") (result i32) (i32.const 3))')
    function = instance.function("f")
    assert isinstance(function, GuestFunction)
    assert list(REFERENCE.invoke(function, [])) == [3]
    assert instance.store.slots == instance.store.limits.call_stack
