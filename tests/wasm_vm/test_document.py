from __future__ import annotations

import re
import subprocess
import sys

from tests.support.sources import ROOT
from tests.support.waiting import SECONDS_MAX
from wasm_vm.document import page
from wasm_vm.instructions import TABLE

PAGE = ROOT / "docs" / "instructions.md"
ROWS = [line for line in page().splitlines() if line.startswith("| `0x")]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), (
        "run: python -m wasm_vm.document > docs/instructions.md"
    )


def test_every_instruction_has_its_row_and_every_row_all_cells() -> None:
    assert len(ROWS) == len(TABLE)
    shown = [re.findall(r"`([^`]+)`", cells(line)[1])[0] for line in ROWS]
    assert sorted(shown) == sorted(row.name for row in TABLE)
    for line in ROWS:
        found = cells(line)
        assert len(found) == 7, line
        opcode, name, _, kind, fuel, level, meaning = found
        assert all((opcode, name, kind, fuel, level, meaning)), line


def test_figures_are_those_of_the_table() -> None:
    by_name = {re.findall(r"`([^`]+)`", cells(line)[1])[0]: cells(line) for line in ROWS}
    for row in TABLE:
        _, name, _, _, fuel, level, _ = by_name[row.name]
        assert fuel == (f"{row.cost} + {row.variable}" if row.variable else str(row.cost))
        assert level == f"{row.since.value}.0"
        assert name.endswith("‡") == row.traps


def test_some_rows() -> None:
    rows = {cells(line)[0]: cells(line) for line in ROWS}
    assert rows["`0x6A`"] == [
        "`0x6A`", "`i32.add`", "", "`[i32 i32] -> [i32]`", "1", "1.0", "`(a + b) & MASK32`",
    ]  # fmt: skip
    assert rows["`0x72`"][6] == r"`a \| b`"
    assert rows["`0xFC 8`"] == [
        "`0xFC 8`", "`memory.init` ‡", "data, memory", "`[at i32 i32] -> []`", "1 + bytes", "2.0",
        "Copy from a data segment",
    ]  # fmt: skip
    assert rows["`0xFB 24`"][3] == (
        r"`[t* rt1] -> [t* rt1 without rt2]` for a label [t\* rt] with rt2 \<: rt"
    )
    assert rows["`0x35`"][3:] == ["`[at] -> [i64]`", "1", "1.0", "Load 4 bytes"]
    assert rows["`0xFD 256`"][1] == "`i8x16.relaxed_swizzle`"


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "wasm_vm.document"]
    printed = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS_MAX
    )
    assert printed.stdout == page()
