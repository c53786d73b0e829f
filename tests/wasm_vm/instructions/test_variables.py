from __future__ import annotations

from wasm_vm.instructions.variables import ROWS
from wasm_vm.types import Features


def test_tables_pay_by_the_element_and_never_by_the_byte() -> None:
    variable = {row.name: row.variable for row in ROWS if row.variable}
    assert variable == {
        "table.init": "elements",
        "table.copy": "elements",
        "table.grow": "granted",
        "table.fill": "elements",
    }


def test_references_and_tables_are_of_the_second_release() -> None:
    first = [row.name for row in ROWS if row.since is Features.V1]
    assert first == ["local.get", "local.set", "local.tee", "global.get", "global.set"]
