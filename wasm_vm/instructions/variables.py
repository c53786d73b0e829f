"""Variables, references and tables (spec 4.4.5, 4.4.2, 4.4.6)."""

from __future__ import annotations

from functools import partial

from wasm_vm.instructions.row import row
from wasm_vm.types import Features

variable = partial(row, section="4.4.5")
reference = partial(row, section="4.4.2", since=Features.V2)
reference_v3 = partial(row, section="4.4.2", since=Features.V3)
table = partial(row, section="4.4.6", since=Features.V2)

ROWS = (
    variable(0x20, "local.get", immediates="local"),
    variable(0x21, "local.set", immediates="local"),
    variable(0x22, "local.tee", immediates="local"),
    variable(0x23, "global.get", immediates="global"),
    variable(0x24, "global.set", immediates="global"),
    table(0x25, "table.get", immediates="table", traps=True),
    table(0x26, "table.set", immediates="table", traps=True),
    reference(0xD0, "ref.null", immediates="heap"),
    reference(0xD1, "ref.is_null"),
    reference(0xD2, "ref.func", immediates="function"),
    reference_v3(0xD3, "ref.eq"),
    reference_v3(0xD4, "ref.as_non_null", traps=True),
    table(0xFC_000C, "table.init", immediates="element table", variable="elements", traps=True),
    table(0xFC_000D, "elem.drop", immediates="element"),
    table(0xFC_000E, "table.copy", immediates="table table", variable="elements", traps=True),
    table(0xFC_000F, "table.grow", immediates="table", variable="granted"),
    table(0xFC_0010, "table.size", immediates="table"),
    table(0xFC_0011, "table.fill", immediates="table", variable="elements", traps=True),
)
