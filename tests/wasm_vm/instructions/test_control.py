from __future__ import annotations

from wasm_vm.instructions.control import ROWS
from wasm_vm.types import Features


def test_structure_is_free_and_decisions_cost_one() -> None:
    costs = {row.name: row.cost for row in ROWS}
    assert [name for name, cost in costs.items() if cost == 0] == [
        "unreachable", "nop", "block", "loop", "else", "end", "return", "drop",
    ]  # fmt: skip
    assert {name for name, cost in costs.items() if cost == 1} == {
        "if", "br", "br_if", "br_table", "call", "call_indirect", "select", "select t",
    }  # fmt: skip


def test_a_typed_select_is_of_the_second_release() -> None:
    assert [row.name for row in ROWS if row.since is not Features.V1] == ["select t"]
