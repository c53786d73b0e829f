"""Low bits that are zero before a loop and after each turn: what makes an address aligned."""

from __future__ import annotations

import pytest

from tests.support.compiled import agree, source


def walk(step: str, first: str = "(i32.const 64)") -> str:
    return f"""(memory 1) (func (export "f") (param i32) (result i32) (local i32 i32)
      (local.set 1 {first})
      (loop $l
        (i32.store (local.get 1) (local.get 0))
        (local.set 2 (i32.add (local.get 2) (i32.load (local.get 1))))
        (local.set 1 {step})
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 2))"""


@pytest.mark.parametrize(
    "step",
    [
        "(i32.add (local.get 1) (i32.const 4))",
        "(i32.sub (local.get 1) (i32.const 8))",
        "(i32.add (i32.const 16) (i32.shl (i32.and (local.get 0) (i32.const 7)) (i32.const 2)))",
        "(i32.or (local.get 1) (i32.const 12))",
        "(i32.mul (local.get 1) (i32.const 3))",
        "(i32.and (i32.add (local.get 1) (local.get 0)) (i32.const 1020))",
    ],
)
def test_a_pointer_that_stays_aligned_is_not_tested(step: str) -> None:
    text = walk(step)
    assert "UI(" not in source(text)
    agree(text, (5,))


@pytest.mark.parametrize(
    ("step", "first"),
    [
        ("(i32.add (local.get 1) (i32.const 2))", "(i32.const 64)"),
        ("(i32.add (local.get 1) (local.get 0))", "(i32.const 64)"),
        ("(i32.load (local.get 1))", "(i32.const 64)"),
        ("(i32.add (local.get 1) (i32.const 4))", "(i32.const 66)"),
        ("(i32.add (local.get 1) (i32.const 4))", "(local.get 0)"),
        ("(i32.rotl (local.get 1) (i32.const 3))", "(i32.const 64)"),
    ],
)
def test_a_pointer_that_may_lose_its_alignment_is_tested(step: str, first: str) -> None:
    text = walk(step, first)
    assert "UI(" in source(text)
    agree(text, (5,), (6,))
