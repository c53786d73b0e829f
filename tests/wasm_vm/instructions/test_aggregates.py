from __future__ import annotations

from wasm_vm.instructions.aggregates import ROWS
from wasm_vm.types import Features


def test_all_are_of_the_third_release_and_have_rules_and_handlers_of_their_own() -> None:
    for row in ROWS:
        assert row.since is Features.V3
        assert (row.operands, row.meaning, row.access) == (None, "", None)
        assert row.code >> 16 == 0xFB


def test_what_takes_as_long_as_an_array_is_paid_by_the_element() -> None:
    assert {row.name for row in ROWS if row.variable == "elements"} == {
        "array.new", "array.new_default", "array.new_data", "array.new_elem", "array.fill",
        "array.copy", "array.init_data", "array.init_elem",
    }  # fmt: skip
    assert {row.variable for row in ROWS} == {"elements", ""}


def test_only_tests_and_conversions_cannot_trap() -> None:
    """The others meet null, a bound, a wrong type, or the end of memory."""
    assert {row.name for row in ROWS if not row.traps} == {
        "ref.test", "ref.test null", "any.convert_extern", "extern.convert_any", "ref.i31",
    }  # fmt: skip
