"""THE instruction table: one row per instruction, and every other part reads it.

Decoder, validator, interpreter, fuel and the generated documentation derive from these rows; to
add an instruction is to add a row (and a handler, where a template cannot say what it does).
"""

from __future__ import annotations

from wasm_vm.instructions import (
    aggregates,
    control,
    floats,
    integers,
    memory,
    variables,
    vectors,
)
from wasm_vm.instructions.row import COST_MODEL, Access, Instruction

__all__ = ["BY_CODE", "BY_NAME", "COST_MODEL", "TABLE", "Access", "Instruction"]

TABLE: tuple[Instruction, ...] = tuple(
    sorted(
        control.ROWS
        + variables.ROWS
        + aggregates.ROWS
        + memory.ROWS
        + integers.ROWS
        + floats.ROWS
        + vectors.ROWS,
        key=lambda instruction: instruction.code,
    )
)
BY_CODE: dict[int, Instruction] = {instruction.code: instruction for instruction in TABLE}
BY_NAME: dict[str, Instruction] = {instruction.name: instruction for instruction in TABLE}

if len(BY_CODE) != len(TABLE) or len(BY_NAME) != len(TABLE):
    raise ImportError("the instruction table declares an opcode or a name twice")
