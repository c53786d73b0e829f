"""Loads and stores of every width at the edges of a memory, aligned or not."""

from __future__ import annotations

import pytest

from tests.support.compiled import agree, source
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.types import V128

ROWS = [row for row in TABLE if row.access is not None and row.immediates == "memarg"]
FIELDS = '(memory 1 2) (data (i32.const 0) "\\80\\ff\\7f\\01\\a0\\ff\\ff\\ff\\fe\\00\\c0\\7f")'
BASES = (0, 1, 2, 3, 4, 5, 8, 65_519, 65_520, 65_528, 65_532, 65_533, 65_535, 65_536, 0xFFFF_FFFF)


def access(row: Instruction, offset: int, base: str) -> str:
    if row.results:
        kind = row.results[0].name
        return f"""(func (export "f") (param i32) (result {kind})
          ({row.name} offset={offset} {base}))"""
    kind = (row.operands or ())[1]
    value = "(i64.const -81985529216486896)"
    convert = {"i32": "i32.wrap_i64", "f32": "f32.reinterpret_i32", "f64": "f64.reinterpret_i64"}
    if kind is V128:
        value = f"(i64x2.splat {value})"
    elif kind.name == "f32":
        value = "(f32.reinterpret_i32 (i32.const 0x7fa00001))"
    elif kind.name != "i64":
        value = f"({convert[kind.name]} {value})"
    return f'(func (export "f") (param i32) ({row.name} offset={offset} {base} {value}))'


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
@pytest.mark.parametrize("offset", [0, 1, 4])
def test_access(row: Instruction, offset: int) -> None:
    text = FIELDS + access(row, offset, "(local.get 0)")
    agree(text, *((base,) for base in BASES))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_access_at_a_constant(row: Instruction) -> None:
    for base in (0, 3, 8, 65_535, 70_000):
        agree(FIELDS + access(row, 2, f"(i32.const {base})"), (0,))


def test_an_offset_is_not_wrapped() -> None:
    text = f"{FIELDS} {access(ROWS[0], 0xFFFF_FFFF, '(local.get 0)')}"
    ((_, detail, _),) = agree(text, (9,))
    assert detail == f"4 bytes at {0xFFFF_FFFF + 9} of 65536 bytes"


def test_bytes_need_no_alignment() -> None:
    text = f'{FIELDS} (func (export "f") (param i32) (result i32) (i32.load8_u (local.get 0)))'
    assert "MB0[l0]" in source(text)


def test_a_trap_happens_before_the_store_and_behind_what_went_before() -> None:
    text = f"""{FIELDS} (func (export "f") (param i32)
      (i32.store (i32.const 100) (i32.const 1))
      (i64.store (local.get 0) (i64.const -1))
      (i32.store (i32.const 104) (i32.const 1)))"""
    agree(text, (65_529,), (65_528,))


def test_64_bit_addresses() -> None:
    text = """(memory i64 1) (func (export "f") (param i64) (result i32)
      (i32.load offset=8 (local.get 0)))"""
    agree(text, (0,), (65_524,), (65_525,), ((1 << 64) - 1,), ((1 << 64) - 8,))
