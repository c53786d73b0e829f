from __future__ import annotations

from typing import Any

from wasm_vm.instructions import BY_NAME, TABLE
from wasm_vm.validation.rules import RULES
from wasm_vm.validation.rules.declare import rule


def test_rules_are_of_instructions_that_exist() -> None:
    assert set(RULES) <= set(BY_NAME)


def test_what_has_no_signature_has_a_rule() -> None:
    assert {row.name for row in TABLE if row.operands is None} <= set(RULES)


def test_one_function_may_be_the_rule_of_several_instructions() -> None:
    assert RULES["block"] is RULES["loop"]
    try:

        @rule("of a test", "of this test")
        def declared(v: Any, at: int, immediate: Any) -> None: ...

        assert RULES["of a test"] is RULES["of this test"] is declared
    finally:
        del RULES["of a test"], RULES["of this test"]
