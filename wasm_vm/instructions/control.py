"""Control and parametric instructions (spec 4.4.3, 4.4.8): blocks, branches, calls, drop, select.

Structure costs nothing, a decision or a call costs one unit; entering a guest function costs
another one, which the caller of the table adds because it is no operator.
"""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import row
from wasm_vm.types import Features

control = partial(row, section="4.4.8")
parametric = partial(row, section="4.4.3")

ROWS = (
    control(0x00, "unreachable", cost=0, traps=True),
    control(0x01, "nop", "->", cost=0),
    control(0x02, "block", immediates="block", cost=0),
    control(0x03, "loop", immediates="block", cost=0),
    control(0x04, "if", immediates="block"),
    control(0x05, "else", cost=0),
    control(0x0B, "end", cost=0),
    control(0x0C, "br", immediates="label"),
    control(0x0D, "br_if", immediates="label"),
    control(0x0E, "br_table", immediates="labels"),
    control(0x0F, "return", cost=0),
    control(0x10, "call", immediates="function", traps=True),
    control(0x11, "call_indirect", immediates="type table", traps=True),
    parametric(0x1A, "drop", cost=0),
    parametric(0x1B, "select"),
    parametric(0x1C, "select t", immediates="types", since=Features.V2),
)
