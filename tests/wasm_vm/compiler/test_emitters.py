"""Straight-line instructions: bulk memory at its edges, tables, choices, what is left to STEP."""

from __future__ import annotations

import pytest

from tests.support.compiled import agree, source

EDGES = [(0, 0), (65_530, 6), (65_530, 7), (65_536, 0), (65_537, 0), (0xFFFF_FFFF, 1), (5, 70_000)]


@pytest.mark.parametrize("count", ["(local.get 1)", "(i32.const 6)", "(i32.const 16384)"])
@pytest.mark.parametrize("name", ["fill", "copy", "copy back"])
def test_bulk_memory(name: str, count: str) -> None:
    operands = {
        "fill": "memory.fill (local.get 0) (i32.const 0x1ff)",
        "copy": "memory.copy (local.get 0) (i32.const 7)",
        "copy back": "memory.copy (i32.const 7) (local.get 0)",
    }
    text = f"""(memory 1) (data (i32.const 5) "abcdefghij")
      (func (export "f") (param i32 i32) ({operands[name]} {count}))"""
    agree(text, *EDGES, (4, 3), (9, 5), fuel=200_000)


def test_overlapping_copies() -> None:
    text = """(memory 1) (data (i32.const 0) "abcdefgh")
      (func (export "f") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const 5)))"""
    agree(text, (0, 2), (2, 0), (1, 1))


def test_a_long_fill_goes_in_chunks() -> None:
    text = """(memory 40)
      (func (export "f") (memory.fill (i32.const 9) (i32.const 3) (i32.const 2000000)))"""
    agree(text, (), fuel=3_000_000)


def test_memory_size_and_grow_by_the_width_of_addresses() -> None:
    text = """(memory $m i64 1 3) (func (export "f") (param i64) (result i64)
      (i64.add (i64.mul (memory.grow (local.get 0)) (i64.const 100)) (memory.size)))"""
    assert agree(text, (1,), (7,)) == [(102,), ((-100 + 1) & (1 << 64) - 1,)]


def test_tables() -> None:
    text = """(table $t 3 10 externref) (func (export "f") (param i32) (result i32)
      (table.set $t (local.get 0) (ref.null extern))
      (drop (table.grow $t (ref.null extern) (i32.const 2)))
      (table.fill $t (i32.const 1) (ref.null extern) (i32.const 2))
      (i32.add (table.size $t)
        (ref.is_null (table.get $t (i32.add (local.get 0) (i32.const 3))))))"""
    ends = agree(text, (0,), (2,), (3,), (0xFFFF_FFFF,))
    assert ends[0] == (6,)
    assert [end[1] for end in ends[1:]] == [
        "1 elements at 5 of 5",
        "1 elements at 3 of 3",
        "1 elements at 4294967295 of 3",
    ]


def test_select_evaluates_no_more_than_once() -> None:
    text = """(global $g (mut i32) (i32.const 4)) (func (export "f") (param i32) (result i32)
      (select (i32.add (global.get $g) (local.get 0)) (i32.const 9)
        (i32.and (local.get 0) (i32.const 1))))"""
    assert agree(text, (2,), (3,)) == [(9,), (7,)]


def test_division() -> None:
    for verb in ("div_s", "div_u", "rem_s", "rem_u"):
        text = f"""(func (export "f") (param i32 i32) (result i32)
          (i32.{verb} (local.get 0) (local.get 1)))"""
        numbers = (0, 1, 7, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
        agree(text, *((first, second) for first in numbers for second in numbers))


def test_division_by_a_constant_is_no_statement() -> None:
    text = """(func (export "f") (param i32) (result i32)
      (i32.add (i32.div_u (local.get 0) (i32.const 10))
        (i32.rem_u (local.get 0) (i32.const 10))))"""
    assert "l0 // 10 + l0 % 10" in source(text)
    agree(text, (99,), (0xFFFF_FFFF,))


def test_a_constant_without_a_literal_has_a_name() -> None:
    text = '(func (export "f") (result f64) (f64.const inf))'
    assert "return C0_0" in source(text)
    assert agree(text, ()) == [(0x7FF0 << 48,)]


def test_rare_instructions_are_left_to_the_reference_engine() -> None:
    text = """(type $a (array (mut i32))) (func (export "f") (param i32) (result i32)
      (array.get $a (array.new $a (i32.const 6) (i32.const 3)) (local.get 0)))"""
    assert "STEP(" in source(text)
    assert agree(text, (2,), (3,))[0] == (6,)
