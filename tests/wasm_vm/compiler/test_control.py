"""Blocks, loops and branches as Python's loops: every way leads where it should."""

from __future__ import annotations

import pytest

from tests.support.compiled import agree, source

CALLS = [(number,) for number in (0, 1, 2, 3, 7, 8, 0xFFFF_FFFF)]


def function(body: str) -> str:
    return f"""(type $pair (func (param i32 i32) (result i32 i32)))
      (func (export "f") (param i32) (result i32) (local i32 i32) {body})"""


BODIES = {
    "out of three loops": """
      (loop $a (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (block $out (loop $b (local.set 2 (i32.add (local.get 2) (local.get 1)))
          (loop $c
            (br_if $out (i32.eq (local.get 2) (local.get 0)))
            (br_if $a (i32.eq (local.get 1) (i32.const 3)))
            (if (i32.gt_u (local.get 2) (i32.const 50)) (then (return (local.get 1))))
            (local.set 2 (i32.add (local.get 2) (i32.const 1)))
            (br_if $c (i32.rem_u (local.get 2) (i32.const 5))))
          (br_if $b (i32.lt_u (local.get 2) (i32.const 40)))))
        (br_if $a (i32.lt_u (local.get 1) (i32.const 6))))
      (i32.add (local.get 1) (i32.mul (local.get 2) (i32.const 100)))""",
    "operands through blocks": """
      (i32.const 7) (local.get 0)
      (block (type $pair) (br_if 0 (i32.const 1) (i32.const 2) (local.get 0)) (drop) (drop)
        (drop) (drop) (i32.const 30) (i32.const 40))
      (i32.sub)""",
    "a loop with operands": """
      (i32.const 1) (i32.const 2)
      (loop $l (type $pair)
        (i32.add) (local.get 1)
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get 1) (i32.and (local.get 0) (i32.const 7)))))
      (i32.add)""",
    "an if with operands": """
      (i32.const 5) (i32.const 6)
      (if (type $pair) (local.get 0) (then (i32.mul) (i32.const 3)))
      (i32.sub)""",
    "an if without an end of its first arm": """
      (if (local.get 0) (then (local.set 1 (i32.const 3)) (return (i32.const 9)))
        (else (local.set 1 (i32.const 4))))
      (local.get 1)""",
    "br_table with a value": """
      (block $a (result i32) (block $b (result i32) (block $c (result i32)
        (br_table $a $b $c $b (i32.const 11) (local.get 0)))
        (i32.add (i32.const 100))) (i32.add (i32.const 1000)))""",
    "branches to the function": """
      (block (br_if 1 (i32.const 5) (i32.eqz (local.get 0))) (drop)
        (loop (br_table 2 2 2 (i32.const 6) (local.get 0))))
      (i32.const 8)""",
    "dead code": """
      (block (br 0) (loop (br 0)) (unreachable))
      (block (result i32) (local.get 0) (br 0) (i32.add) (drop) (i32.const 1))""",
    "a loop that is never left at its end": """
      (loop $l (result i32) (local.set 1 (i32.add (local.get 1) (i32.const 2)))
        (if (i32.gt_u (local.get 1) (i32.and (local.get 0) (i32.const 15)))
          (then (return (local.get 1))))
        (br $l))""",
    "many ifs in a row": "".join(
        f"(if (i32.and (local.get 0) (i32.const {1 << bit})) (then (local.set 1"
        f" (i32.add (i32.mul (local.get 1) (i32.const 3)) (i32.const {bit})))))"
        for bit in range(8)
    )
    + "(local.get 1)",
}


@pytest.mark.parametrize("name", BODIES)
def test_ways(name: str) -> None:
    agree(function(BODIES[name]), *CALLS)


def test_a_forward_branch_is_an_if_around_the_rest() -> None:
    text = function(
        """(block $out (br_if $out (local.get 0)) (local.set 1 (i32.const 3)))
        (local.get 1)"""
    )
    assert "while" not in source(text)
    assert agree(text, (0,), (1,)) == [(3,), (0,)]


def test_a_chain_of_ends_is_one_break() -> None:
    inner = "(loop $l (br_if $out (i32.const 1)) (br $l))"
    text = function(f"(block $out (block (block (block {inner})))) (i32.const 4)")
    assert "x_" not in source(text)
    assert agree(text, (0,)) == [(4,)]
