from __future__ import annotations

from wasm_vm.instructions.control import ROWS
from wasm_vm.types import Features

V3 = {
    "throw", "throw_ref", "try_table", "return_call", "return_call_indirect", "call_ref",
    "return_call_ref", "br_on_null", "br_on_non_null", "br_on_cast", "br_on_cast_fail",
}  # fmt: skip


def test_structure_is_free_and_decisions_cost_one() -> None:
    costs = {row.name: row.cost for row in ROWS}
    assert [name for name, cost in costs.items() if cost == 0] == [
        "unreachable", "nop", "block", "loop", "else", "end", "return", "drop",
    ]  # fmt: skip
    assert {name for name, cost in costs.items() if cost == 1} == {
        "if", "br", "br_if", "br_table", "call", "call_indirect", "select", "select t",
        *V3,
    }  # fmt: skip


def test_a_typed_select_is_of_the_second_release() -> None:
    assert [row.name for row in ROWS if row.since is Features.V2] == ["select t"]


def test_tail_calls_references_and_exceptions_are_of_the_third_release() -> None:
    assert {row.name for row in ROWS if row.since is Features.V3} == V3
