"""The table as a whole: what must hold of every row, whatever it says."""

from __future__ import annotations

import re
from collections import Counter
from string import Formatter

import pytest

from tests.support import wat
from wasm_vm.instructions import BY_CODE, BY_NAME, TABLE, Instruction
from wasm_vm.instructions.meaning import OPERANDS
from wasm_vm.instructions.row import row
from wasm_vm.interpreter.handlers import HANDLERS
from wasm_vm.types import F32, F64, I32, I64, Features
from wasm_vm.validation.rules import RULES

CALLABLE_TRAPS = {"div_s", "div_u", "rem_s", "rem_u", "trunc_s", "trunc_u"}
"""Helpers of numeric.py that can trap."""

TRAPPING = {
    "unreachable", "call", "call_indirect", "call_ref", "return_call", "return_call_indirect",
    "return_call_ref", "throw", "throw_ref", "table.get", "table.set", "ref.as_non_null",
}  # fmt: skip

FREE = {"unreachable", "nop", "block", "loop", "else", "end", "return", "drop"}


each = pytest.mark.parametrize("entry", TABLE, ids=repr)


def placeholders(entry: Instruction) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(entry.meaning) if name]


@each
def test_a_meaning_uses_each_operand_once_and_no_other(entry: Instruction) -> None:
    if entry.meaning:
        assert entry.operands is not None
        assert len(entry.results) == 1
        immediate = ["i"] if entry.immediates in ("lane", "lanes") else []
        assert sorted(placeholders(entry)) == [*OPERANDS[: len(entry.operands)], *immediate]


@each
def test_a_row_says_its_type_or_has_a_rule(entry: Instruction) -> None:
    assert (entry.operands is not None) or entry.name in RULES
    # Both: only where a rule checks more than operands, that is memories, segments and lanes.
    if entry.operands is not None and entry.name in RULES:
        lanes = entry.section == "4.4.4" and entry.immediates in ("lane", "lanes")
        assert lanes or entry.access is not None or entry.section == "4.4.7"


@each
def test_a_row_has_a_handler(entry: Instruction) -> None:
    assert entry.name in HANDLERS


@each
def test_only_what_can_trap_is_said_to_trap(entry: Instruction) -> None:
    if entry.meaning and entry.access is None:
        helpers = set(re.findall(r"\b([a-z_0-9]+)\(", entry.meaning))
        assert entry.traps == bool(helpers & CALLABLE_TRAPS)
    elif entry.access is not None or entry.variable in ("bytes", "elements"):
        assert entry.traps
    elif entry.section == "4.4.2" and entry.code >> 16 == 0xFB:
        # Aggregates and casts: tests/wasm_vm/instructions/test_aggregates.py.
        assert entry.since is Features.V3
    else:
        assert entry.traps == (entry.name in TRAPPING)


@each
def test_costs(entry: Instruction) -> None:
    assert entry.cost == (0 if entry.name in FREE else 1)
    kind = entry.name.split(".")[-1]
    bulk_operators = {"fill", "copy", "init", "init_data", "init_elem"}
    makers = {"array.new", "array.new_default", "array.new_data", "array.new_elem"}
    if kind in bulk_operators or entry.name in makers:
        assert entry.variable == ("bytes" if entry.name.startswith("memory") else "elements")
    else:
        assert entry.variable == ("granted" if kind == "grow" else "")


@each
def test_an_access_fits_its_value(entry: Instruction) -> None:
    if entry.access is None or entry.section == "4.4.4":
        return  # vectors: tests/wasm_vm/instructions/test_vectors.py
    kind = (entry.results or (entry.operands or ())[1:])[0]
    width = {I32: 4, I64: 8, F32: 4, F64: 8}[kind]
    stated = re.search(r"(?:load|store)(\d+)?", entry.name)
    assert stated is not None
    assert entry.access.size == (int(stated[1]) // 8 if stated[1] else width)
    assert entry.access.signed == entry.name.endswith("_s")
    assert entry.immediates == "memarg"


def test_the_table_is_complete() -> None:
    count = Counter(entry.since for entry in TABLE)
    assert count[Features.V1] == 172
    # Sign extension, saturation, bulk memory, tables, references, select with a type, vectors.
    assert count[Features.V2] == 5 + 8 + 4 + 8 + 3 + 1 + 236
    # Tail calls, calls and branches by reference, casts that branch, exceptions, ref.eq and
    # ref.as_non_null, aggregates with casts, relaxed vectors.
    assert count[Features.V3] == 2 + 2 + 2 + 2 + 3 + 2 + 29 + 20
    assert len(BY_CODE) == len(BY_NAME) == len(TABLE)
    assert [entry.code for entry in TABLE] == sorted(BY_CODE)
    for entry in TABLE:
        assert entry.code <= 0xFF or entry.code >> 16 in (0xFB, 0xFC, 0xFD)


def test_row_reads_its_signature() -> None:
    made = row(1, "x", "i32 f64 -> i64", section="0")
    assert (made.operands, made.results, made.cost) == ((I32, F64), (I64,), 1)
    assert row(1, "x", "->", section="0").operands == ()
    assert row(1, "x", section="0").operands is None
    assert repr(made) == "x"
    with pytest.raises(KeyError):
        row(1, "x", "i33 -> i32", section="0")


def test_wasmtime_writes_every_plain_instruction_with_our_opcode() -> None:
    """The assembler is the oracle of codes, names and types of all rows with a signature."""
    from tests.support.binaries import leb

    for entry in TABLE:
        if entry.operands is None or entry.immediates:
            continue
        parameters = " ".join(f"(param {kind})" for kind in entry.operands)
        results = " ".join(f"(result {kind})" for kind in entry.results)
        gets = " ".join(f"local.get {index}" for index in range(len(entry.operands)))
        binary = wat.assemble(f"(func {parameters} {results} {gets} {entry.name})")
        code = (
            bytes((entry.code,))
            if entry.code <= 0xFF
            else bytes((entry.code >> 16,)) + leb(entry.code & 0xFFFF)
        )
        assert code + b"\x0b" in binary, entry.name
