"""How a rule is declared: RULES maps a name of the instruction table to its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from wasm_vm.validation.function import FunctionValidator

Rule = Callable[["FunctionValidator", int, Any], None]
Declared = TypeVar("Declared", bound=Rule)

RULES: dict[str, Rule] = {}
"""A rule takes the validator, the index of the instruction in the body, and its immediate. It does
all the popping and pushing of its instruction; those with a plain signature have no rule."""


def rule(*names: str) -> Callable[[Declared], Declared]:
    """Declare the rule of some instructions."""

    def declare(function: Declared) -> Declared:
        for name in names:
            RULES[name] = function
        return function

    return declare
