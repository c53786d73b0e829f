"""The symbolic operand stack: what it puts off happens in the order of the instructions."""

from __future__ import annotations

import pytest

from tests.support import wat
from tests.support.compiled import agree, source
from wasm_vm.compiler.body import EXPRESSION_MOST, dirty_locals, zero_of
from wasm_vm.types import EXTERNREF, F64, I32, V128

FIELDS = "(memory 1) (global $g (mut i32) (i32.const 5))"


@pytest.mark.parametrize(
    "body",
    [
        # an operand that reads what is assigned before it is used
        """(local.get 0) (local.set 0 (i32.const 9)) (i32.sub (local.get 0))""",
        """(local.get 0) (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
           (i32.mul (local.get 0)) (i32.sub)""",
        """(global.get $g) (global.set $g (local.get 0)) (i32.sub (global.get $g))""",
        """(i32.add (local.get 0) (local.get 0)) (local.set 0 (i32.const 1))
           (block (result i32) (local.set 0 (i32.const 2)) (local.get 0)) (i32.sub)""",
        # a load before a store of the same place
        """(i32.store (i32.const 0) (i32.const 3)) (i32.load (i32.const 0))
           (i32.store (i32.const 0) (local.get 0)) (i32.sub (i32.load (i32.const 0)))""",
        # operands under a loop that assigns what they read
        """(local.get 0) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
           (i32.sub (local.get 0))""",
        # a trap behind operands that are never used
        """(i32.mul (local.get 0) (i32.const 3)) (drop (i32.div_u (i32.const 1)
           (i32.sub (local.get 0) (i32.const 4))))""",
        # swapping
        """(local.get 0) (global.get $g) (local.set 0) (global.set $g)
           (i32.sub (local.get 0) (global.get $g))""",
    ],
)
def test_order(body: str) -> None:
    agree(f'{FIELDS} (func (export "f") (param i32) (result i32) {body})', (4,), (7,), (1 << 31,))


def test_long_expressions_are_evaluated_in_between() -> None:
    text = "(local.get 0)" + "(i32.add (i32.mul (local.get 0) (local.get 0)))" * 60
    text = f'(func (export "f") (param i32) (result i32) {text})'
    agree(text, (3,), (0xFFFF_FFFF,))
    assert max(len(line) for line in source(text).splitlines()) < 4 * EXPRESSION_MOST


def test_facts_end_where_a_local_may_have_another_value() -> None:
    text = """(func (export "f") (param i32 i32) (result i32)
      (local.set 0 (i32.and (local.get 0) (i32.const 255)))
      (if (local.get 1) (then (local.set 0 (i32.const -5))))
      (i32.add (local.get 0) (i32.const 10)))"""
    assert agree(text, (300, 0), (300, 1)) == [(54,), (5,)]


def test_a_condition_says_something_of_its_local() -> None:
    text = """(func (export "f") (param i32) (result i32)
      (if (result i32) (i32.gt_u (local.get 0) (i32.const 3))
        (then (i32.sub (local.get 0) (i32.const 2)))
        (else (i32.sub (local.get 0) (i32.const 2)))))"""
    agree(text, (0,), (1,), (2,), (3,), (4,), (0xFFFF_FFFF,))


def test_dirty_locals_are_declared_floats_that_only_arithmetic_assigns() -> None:
    def dirty(body: str) -> frozenset[int]:
        text = f"(func (param f64) (local f64 f64 i32) {body})"
        return dirty_locals(wat.load(text).plans[0])

    assert dirty("(local.set 1 (f64.add (local.get 0) (local.get 2)))") == {1, 2}
    assert dirty("(local.set 1 (local.get 0))") == {2}
    assert dirty("(local.set 1 (local.get 2)) (local.set 2 (f64.abs (local.get 0)))") == frozenset()
    assert dirty("(local.set 1 (f64.const nan:0x4))") == {2}


def test_zeros_as_literals() -> None:
    assert [zero_of(kind) for kind in (I32, F64, EXTERNREF)] == ["0", "0.0", "None"]
    assert eval(zero_of(V128)) == bytes(16)
