"""Switches: nested blocks as numbered parts of one Python loop."""

from __future__ import annotations

import pytest

from tests.support import wat
from tests.support.compiled import agree, source
from wasm_vm.compiler.flow import Flow
from wasm_vm.compiler.switches import spines

LABELS = (3, 5, 12, 40)


def switch(count: int, part: str = "(br $end)", index: str = "(local.get 0)") -> str:
    """As many parts; each multiplies and adds its number, and then goes on as `part` says."""
    labels = " ".join(f"$p{number}" for number in range(count))
    opened = "".join(f"(block $p{number} " for number in reversed(range(count)))
    parts = "".join(
        f") (local.set 1 (i32.add (i32.mul (local.get 1) (i32.const 7)) (i32.const {number}))) "
        + part
        for number in range(count)
    )
    return f"(block $end {opened} (br_table {labels} $end {index}) {parts})"


def function(body: str) -> str:
    return f"""(memory 1) (func (export "f") (param i32) (result i32) (local i32 i32)
      {body} (local.get 1))"""


@pytest.mark.parametrize("count", LABELS)
def test_every_part_and_the_default(count: int) -> None:
    text = function(switch(count))
    ends = agree(text, *((number,) for number in (*range(count), count, 1 << 31, 0xFFFF_FFFF)))
    assert ends == [*((number,) for number in range(count)), (0,), (0,), (0,)]


@pytest.mark.parametrize("count", LABELS)
def test_parts_that_fall_into_the_next(count: int) -> None:
    text = function(switch(count, "(br_if $end (i32.gt_u (local.get 1) (i32.const 100)))"))
    agree(text, *((number,) for number in range(count + 1)))


def test_a_switch_in_a_loop_shares_its_python_loop() -> None:
    turn = """(br_if $next (i32.lt_u
        (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 30)))"""
    index = "(i32.rem_u (i32.add (local.get 1) (local.get 2)) (i32.const 14))"
    text = function(f"(loop $next {switch(12, '(br $end)', index)} {turn})")
    agree(text, (0,))
    text = function(f"(block $out (loop $next {switch(12, '(br $next)', index)} {turn}))")
    agree(text, (0,))


def test_switches_in_parts_of_switches() -> None:
    inner = switch(6, "(br $end)", "(i32.and (local.get 1) (i32.const 7))").replace("$end", "$in")
    text = function(switch(6, inner.replace("$p", "$q")))
    agree(text, *((number,) for number in range(8)))


def test_an_index_that_may_be_negative_before_it_wraps() -> None:
    text = function(switch(8, index="(i32.sub (local.get 0) (i32.const 3))"))
    agree(text, *((number,) for number in (0, 2, 3, 10, 11, 12)))


def test_targets_outside_of_the_switch() -> None:
    body = """(block $far (block $near
        (block $a (block $b (block $c (br_table $a $far $b $near $c (local.get 0)))
          (local.set 1 (i32.const 1)) (br $near)) (local.set 1 (i32.const 2)))
        (local.set 1 (i32.add (local.get 1) (i32.const 10))) (br $far))
      (local.set 1 (i32.add (local.get 1) (i32.const 100))))"""
    agree(function(body), *((number,) for number in range(7)))


def test_the_tree_is_balanced() -> None:
    text = function(switch(40))
    deepest = max(len(line) - len(line.lstrip()) for line in source(text).splitlines())
    assert deepest < 15


def test_what_is_a_spine() -> None:
    def found(body: str) -> dict[int, list[int]]:
        module = wat.load(function(body))
        return spines(Flow(module.plans[0], module.module.types))

    assert found(switch(5)) == {0: [0, 1, 2, 3, 4, 5]}
    assert found("(block (br_if 0 (local.get 0)))") == {}
    assert list(found(f"(loop $l {switch(5)} (br_if $l (local.get 1)))")) == [0]
