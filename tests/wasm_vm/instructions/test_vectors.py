from __future__ import annotations

import pytest

from tests.support import wat
from tests.support.binaries import leb
from wasm_vm import vectors
from wasm_vm.instructions.row import Instruction
from wasm_vm.instructions.vectors import PREFIX, ROWS
from wasm_vm.types import V128, Features

OPERATIONS = [row for row in ROWS if row.meaning and row.name != "v128.load"]
LANES = " ".join(map(str, range(16)))
IMMEDIATES = {"": "", "lane": "1", "lanes": LANES, "memarg": "", "memarg lane": "1"}
"""An immediate of each kind in the text format."""


def test_there_are_as_many_as_the_specification_has() -> None:
    assert len([row for row in ROWS if row.since is Features.V2]) == 236
    assert len([row for row in ROWS if row.since is Features.V3]) == 20
    assert all("relaxed" in row.name for row in ROWS if row.since is Features.V3)


def test_the_meaning_is_the_operation_of_the_same_name() -> None:
    assert {row.name for row in OPERATIONS} <= set(vectors.OPERATIONS)
    for row in OPERATIONS:
        assert row.meaning.startswith(row.name.replace(".", "_") + "(")


@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_wasmtime_writes_the_opcode_and_knows_the_type(row: Instruction) -> None:
    if row.name == "v128.const":
        assert row.code == PREFIX + 0x0C
        return
    operands = row.operands or ()
    parameters = " ".join(f"(param {kind})" for kind in operands)
    results = " ".join(f"(result {kind})" for kind in row.results)
    gets = " ".join(f"local.get {index}" for index in range(len(operands)))
    text = f"{row.name} {IMMEDIATES[row.immediates]}"
    binary = wat.assemble(f"(memory 1) (func {parameters} {results} {gets} {text})")
    assert b"\xfd" + leb(row.code & 0xFFFF) in binary
    wat.load(f"(memory 1) (func {parameters} {results} {gets} {text})", row.since)


def test_loads_and_stores_touch_as_many_bytes_as_their_names_say() -> None:
    for row in ROWS:
        if row.access is None:
            assert row.traps is False
            continue
        assert row.traps
        assert V128 in (*row.results, *(row.operands or ()))
        word = row.name.split(".")[1].removeprefix("load").removeprefix("store").split("_")[0]
        bits = 1
        for factor in word.split("x"):
            bits *= int(factor or 128)
        assert row.access.size == bits // 8
