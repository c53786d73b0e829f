"""Calls: arguments, results, types that are checked, tail calls, exceptions thrown."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support.compiled import agree, instance_of, source

TABLE = """(type $t (func (param i32) (result i32))) (type $other (func (result i32)))
  (table 5 funcref) (elem (i32.const 0) func $double $none)
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $none (result i32) (i32.const 9))"""


def test_call_indirect_checks_index_element_and_type() -> None:
    text = f"""{TABLE} (func (export "f") (param i32) (result i32)
      (call_indirect (type $t) (i32.const 21) (local.get 0)))"""
    ends = agree(text, (0,), (1,), (2,), (5,), (0xFFFF_FFFF,))
    assert ends[0] == (42,)
    assert [(end[0].name, end[1]) for end in ends[1:]] == [
        ("INDIRECT_CALL_TYPE", "expected [i32] -> [i32], found [] -> [i32]"),
        ("UNINITIALIZED_ELEMENT", "2"),
        ("UNDEFINED_ELEMENT", "5 of 5"),
        ("UNDEFINED_ELEMENT", "4294967295 of 5"),
    ]


def test_call_ref_of_null() -> None:
    text = f"""{TABLE} (elem declare func $double) (func (export "f") (param i32) (result i32)
      (call_ref $t (i32.const 3) (if (result (ref null $t)) (local.get 0)
        (then (ref.func $double)) (else (ref.null $t)))))"""
    ends = agree(text, (1,), (0,))
    assert ends[0] == (6,)
    assert ends[1][0] is wasm_vm.TrapKind.NULL_FUNCTION


def test_several_results() -> None:
    text = """(func $three (param i32) (result i32 f64 i64)
        (local.get 0) (f64.const 2.5) (i64.const -1))
      (func (export "f") (param i32) (result i64 i32) (local i64)
        (call $three (local.get 0)) (local.set 1) (drop) (drop) (local.get 1) (i32.const 4))"""
    assert agree(text, (3,)) == [((1 << 64) - 1, 4)]


def test_a_callee_sees_globals_as_they_are_and_may_change_them() -> None:
    text = """(global $g (mut i32) (i32.const 1))
      (func $bump (result i32) (global.set $g (i32.add (global.get $g) (i32.const 10)))
        (global.get $g))
      (func (export "f") (result i32)
        (global.set $g (i32.const 5))
        (i32.sub (global.get $g) (i32.mul (call $bump) (global.get $g))))"""
    assert agree(text, ()) == [(((5 - 15 * 15) & 0xFFFF_FFFF),)]


@pytest.mark.parametrize("kind", ["call $end", "call_indirect (type $t)", "call_ref $t"])
def test_tail_calls_in_place(kind: str) -> None:
    callee = {"call $end": "", "call_indirect (type $t)": "(i32.const 0)"}
    text = f"""(type $t (func (param i32) (result i32))) (table funcref (elem $end))
      (func $end (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.const 3)) (else (unreachable))))
      (func (export "f") (param i32) (result i32)
        (return_{kind} (local.get 0) {callee.get(kind, "(ref.func $end)")}))"""
    ends = agree(text, (1,), (0,))
    assert ends[0] == (3,)
    assert len(ends[1][2]) == 1  # the caller is gone


def test_a_tail_call_of_the_host_and_of_too_many_slots() -> None:
    text = """(import "host" "picky" (func $picky (param i32) (result i32)))
      (func (export "f") (param i32) (result i32) (return_call $picky (local.get 0)))"""
    assert agree(text, (3,), (7,)) == [(4,), "host bug"]
    wide = "(local" + " i32" * 20_000 + ")"
    text = f"""(func $wide {wide}) (func $middle (return_call $wide))
      (func (export "f") (call $middle))"""
    ((kind, _, backtrace),) = agree(text, ())
    assert kind is wasm_vm.TrapKind.CALL_STACK
    assert [frame.name or frame.function for frame in backtrace] == [2]


def test_arity_is_fixed() -> None:
    text = '(func $g (param i32 i32)) (func (export "f") (call $g (i32.const 1) (i32.const 2)))'
    assert "fn0(1, 2, d - " in source(text, 1)


def test_a_host_function_gets_exact_fuel_between_calls() -> None:
    text = """(import "host" "charging" (func $c (param i32) (result i32)))
      (func (export "f") (result i32)
        (i32.add (call $c (i32.const 3)) (i32.mul (i32.const 100) (call $c (i32.const 2)))))"""
    assert agree(text, ()) == [(6 + 100 * 11,)]


def test_throw_carries_values_and_throw_ref_of_null_traps() -> None:
    text = """(tag $t (param i32 i64)) (func (export "f") (param i32)
      (if (local.get 0) (then (throw $t (local.get 0) (i64.const 2))))
      (throw_ref (ref.null exn)))"""
    thrown, trap = agree(text, (5,), (0,))
    assert thrown[:2] == ("exception", [5, 2])
    assert trap[0] is wasm_vm.TrapKind.NULL_EXCEPTION


def test_a_function_of_another_instance_is_called_directly() -> None:
    first = instance_of('(func (export "g") (param i32) (result i32) (local.get 0))')
    second = instance_of(
        """(import "a" "g" (func $g (param i32) (result i32)))
        (func (export "f") (result i32) (call $g (i32.const 8)))""",
        imports={"a": first.exports},
    )
    assert second.invoke("f") == 8
