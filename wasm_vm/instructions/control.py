"""Control and parametric instructions (spec 4.4.3, 4.4.8): blocks, branches, calls, drop, select.

Structure costs nothing (but try_table one unit), a decision or a call costs one unit; entering a
guest function costs another one, which the machine adds because it is no operator.
"""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import row
from wasm_vm.types import Features

control = partial(row, section="4.4.8")
control_v3 = partial(control, since=Features.V3)
parametric = partial(row, section="4.4.3")

ROWS = (
    control(0x00, "unreachable", cost=0, traps=True),
    control(0x01, "nop", "->", cost=0),
    control(0x02, "block", immediates="block", cost=0),
    control(0x03, "loop", immediates="block", cost=0),
    control(0x04, "if", immediates="block"),
    control(0x05, "else", cost=0),
    control_v3(0x08, "throw", immediates="tag", traps=True),
    control_v3(0x0A, "throw_ref", traps=True),
    control(0x0B, "end", cost=0),
    control(0x0C, "br", immediates="label"),
    control(0x0D, "br_if", immediates="label"),
    control(0x0E, "br_table", immediates="labels"),
    control(0x0F, "return", cost=0),
    control(0x10, "call", immediates="function", traps=True),
    control(0x11, "call_indirect", immediates="type table", traps=True),
    control_v3(0x12, "return_call", immediates="function", traps=True),
    control_v3(0x13, "return_call_indirect", immediates="type table", traps=True),
    control_v3(0x14, "call_ref", immediates="type", traps=True),
    control_v3(0x15, "return_call_ref", immediates="type", traps=True),
    control_v3(0x1F, "try_table", immediates="catches"),
    control_v3(0xD5, "br_on_null", immediates="label"),
    control_v3(0xD6, "br_on_non_null", immediates="label"),
    control_v3(0xFB_0018, "br_on_cast", immediates="cast"),
    control_v3(0xFB_0019, "br_on_cast_fail", immediates="cast"),
    parametric(0x1A, "drop", cost=0),
    parametric(0x1B, "select"),
    parametric(0x1C, "select t", immediates="types", since=Features.V2),
)
